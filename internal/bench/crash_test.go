package bench

import (
	"strings"
	"testing"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
)

// A receipt that the log does not bear out is named: the act missing, elsewhere, or with another leaf.
func TestSettleNamesWhatAReceiptPromisedInVain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		leaf := make([]byte, 32)
		for index, id := range []string{"a", "b", "c"} {
			if err := db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO acts (county, idx, id, kind, subject, person, post, received_at, digest, leaf, doc) VALUES ($1, $2, $3, '', '', '', '', $4, $5, $6, $7)`,
					"411624", index, id, 7, leaf, leaf, leaf)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		good := Receipt{Index: 0, ReceivedAt: 7, Leaf: strings.Repeat("0", 64)}
		if faults, err := Settle(t.Context(), db, "411624", map[string]Receipt{"a": good}); err != nil || len(faults) > 0 {
			t.Fatal(faults, err)
		}
		for name, r := range map[string]Receipt{
			"elsewhere":  {Index: 2, ReceivedAt: 7, Leaf: good.Leaf},
			"other time": {Index: 0, ReceivedAt: 8, Leaf: good.Leaf},
			"other leaf": {Index: 0, ReceivedAt: 7, Leaf: canon.HashBytes(nil)},
		} {
			if faults, err := Settle(t.Context(), db, "411624", map[string]Receipt{"a": r}); err != nil || len(faults) != 1 || !strings.Contains(faults[0], "记录 a") {
				t.Errorf("%s: %v %v", name, faults, err)
			}
		}
		if faults, err := Settle(t.Context(), db, "411624", map[string]Receipt{"lost": good}); err != nil || len(faults) != 1 || !strings.Contains(faults[0], "0 条") {
			t.Errorf("%v %v", faults, err)
		}
	})
}
