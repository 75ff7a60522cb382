package seal

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// maxKeys is how many sealing keys a file can name: a box bears its key's number in one byte.
const maxKeys = 255

// Turn makes a new sealing key and begins to seal with it, or goes on with a turn that was broken
// off. Everything sealed before still opens. The caller then seals anew what Stale names, and ends
// with Turned.
func (k *Keys) Turn() error {
	return k.change(func(f *keyFile) error {
		if f.Turning != "" {
			return nil
		}
		highest := 0
		for id := range f.Keys {
			n, err := strconv.Atoi(id)
			if err != nil {
				return errDamaged
			}
			highest = max(highest, n)
		}
		if highest >= maxKeys {
			return errors.New("key file: no number is left for another key")
		}
		fresh := make([]byte, 32)
		if _, err := rand.Read(fresh); err != nil {
			return err
		}
		id := strconv.Itoa(highest + 1)
		f.Keys[id], f.Turning, f.Now = hex.EncodeToString(fresh), f.Now, id
		return nil
	})
}

// Turned ends a turn: the old key is retired. It stays in the file, because the openings of imports
// lie in files that the acts name by the hash of their sealed bytes.
func (k *Keys) Turned() error {
	return k.change(func(f *keyFile) error {
		if f.Turning != "" && !slices.Contains(f.Retired, f.Turning) {
			f.Retired = append(f.Retired, f.Turning)
		}
		f.Turning = ""
		return nil
	})
}

// Stale reports whether a box was sealed with another key than the one that seals now.
func (k *Keys) Stale(box []byte) bool { return len(box) > 1 && box[1] != k.ring.Load().current }

// Again seals what a stale box holds with the key that seals now; any other box comes back as it is.
func (k *Keys) Again(place string, box []byte) ([]byte, error) {
	if !k.Stale(box) {
		return box, nil
	}
	plain, err := k.Open(place, box)
	if err != nil {
		return nil, err
	}
	return k.Seal(place, plain), nil
}

// change rewrites the key file: whole or not at all.
func (k *Keys) change(fn func(*keyFile) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" {
		return errors.New("these keys lie in no file")
	}
	f, err := readFile(k.path)
	if err != nil {
		return err
	}
	if err := fn(&f); err != nil {
		return err
	}
	r, err := f.ring()
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(k.path, append(b, '\n')); err != nil {
		return err
	}
	k.ring.Store(r)
	return nil
}

// reload reads the key file again.
func (k *Keys) reload() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" {
		return nil
	}
	f, err := readFile(k.path)
	if err != nil {
		return err
	}
	r, err := f.ring()
	if err == nil {
		k.ring.Store(r)
	}
	return err
}

func readFile(path string) (f keyFile, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("key file: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("key file %s is damaged: %w", path, err)
	}
	return f, nil
}

// replace writes a file under another name, durable, and gives it its name.
func replace(path string, b []byte) error {
	tmp := path + ".new"
	out, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = out.Write(b); err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync() // not every system can
		_ = dir.Close()
	}
	return nil
}
