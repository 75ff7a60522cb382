package roster

import (
	"context"
	"database/sql"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Held says how many households of a place a post answers for and how far they are inspected;
// Post is "" for those that nobody answers for. Households = Inspected + Missed + those left.
type Held struct {
	Area, Post                    string
	Households, Inspected, Missed int64
}

// span is the range of codes of a place and all that lies in it.
func span(area string) (from, to string) { return area, area + "~" }

// Assign gives every household in force of a place to a post, inside an act: one change, with its
// history, and the counts moved by as much. It returns how many changed hands. A post of "" is nobody.
func (s Store) Assign(ctx context.Context, st *act.Step, area, post, reason string) (int64, error) {
	from, to := span(area)
	rows, err := st.Tx.Query(ctx, countOwners, s.County, from, to)
	if err != nil {
		return 0, err
	}
	was, err := database.Collect(rows, func(r *sql.Rows) (h Held, err error) { return h, r.Scan(&h.Area, &h.Post, &h.Households) })
	if err != nil {
		return 0, err
	}
	var n int64
	for _, h := range was {
		if h.Post != post {
			tallyOwner(st, h.Area, h.Post, -h.Households)
			tallyOwner(st, h.Area, post, h.Households)
			n += h.Households
		}
	}
	if n == 0 {
		return 0, nil
	}
	if _, err := st.Tx.Exec(ctx, noteOwners, st.Act.Index, post, reason, s.County, from, to, post); err != nil {
		return 0, err
	}
	_, err = st.Tx.Exec(ctx, setOwners, post, s.County, from, to, post)
	return n, err
}

// AssignOne gives one household in force to a post, inside an act, and reports whether it changed hands.
func (s Store) AssignOne(ctx context.Context, st *act.Step, id, post, reason string) (bool, error) {
	key, area, was, err := s.OwnerOf(ctx, st.Tx, id)
	if err != nil || was == post {
		return false, err
	}
	tallyOwner(st, area, was, -1)
	tallyOwner(st, area, post, 1)
	if err := s.NoteOwner(ctx, st, key, was, post, reason); err != nil {
		return false, err
	}
	_, err = st.Tx.Exec(ctx, setOwner, post, s.County, key)
	return true, err
}

// HandOver gives a post's households inside a place to another post, inside an act, and returns how
// many of those in force changed hands. A post of "" is nobody.
func (s Store) HandOver(ctx context.Context, st *act.Step, old, post, area, reason string) (int64, error) {
	from, to := span(area)
	rows, err := st.Tx.Query(ctx, countHandOver, s.County, old, from, to)
	if err != nil {
		return 0, err
	}
	was, err := database.Collect(rows, func(r *sql.Rows) (h Held, err error) { return h, r.Scan(&h.Area, &h.Households) })
	if err != nil {
		return 0, err
	}
	var n int64
	for _, h := range was {
		tallyOwner(st, h.Area, old, -h.Households)
		tallyOwner(st, h.Area, post, h.Households)
		n += h.Households
	}
	if _, err := st.Tx.Exec(ctx, noteHandOver, st.Act.Index, post, reason, s.County, old, from, to); err != nil {
		return 0, err
	}
	_, err = st.Tx.Exec(ctx, setHandOver, post, s.County, old, from, to)
	return n, err
}

func tallyOwner(st *act.Step, area, post string, n int64) {
	if v := duty.VillageOf(area); v != "" && post != "" {
		st.Tally(v, MeasureOwned, "", st.ReportDay, n)
		st.Tally(v, MeasureOwned, post, st.ReportDay, n)
	}
}

// NoteOwner keeps in the history that a household changed hands by this act.
func (s Store) NoteOwner(ctx context.Context, st *act.Step, household int64, was, post, reason string) error {
	_, err := st.Tx.Exec(ctx, noteOwner, s.County, household, st.Act.Index, post, was, reason)
	return err
}

// OwnerOf returns the row key, the place and the owner of a household in force. Code: household.not_found.
func (s Store) OwnerOf(ctx context.Context, r database.Reader, id string) (key int64, area, post string, err error) {
	err = r.QueryRow(ctx, ownerOf, s.County, id).Scan(&key, &area, &post)
	if database.Missing(err) {
		err = ErrNotFound
	}
	return key, area, post, err
}

// Owned is a step in the history of who answers for a household; a post of "" is nobody.
type Owned struct {
	Index             int64
	Post, Was, Reason string
}

// OwnersOf returns who answered for a household, newest first.
func (s Store) OwnersOf(ctx context.Context, r database.Reader, household int64) ([]Owned, error) {
	rows, err := r.Query(ctx, ownersOf, s.County, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (o Owned, err error) { return o, r.Scan(&o.Index, &o.Post, &o.Was, &o.Reason) })
}

// LastOwned returns the log index of the last act by which a household of a place changed hands, −1 when none did.
func (s Store) LastOwned(ctx context.Context, r database.Reader, area string) (int64, error) {
	from, to := span(area)
	var index sql.NullInt64
	if err := r.QueryRow(ctx, lastOwner, s.County, from, to).Scan(&index); err != nil || !index.Valid {
		return -1, err
	}
	return index.Int64, nil
}

// Held counts the households in force that a scope covers by place and owner; post narrows it to one
// owner's. It counts rows: for a village, or one post's. Larger places have their tallies.
func (s Store) Held(ctx context.Context, r database.Reader, scope duty.Scope, post string) ([]Held, error) {
	if scope.Empty() {
		return []Held{}, nil
	}
	from, to := span(scope.Area())
	text, args := heldIn, []any{s.County, from, to}
	if post != "" {
		text, args = heldBy, []any{s.County, post, from, to}
	}
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (h Held, err error) {
		return h, r.Scan(&h.Area, &h.Post, &h.Households, &h.Inspected, &h.Missed)
	})
}

// Miss notes, inside an act, that a household could not be inspected and why; "" takes it back. It
// leaves the record's revision alone: nothing that a sheet shows has changed.
func (s Store) Miss(ctx context.Context, st *act.Step, h *Household, reason, doneOn string) error {
	was := h.Counted()
	h.Missed, h.MissedOn = reason, doneOn
	forget(st, h.Key)
	if _, err := st.Tx.Exec(ctx, setMissed, reason, doneOn, s.County, h.Key); err != nil {
		return err
	}
	tallyCoverage(st, was, doneOn, -1)
	tallyCoverage(st, h.Counted(), doneOn, 1)
	return nil
}
