package roster

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// receive keeps one uploaded file, durable, and names it by its hash.
func (d *Desk) receive(to string, open func(int) (io.ReadCloser, error), i int) (File, error) {
	in, err := open(i)
	if err != nil {
		return File{}, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return File{}, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), in)
	if err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return File{Size: n, Digest: fmt.Sprintf("%x", h.Sum(nil))}, err
}

// dropUploads removes the uploaded workbooks of an import that has come to its end: they hold
// personal data in clear, and the change set has all that is needed. The reject workbook stays.
func (d *Desk) dropUploads(id string) {
	uploads, err := filepath.Glob(filepath.Join(d.Dir, id, "[0-9][0-9][0-9]"))
	if err != nil {
		return
	}
	for _, f := range uploads {
		_ = os.Remove(f)
	}
}
