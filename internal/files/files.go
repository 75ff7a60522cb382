// Package files keeps bytes by their SHA-256: uploads, change sets, issued documents. What is
// stored is durable before it has a name, and never changes.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
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
