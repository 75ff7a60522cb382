package act

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"golang.org/x/mod/sumdb/note"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// KindEnrol enters the public key that signs the log's heads into the log itself.
const KindEnrol = "log.enrol"

// Kinds returns what the acts of this package mean.
func Kinds() map[string]Kind { return map[string]Kind{KindEnrol: {Apply: enrol}} }

// EnrolBody is the body of a log.enrol act.
func EnrolBody(verifier string) canon.Object { return canon.Object{"key": verifier} }

func enrol(ctx context.Context, s *Step) error {
	key, _ := s.Act.Body["key"].(string)
	if _, err := note.NewVerifier(key); err != nil || s.Act.Actor != System {
		return errs.New(errs.Forbidden, "log.key", "日志公钥只能由系统登记。")
	}
	err := s.Tx.Put(ctx, insertKey, s.Act.County, s.Act.Index, key)
	return err
}

// Fingerprint returns the first 16 hex digits of the hash of the log's public key as last enrolled
// before the log had the given size, for print; "" before the first.
func Fingerprint(ctx context.Context, r database.Reader, county string, size int64) (string, error) {
	var key string
	err := r.QueryRow(ctx, keyAt, county, size).Scan(&key)
	if database.Missing(err) {
		return "", nil
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8]), err
}
