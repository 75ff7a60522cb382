package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/database"
)

// The form of a cell: a letter, then a varint, or a length and bytes. A row has as many as the table has columns.
const (
	cellInt   = 'i'
	cellText  = 't'
	cellBytes = 'b'
)

// maxCell bounds a cell that is read: an act is at most a megabyte, a report a few.
const maxCell = 1 << 30

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// appendRow adds the row's form to b.
func appendRow(b []byte, row []any) ([]byte, error) {
	for _, v := range row {
		switch x := v.(type) {
		case int64:
			b = binary.AppendVarint(append(b, cellInt), x)
		case string:
			b = append(binary.AppendUvarint(append(b, cellText), uint64(len(x))), x...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, cellBytes), uint64(len(x))), x...)
		default:
			return nil, fmt.Errorf("a cell of type %T", v)
		}
	}
	return b, nil
}

// rowReader reads rows back and digests them as they pass.
type rowReader struct {
	r    *bufio.Reader
	h    hash.Hash
	n    int
	rows int64
	buf  []byte
}

func newRowReader(r io.Reader, columns int) *rowReader {
	return &rowReader{r: bufio.NewReaderSize(r, 1<<18), h: sha256.New(), n: columns}
}

// next returns one row, whose cells are the caller's, or io.EOF.
func (r *rowReader) next() ([]any, error) {
	if _, err := r.r.Peek(1); err != nil {
		return nil, err
	}
	row := make([]any, r.n)
	for i := range row {
		v, err := r.cell()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	var err error
	if r.buf, err = appendRow(r.buf[:0], row); err != nil {
		return nil, err
	}
	r.h.Write(r.buf)
	r.rows++
	return row, nil
}

func (r *rowReader) cell() (any, error) {
	form, err := r.r.ReadByte()
	if err != nil {
		return nil, err
	}
	if form == cellInt {
		return binary.ReadVarint(r.r)
	}
	n, err := binary.ReadUvarint(r.r)
	if err != nil {
		return nil, err
	}
	if n > maxCell || (form != cellText && form != cellBytes) {
		return nil, errors.New("a cell of unknown form")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.r, b); err != nil {
		return nil, err
	}
	if form == cellText {
		return string(b), nil
	}
	return b, nil
}

// digest is over the rows that have passed.
func (r *rowReader) digest() string { return hex.EncodeToString(r.h.Sum(nil)) }

// rowWriter writes rows in their form.
type rowWriter struct {
	*bufio.Writer
	buf []byte
}

func newRowWriter(w io.Writer) *rowWriter { return &rowWriter{Writer: bufio.NewWriterSize(w, 1<<18)} }

func (w *rowWriter) write(row []any) (err error) {
	if w.buf, err = appendRow(w.buf[:0], row); err != nil {
		return err
	}
	_, err = w.Write(w.buf)
	return err
}

// dump writes one table of the snapshot to a shelf.
func dump(ctx context.Context, tx *database.Tx, t database.Table, into shelf, each func()) (Copied, error) {
	c := Copied{Table: t}
	w, err := into.create(tableFile(t.Name))
	if err != nil {
		return c, err
	}
	defer w.discard()
	outer := sha256.New()
	z, err := zstd.NewWriter(io.MultiWriter(w, outer), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return c, err
	}
	inner := sha256.New()
	buf := newRowWriter(io.MultiWriter(z, inner))
	err = tx.Scan(ctx, t, func(row []any) error {
		c.Rows++
		each()
		return buf.write(row)
	})
	if err != nil {
		return c, err
	}
	if err := buf.Flush(); err != nil {
		return c, err
	}
	if err := z.Close(); err != nil {
		return c, err
	}
	c.Digest, c.SHA256 = hex.EncodeToString(inner.Sum(nil)), hex.EncodeToString(outer.Sum(nil))
	return c, w.close()
}

// digest reads a table of a database and returns its rows and what a dump of it would be digested to.
func digest(ctx context.Context, tx *database.Tx, t database.Table, each func()) (int64, string, error) {
	h := sha256.New()
	var n int64
	var b []byte
	err := tx.Scan(ctx, t, func(row []any) (err error) {
		if b, err = appendRow(b[:0], row); err != nil {
			return err
		}
		h.Write(b)
		n++
		each()
		return nil
	})
	return n, hex.EncodeToString(h.Sum(nil)), err
}

func tableFile(name string) string { return "tables/" + name + ".rows.zst" }
