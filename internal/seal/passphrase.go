package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"

	"golang.org/x/crypto/argon2"
)

// Cost of guessing a passphrase: half a second and 64 MiB for each attempt on an ordinary PC.
const (
	lockTime    = 4
	lockMemory  = 64 * 1024 // KiB
	lockThreads = 1
	lockSalt    = 16
)

// ErrPassphrase: the passphrase is not the one, or the bytes were changed; the two cannot be told apart.
var ErrPassphrase = errors.New("locked bytes: wrong passphrase or damaged")

type locked struct {
	What   string `json:"what"`
	Time   uint32 `json:"time"`
	Memory uint32 `json:"memory"`
	Salt   []byte `json:"salt"`
	Box    []byte `json:"box"`
}

const lockedWhat = "gonggu/argon2id+aes-256-gcm/1"

func lockCipher(passphrase string, l locked) (cipher.AEAD, error) {
	block, err := aes.NewCipher(argon2.IDKey([]byte(passphrase), l.Salt, l.Time, l.Memory, lockThreads, 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Lock encrypts plain under a passphrase (argon2id, AES-256-GCM) for a copy that leaves the machine.
func Lock(passphrase string, plain []byte) ([]byte, error) {
	l := locked{What: lockedWhat, Time: lockTime, Memory: lockMemory, Salt: make([]byte, lockSalt)}
	if _, err := rand.Read(l.Salt); err != nil {
		return nil, err
	}
	aead, err := lockCipher(passphrase, l)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	l.Box = aead.Seal(nonce, nonce, plain, []byte(lockedWhat))
	b, err := json.MarshalIndent(l, "", " ")
	return append(b, '\n'), err
}

// Unlock opens what Lock made.
func Unlock(passphrase string, b []byte) ([]byte, error) {
	var l locked
	if err := json.Unmarshal(b, &l); err != nil || l.What != lockedWhat || len(l.Salt) != lockSalt || l.Time != lockTime || l.Memory != lockMemory || len(l.Box) < 12 {
		return nil, ErrPassphrase
	}
	aead, err := lockCipher(passphrase, l)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, l.Box[:12], l.Box[12:], []byte(lockedWhat))
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}
