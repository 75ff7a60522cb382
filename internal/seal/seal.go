// Package seal is the crypto seam: what is encrypted at rest, what is looked up blind, and the
// commitments that stand in acts for values that must not. SM3 and SM4 may take the place of
// SHA-256 and AES here and nowhere else. It knows no table.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Keys seals and opens values. Safe for concurrent use. What is looked up blind, salted and nonced
// hangs on a root that never changes; the sealing key can be changed (Turn).
type Keys struct {
	path  string // "" lies in memory only
	mu    sync.Mutex
	ring  atomic.Pointer[ring]
	nonce mac
	blind mac
	salt  mac
}

// mac makes HMACs under one key; the states are used again, for a county asks for millions. Safe for concurrent use.
type mac struct{ spare *sync.Pool }

func macOf(key []byte) mac {
	return mac{&sync.Pool{New: func() any { return &macState{hash: hmac.New(sha256.New, key)} }}}
}

type macState struct {
	hash hash.Hash
	text []byte
}

// sum returns the MAC of a, a zero byte and b.
func sum[T string | []byte](m mac, a string, b T) []byte {
	s := m.spare.Get().(*macState)
	defer m.spare.Put(s)
	s.hash.Reset()
	s.text = append(append(append(s.text[:0], a...), 0), b...)
	s.hash.Write(s.text)
	return s.hash.Sum(make([]byte, 0, sha256.Size))
}

// ring is the sealing keys by number, and the one that seals.
type ring struct {
	current byte
	aeads   map[byte]cipher.AEAD
}

type keyFile struct {
	Note    string            `json:"note"`
	Keys    map[string]string `json:"keys"`
	Now     string            `json:"current"`
	Turning string            `json:"turning,omitempty"` // the key being replaced
	Retired []string          `json:"retired,omitempty"` // opens what it sealed, seals nothing
	Root    string            `json:"index"`
}

// Load reads the key file at path, making it (mode 0600) when there is none. Whoever loses this
// file loses every sealed value: it is backed up apart from the database.
func Load(path string) (*Keys, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		seed := make([]byte, 32)
		if _, err := rand.Read(seed); err != nil {
			return nil, err
		}
		return create(path, seed)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var f keyFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("key file %s is damaged: %w", path, err)
	}
	return f.open(path)
}

// LoadSeeded is Load for a demonstration: a new key file comes from seed, so that the same seed
// gives the same bytes. Never for real data.
func LoadSeeded(path, seed string) (*Keys, error) {
	if _, err := os.Stat(path); err == nil {
		return Load(path)
	}
	h := sha256.Sum256([]byte("gonggu/demo-keys/" + seed))
	return create(path, h[:])
}

// FromSeed returns keys that exist only in memory; for tests and for verification by replay.
func FromSeed(seed string) *Keys {
	h := sha256.Sum256([]byte(seed))
	k, err := fileFor(h[:]).open("")
	if err != nil {
		panic(err) // the sizes are ours
	}
	return k
}

func fileFor(seed []byte) keyFile {
	return keyFile{Note: "Gonggu: without this file the sealed values cannot be read. Keep a copy apart from the database.",
		Keys: map[string]string{"1": hex.EncodeToString(derive(seed, "seal/1"))}, Now: "1", Root: hex.EncodeToString(derive(seed, "index"))}
}

func create(path string, seed []byte) (*Keys, error) {
	f := fileFor(seed)
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err = out.Write(append(b, '\n')); err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	return f.open(path)
}

func (f keyFile) open(path string) (*Keys, error) {
	r, err := f.ring()
	if err != nil {
		return nil, err
	}
	root, err := hex.DecodeString(f.Root)
	if err != nil || len(root) != 32 {
		return nil, errDamaged
	}
	k := &Keys{path: path, nonce: macOf(derive(root, "nonce")), blind: macOf(derive(root, "blind")), salt: macOf(derive(root, "salt"))}
	k.ring.Store(r)
	return k, nil
}

var errDamaged = errors.New("key file is damaged")

func (f keyFile) ring() (*ring, error) {
	k := &ring{aeads: map[byte]cipher.AEAD{}}
	for id, h := range f.Keys {
		raw, err := hex.DecodeString(h)
		var n int
		if _, serr := fmt.Sscanf(id, "%d", &n); serr != nil || err != nil || len(raw) != 32 || n < 1 || n > 255 {
			return nil, errDamaged
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, err
		}
		if k.aeads[byte(n)], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
		if id == f.Now {
			k.current = byte(n)
		}
	}
	if k.current == 0 {
		return nil, errDamaged
	}
	return k, nil
}

func derive(key []byte, label string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(label))
	return m.Sum(nil)
}

// Seal encrypts plain for one place (table and row), from which it cannot be moved. The nonce is a
// MAC of place and plain text, so that a rebuild gives the same bytes; it shows no more than that
// one place held the same value twice.
func (k *Keys) Seal(place string, plain []byte) []byte {
	nonce := sum(k.nonce, place, plain)[:12]
	r := k.ring.Load()
	box := append(make([]byte, 0, 2+12+len(plain)+16), 1, r.current)
	box = append(box, nonce...)
	return r.aeads[r.current].Seal(box, nonce, plain, []byte(place))
}

// Open decrypts a box sealed for the same place.
func (k *Keys) Open(place string, box []byte) ([]byte, error) {
	if len(box) < 14 || box[0] != 1 {
		return nil, errors.New("sealed value: unknown form")
	}
	aead := k.ring.Load().aeads[box[1]]
	if aead == nil { // another process may have turned to a new key since the file was read
		if err := k.reload(); err != nil {
			return nil, err
		}
		if aead = k.ring.Load().aeads[box[1]]; aead == nil {
			return nil, errors.New("sealed value: unknown key")
		}
	}
	return aead.Open(nil, box[2:14], box[14:], []byte(place))
}

// Blind returns the 16 bytes under which a value of one kind can be found without being read.
func (k *Keys) Blind(kind, value string) []byte {
	return sum(k.blind, kind, value)[:16]
}

// Salt returns the 32-byte salt of one value of a register row, derived so that the row need not keep it.
func (k *Keys) Salt(row, fact string) []byte {
	return sum(k.salt, row, fact)
}

// Commit is what stands in an act for a sealed value: hex SHA-256(salt ‖ value).
func Commit(salt []byte, value string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}
