package act

import (
	"context"
	"database/sql"

	"gonggu/internal/database"
)

// DestroyOpening destroys the value and salt behind one commitment of the act at index, inside the
// act of a purge. Leaf and proof of that act stay valid: it only ever named the hash.
func DestroyOpening(ctx context.Context, s *Step, index int64, hash string) error {
	if _, err := s.Tx.Exec(ctx, deleteSealed, s.Act.County, index, hash); err != nil {
		return err
	}
	_, err := s.Tx.Exec(ctx, insertPurged, s.Act.County, hash, index, s.Act.Index)
	return err
}

// Purged reports whether the opening behind a hash was destroyed by a purge.
func Purged(ctx context.Context, r database.Reader, county, hash string) (bool, error) {
	err := r.QueryRow(ctx, purgedValue, county, hash).Scan(new(int64))
	if database.Missing(err) {
		return false, nil
	}
	return err == nil, err
}

// Destroyed reports, in a replay, that the opening behind a hash is missing because a later act
// destroyed it. Outside a replay nothing is: an author can not leave out what he commits to.
func (s *Step) Destroyed(ctx context.Context, hash string) (bool, error) {
	if s.purged == nil {
		return false, nil
	}
	return s.purged(ctx, hash)
}

// emptied is what is left of a refused act whose time is over.
const emptied = "{}"

// OldRefused returns the ids of the refused acts received before an instant that still hold what was sent.
func OldRefused(ctx context.Context, r database.Reader, county string, before int64) ([]string, error) {
	rows, err := r.Query(ctx, oldRefused, county, before, pack([]byte(emptied)))
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
}

// EmptyRefused empties the refused acts received before an instant; who, when and why stay.
func EmptyRefused(ctx context.Context, tx *database.Tx, county string, before int64) (int64, error) {
	return tx.Exec(ctx, emptyRefused, pack([]byte(emptied)), []byte{}, county, before, pack([]byte(emptied)))
}
