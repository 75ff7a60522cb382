// Package files keeps bytes by their SHA-256: uploads, change sets, issued documents. What is
// stored is durable before it has a name, and never changes.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Store is a folder of files by hash.
type Store struct{ Dir string }

// Writer takes the bytes of one file; Commit gives it its name.
type Writer struct {
	store Store
	f     *os.File
	h     hash.Hash
}

// Create begins a new file.
func (s Store) Create() (*Writer, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.Dir, "new-*")
	if err != nil {
		return nil, err
	}
	return &Writer{s, f, sha256.New()}, nil
}

func (w *Writer) Write(b []byte) (int, error) {
	n, err := w.f.Write(b)
	w.h.Write(b[:n])
	return n, err
}

// Commit makes the bytes durable and returns their hash.
func (w *Writer) Commit() (string, error) {
	name := hex.EncodeToString(w.h.Sum(nil))
	if err := w.f.Sync(); err != nil {
		w.Discard()
		return "", err
	}
	if err := w.f.Close(); err != nil {
		return "", err
	}
	to := w.store.path(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	if err := os.Rename(w.f.Name(), to); err != nil {
		return "", err
	}
	return name, nil
}

// Discard throws the bytes away; after Commit it does nothing.
func (w *Writer) Discard() {
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
}

func (s Store) path(name string) string { return filepath.Join(s.Dir, name[:2], name[2:]) }

// Open opens a file by its hash.
func (s Store) Open(name string) (*os.File, error) {
	if len(name) != 64 {
		return nil, fmt.Errorf("files: %q is no hash", name)
	}
	return os.Open(s.path(name))
}

// Put stores what r gives.
func (s Store) Put(r io.Reader) (string, error) {
	w, err := s.Create()
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Discard()
		return "", err
	}
	return w.Commit()
}

// Check reads a file whole and reports whether its bytes still have its hash.
func (s Store) Check(name string) error {
	f, err := s.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != name {
		return fmt.Errorf("files: %s has changed", name)
	}
	return nil
}

var name64 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Name reports whether s can be the name of a stored file: 64 hex digits.
func Name(s string) bool { return name64.MatchString(s) }

// List returns the names of all files, sorted; none when the folder does not exist yet.
func (s Store) List() ([]string, error) {
	outer, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range outer {
		if !d.IsDir() {
			continue // being written
		}
		inner, err := os.ReadDir(filepath.Join(s.Dir, d.Name()))
		if err != nil {
			return nil, err
		}
		for _, f := range inner {
			if Name(d.Name() + f.Name()) {
				out = append(out, d.Name()+f.Name())
			}
		}
	}
	return out, nil
}

// Remove removes a file; removing it again changes nothing.
func (s Store) Remove(name string) error {
	err := os.Remove(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Adopt takes a file over from another store, by a hard link where both lie on one disk, and returns its
// size. A file that is here already is left alone.
func (s Store) Adopt(from Store, name string) (int64, error) {
	in, err := from.Open(name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	if err != nil {
		return 0, err
	}
	to := s.path(name)
	if have, err := os.Stat(to); err == nil && have.Size() == info.Size() {
		return info.Size(), nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	if os.Link(from.path(name), to) == nil {
		return info.Size(), nil
	}
	return info.Size(), s.PutAs(name, in)
}

// PutAs stores what r gives, which must have the hash that it is named by.
func (s Store) PutAs(name string, r io.Reader) error {
	w, err := s.Create()
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Discard()
		return err
	}
	if got := hex.EncodeToString(w.h.Sum(nil)); got != name {
		w.Discard()
		return fmt.Errorf("files: %s has changed", name)
	}
	_, err = w.Commit()
	return err
}
