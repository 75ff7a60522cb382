// Package ident makes the public ids: UUIDv7 minted by whoever acts (the time in them is never
// read), and ids derived from an act, which a phone without signal and the server derive alike.
package ident

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"

	"github.com/google/uuid"
)

// New returns a fresh UUIDv7.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid reports whether s is a UUID in its canonical lower-case form.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}

// Derive returns the id of something that an act gives birth to: the same act and name give the
// same id on every machine.
func Derive(act, name string) string {
	h := sha256.Sum256([]byte("gonggu/derive/" + act + "/" + name))
	var u uuid.UUID
	copy(u[:], h[:16])
	u[6] = u[6]&0x0f | 0x80 // version 8: ours
	u[8] = u[8]&0x3f | 0x80
	return u.String()
}

// Key is a row key: the log index of the act that made the row and the row's ordinal within it
// (design contract 4: keys come from the log, never from a sequence).
func Key(index int64, ordinal int) int64 { return index<<22 | int64(ordinal) }

// MaxOrdinal is the largest ordinal of a Key.
const MaxOrdinal = 1<<22 - 1

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Short returns a short printable form of a hash, for people to compare by eye.
func Short(hash []byte) string {
	s := crockford.EncodeToString(hash)
	if len(s) > 8 {
		s = s[:4] + "-" + s[4:8]
	}
	return s
}

// Public returns the public id of a row made by an import: short, stable, opaque.
func Public(prefix string, key int64) string { return prefix + strconv.FormatInt(key, 36) }
