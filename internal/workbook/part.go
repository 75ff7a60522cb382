package workbook

import (
	"io"
	"sync"
)

// ahead inflates a part in a goroutine of its own while the scanner reads: two cores are better than one.
type ahead struct {
	full  chan chunk
	empty chan []byte
	done  chan struct{}
	once  sync.Once
	cur   []byte
	whole []byte // the buffer cur is cut from
	err   error
}

type chunk struct {
	data []byte
	err  error
}

const (
	aheadChunk  = 128 << 10
	aheadChunks = 4
)

func readAhead(r io.ReadCloser) *ahead {
	a := &ahead{full: make(chan chunk, aheadChunks), empty: make(chan []byte, aheadChunks), done: make(chan struct{})}
	for range aheadChunks {
		a.empty <- make([]byte, aheadChunk)
	}
	go func() {
		defer r.Close()
		for {
			var b []byte
			select {
			case b = <-a.empty:
			case <-a.done:
				return
			}
			n, err := io.ReadFull(r, b[:aheadChunk])
			if err == io.ErrUnexpectedEOF { // only ReadFull says so here: bounded has turned damage into our own error
				err = io.EOF
			}
			select {
			case a.full <- chunk{b[:n], err}:
			case <-a.done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return a
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.cur) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		if a.whole != nil {
			a.empty <- a.whole[:cap(a.whole)]
			a.whole = nil
		}
		c := <-a.full
		a.cur, a.whole, a.err = c.data, c.data, c.err
	}
	n := copy(p, a.cur)
	a.cur = a.cur[n:]
	return n, nil
}

// Close ends the goroutine; it may be called more than once.
func (a *ahead) Close() error {
	a.once.Do(func() { close(a.done) })
	return nil
}

// bounded refuses to give more bytes than a part declared, and turns what unzip says into our words.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errBomb
	}
	if err != nil && err != io.EOF {
		return n, errDamaged.Because(err)
	}
	return n, err
}
