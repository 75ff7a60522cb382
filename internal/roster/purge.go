package roster

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/ident"
)

// destroyed stands where a purge has destroyed what an import changed: an undo must not take an
// emptied box for a household that was new.
var destroyed = []byte{0}

// OldChange is what an import changed of a household, kept so that it can be undone.
type OldChange struct{ Index, Household int64 }

// Name is what the proof of a purge calls it.
func (c OldChange) Name() string {
	return ident.Public("c", c.Index) + "/" + ident.Public("h", c.Household)
}

// OldChanges returns what imports received before an instant keep for their undo.
func (s Store) OldChanges(ctx context.Context, r database.Reader, before int64) ([]OldChange, error) {
	rows, err := r.Query(ctx, oldChanges, s.County, before, destroyed)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (c OldChange, err error) { return c, r.Scan(&c.Index, &c.Household) })
}

// DestroyChanges destroys them inside the act of a purge; those imports can no longer be undone as a whole.
func (s Store) DestroyChanges(ctx context.Context, st *act.Step, list []OldChange) error {
	for _, c := range list {
		if _, err := st.Tx.Exec(ctx, emptyChange, destroyed, s.County, c.Index, c.Household); err != nil {
			return err
		}
	}
	return nil
}

// OldWithdrawn returns the households that left the register before an instant and whose sensitive
// values are still kept: key and public id.
func (s Store) OldWithdrawn(ctx context.Context, r database.Reader, before int64) (map[int64]string, error) {
	rows, err := r.Query(ctx, oldWithdrawn, s.County, before, []byte{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]string{}
	for rows.Next() {
		var key int64
		var id string
		if err := rows.Scan(&key, &id); err != nil {
			return nil, err
		}
		out[key] = id
	}
	return out, rows.Err()
}

// DestroyWithdrawn destroys the sensitive values of such households, and by what they are found.
func (s Store) DestroyWithdrawn(ctx context.Context, st *act.Step, keys []int64) error {
	for _, key := range keys {
		if _, err := st.Tx.Exec(ctx, emptyHousehold, []byte{}, s.County, key); err != nil {
			return err
		}
		if _, err := st.Tx.Exec(ctx, emptyPersons, []byte{}, s.County, key); err != nil {
			return err
		}
		if _, err := st.Tx.Exec(ctx, deleteBlinds, s.County, key); err != nil {
			return err
		}
	}
	return nil
}

// OldRejects returns the imports begun before an instant whose rejected rows are still kept.
func (d *Desk) OldRejects(ctx context.Context, r database.Reader, before int64) ([]string, error) {
	rows, err := r.Query(ctx, oldRejects, d.Store.County, before)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
}

// DropRejects removes the reject workbook of an import, and the folder that held it.
func (d *Desk) DropRejects(ctx context.Context, id string) error {
	if err := os.RemoveAll(filepath.Join(d.Dir, id)); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropRejects, d.Store.County, id)
		return err
	})
}
