package workbook

import (
	"encoding/binary"
	"io"
	"os"
)

// sharedStrings is the table of a book's shared strings. Sixteen strings make a group, groups lie one
// after another in blocks; an index of eight bytes per group finds them. Blocks beyond the memory
// bound go to a temporary file and come back through a small cache: strings stand in the order of
// first use, so that a reader going down the sheet stays near its last place.
type sharedStrings struct {
	groups []groupAt
	count  int
	blocks []block
	open   []byte // the block being filled
	memory int64  // bytes of blocks kept
	bound  int64
	spill  *os.File
	spilt  int64
	cache  [cacheSlots]cached
}

type groupAt struct{ block, offset uint32 }

type block struct {
	data []byte // nil when spilt
	at   int64
	size int
}

type cached struct {
	block int
	data  []byte
}

const (
	groupSize  = 16
	blockSize  = 256 << 10
	cacheSlots = 16
)

func newSharedStrings(bound int64) *sharedStrings {
	t := &sharedStrings{bound: bound}
	for i := range t.cache {
		t.cache[i].block = -1
	}
	return t
}

// add appends the next string.
func (t *sharedStrings) add(s []byte) error {
	if t.count%groupSize == 0 {
		if len(t.open) >= blockSize {
			if err := t.seal(); err != nil {
				return err
			}
		}
		t.groups = append(t.groups, groupAt{uint32(len(t.blocks)), uint32(len(t.open))})
	}
	t.count++
	t.open = binary.AppendUvarint(t.open, uint64(len(s)))
	t.open = append(t.open, s...)
	return nil
}

// seal closes the block being filled, keeping it or writing it away.
func (t *sharedStrings) seal() error {
	b := block{size: len(t.open)}
	if t.memory+int64(b.size) <= t.bound {
		b.data = append(make([]byte, 0, b.size), t.open...)
		t.memory += int64(b.size)
	} else {
		if t.spill == nil {
			f, err := os.CreateTemp("", "gonggu-strings-*")
			if err != nil {
				return err
			}
			t.spill = f
		}
		b.at = t.spilt
		if _, err := t.spill.WriteAt(t.open, t.spilt); err != nil {
			return err
		}
		t.spilt += int64(b.size)
	}
	t.blocks = append(t.blocks, b)
	t.open = t.open[:0]
	return nil
}

// append appends the i-th string to dst; false when there is none.
func (t *sharedStrings) append(dst []byte, i int) ([]byte, bool, error) {
	if i < 0 || i >= t.count {
		return dst, false, nil
	}
	g := t.groups[i/groupSize]
	data := t.open
	if int(g.block) < len(t.blocks) {
		var err error
		if data, err = t.load(int(g.block)); err != nil {
			return dst, false, err
		}
	}
	data = data[g.offset:]
	for k := i % groupSize; ; k-- {
		n, w := binary.Uvarint(data)
		data = data[w:]
		if k == 0 {
			return append(dst, data[:n]...), true, nil
		}
		data = data[n:]
	}
}

func (t *sharedStrings) load(i int) ([]byte, error) {
	b := t.blocks[i]
	if b.data != nil {
		return b.data, nil
	}
	c := &t.cache[i%cacheSlots]
	if c.block == i {
		return c.data, nil
	}
	if cap(c.data) < b.size {
		c.data = make([]byte, b.size)
	}
	c.data = c.data[:b.size]
	c.block = -1
	if _, err := t.spill.ReadAt(c.data, b.at); err != nil && err != io.EOF {
		return nil, err
	}
	c.block = i
	return c.data, nil
}

// close removes the temporary file.
func (t *sharedStrings) close() {
	if t.spill != nil {
		t.spill.Close()
		os.Remove(t.spill.Name())
		t.spill = nil
	}
}

// readShared fills a table from sharedStrings.xml; phonetic runs (rPh) are not part of the text.
func readShared(r io.Reader, limits Limits) (*sharedStrings, error) {
	t := newSharedStrings(limits.SharedMemory)
	s, err := newScanner(r)
	if err != nil {
		return nil, err
	}
	var text []byte
	var total int64
	inPhonetic := false
	for {
		tag, err := s.next()
		if err == io.EOF {
			return t, nil
		}
		if err == nil {
			switch string(tag.name) {
			case "si":
				if tag.closing || tag.single {
					total += int64(len(text))
					if total > limits.SharedBytes {
						err = errTooLarge
					} else {
						err = t.add(text)
					}
				}
				text = text[:0]
			case "rPh":
				inPhonetic = !tag.closing && !tag.single
			case "t":
				if !tag.closing && !tag.single && !inPhonetic {
					text, err = s.text(text, limits.CellBytes)
				}
			}
		}
		if err != nil {
			t.close()
			return nil, err
		}
	}
}
