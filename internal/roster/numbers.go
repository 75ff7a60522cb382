package roster

import (
	"context"
	"hash/maphash"

	"gonggu/internal/database"
)

// numbers knows which households of an import the register cannot have, without asking for each: hashes of the national
// numbers in force when the import began, some 20 bytes a household.
type numbers struct {
	seed       maphash.Seed
	held       map[uint64]struct{}
	unnumbered bool // there are households without a number: an incoming one may be one of them
}

// worthNumbers is how many households an import must have for the numbers of the whole register to be read for it.
var worthNumbers = int64(100) // a variable for the tests

func (s Store) numbers(ctx context.Context, r database.Reader) (*numbers, error) {
	n := &numbers{seed: maphash.MakeSeed(), held: map[uint64]struct{}{}}
	rows, err := r.Query(ctx, allNumbers, s.County)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var number string
		var key int64
		if err := rows.Scan(&number, &key); err != nil {
			return nil, err
		}
		n.add(number)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var key int64
	err = r.QueryRow(ctx, anyUnnumbered, s.County).Scan(&key)
	if n.unnumbered = err == nil; database.Missing(err) {
		err = nil
	}
	return n, err
}

func (n *numbers) add(number string) { n.held[maphash.String(n.seed, number)] = struct{}{} }

func (n *numbers) holds(number string) bool {
	_, held := n.held[maphash.String(n.seed, number)]
	return held
}

// lacks reports that no household in force can be the one that bears this number; false says nothing. A nil numbers knows nothing.
func (n *numbers) lacks(number string) bool {
	return n != nil && !n.unnumbered && number != "" && !n.holds(number)
}
