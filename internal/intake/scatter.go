package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"os"

	"gonggu/internal/workbook"
)

// scatter finds the households whose rows do not stand together: the first pass feeds it the household
// numbers of the rows, run by run.
type scatter struct {
	seed   maphash.Seed
	seen   map[uint64]struct{}
	apart  map[uint64]struct{}
	last   uint64
	begun  bool
	counts int
}

func newScatter() *scatter {
	return &scatter{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}, apart: map[uint64]struct{}{}}
}

// hash stands for a household number; two numbers of one hash would only be held back needlessly.
func (s *scatter) hash(number string) uint64 { return maphash.String(s.seed, number) }

// run tells that one or more rows of a household stand together here.
func (s *scatter) run(h uint64) {
	if s.begun && h == s.last {
		return
	}
	if _, again := s.seen[h]; again {
		s.apart[h] = struct{}{}
	}
	s.seen[h] = struct{}{}
	s.last, s.begun = h, true
}

// isApart reports whether the household's rows stand in more than one place.
func (s *scatter) isApart(number string) bool {
	if len(s.apart) == 0 {
		return false
	}
	_, ok := s.apart[s.hash(number)]
	return ok
}

// spool keeps the rows of scattered households until the end: in memory as long as they are few, then
// in a temporary file that only this user can read.
type spool struct {
	buf     bytes.Buffer
	base    int64 // bytes already in the file
	file    *os.File
	order   []string // household numbers in the order of their first rows
	offsets map[string][]int64
}

const spoolMemory = 16 << 20

func newSpool() *spool { return &spool{offsets: map[string][]int64{}} }

// add keeps a row of a sheet under its household number.
func (s *spool) add(number string, sheet int, row *workbook.Row) error {
	if _, ok := s.offsets[number]; !ok {
		s.order = append(s.order, number)
	}
	s.offsets[number] = append(s.offsets[number], s.base+int64(s.buf.Len()))
	b := binary.AppendUvarint(s.buf.AvailableBuffer(), uint64(sheet))
	b = binary.AppendUvarint(b, uint64(row.N))
	b = binary.AppendUvarint(b, uint64(len(row.Cells)))
	for _, c := range row.Cells {
		b = binary.AppendUvarint(b, uint64(c.Col))
		kind := byte(c.Kind)
		if c.Lossy {
			kind |= 0x80
		}
		b = append(b, kind)
		b = binary.AppendUvarint(b, uint64(len(c.Text)))
		b = append(b, c.Text...)
	}
	s.buf.Write(b)
	if s.buf.Len() < spoolMemory {
		return nil
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "gonggu-rows-*")
		if err != nil {
			return err
		}
		s.file = f
	}
	n, err := s.file.WriteAt(s.buf.Bytes(), s.base)
	s.base += int64(n)
	s.buf.Reset()
	return err
}

// byteReader reads bytes one by one out of a section, for binary.ReadUvarint.
type byteReader struct {
	io.Reader
	one [1]byte
}

func (b *byteReader) ReadByte() (byte, error) {
	_, err := io.ReadFull(b.Reader, b.one[:])
	return b.one[0], err
}

// row reads a kept row again and says which sheet it is of.
func (s *spool) row(at int64) (sheet int, row *workbook.Row, err error) {
	var src io.Reader
	if at >= s.base {
		src = bytes.NewReader(s.buf.Bytes()[at-s.base:])
	} else {
		src = newWindow(s.file, at)
	}
	r := &byteReader{Reader: src}
	var failed error
	number := func() int {
		v, err := binary.ReadUvarint(r)
		failed = errors.Join(failed, err)
		return int(v)
	}
	sheet = number()
	row = &workbook.Row{N: number()}
	for range number() {
		c := workbook.Cell{Col: number()}
		kind, err := r.ReadByte()
		if failed = errors.Join(failed, err); failed != nil {
			return 0, nil, failed
		}
		c.Kind, c.Lossy = workbook.Kind(kind&0x7F), kind&0x80 != 0
		text := make([]byte, number())
		if _, err := io.ReadFull(r, text); err != nil {
			return 0, nil, err
		}
		c.Text = string(text)
		row.Cells = append(row.Cells, c)
	}
	return sheet, row, failed
}

// newWindow reads a file from an offset in pieces that hold a usual row.
func newWindow(f *os.File, at int64) io.Reader { return &window{f: f, at: at} }

type window struct {
	f    *os.File
	at   int64
	buf  [4096]byte
	have []byte
}

func (w *window) Read(p []byte) (int, error) {
	if len(w.have) == 0 {
		n, err := w.f.ReadAt(w.buf[:], w.at)
		if n == 0 {
			return 0, err
		}
		w.at += int64(n)
		w.have = w.buf[:n]
	}
	n := copy(p, w.have)
	w.have = w.have[n:]
	return n, nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
		s.file = nil
	}
}
