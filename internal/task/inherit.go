package task

import (
	"context"
	"database/sql"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/roster"
)

// Why a household changed hands without anybody choosing it, as its history shows.
const (
	reasonInherit = "按所在村组的分派自动落实"
	reasonOutside = "迁出原负责范围"
	reasonMoved   = "岗位交接"
	reasonEnded   = "岗位结束，待重新指派"
)

// heirs remembers, for the length of one act, who answers for places and who holds posts. It holds
// on to the act's step, so that no other step can be taken for it.
type heirs struct {
	step    *act.Step
	places  map[string]string
	holders map[string]*duty.Actor // nil where the post has ended or may own nothing
}

func (m *Room) heirsOf(s *act.Step) *heirs {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil || m.last.step != s {
		m.last = &heirs{step: s, places: map[string]string{}, holders: map[string]*duty.Actor{}}
	}
	return m.last
}

// Inherit gives a household that was entered, split off or moved, inside the act and before it is
// saved, to whoever answers for its place: the group's before the village's. An owner who still
// reaches it keeps it; where there is none, nobody answers for it, and it stands on the office's list.
func (m *Room) Inherit(ctx context.Context, s *act.Step, h *roster.Household) error {
	e := m.heirsOf(s)
	if h.Owner != "" {
		kept, err := m.holder(ctx, s, e, h.Owner, h.Area)
		if err != nil || kept {
			return err
		}
	}
	post, known := e.places[h.Area]
	if !known {
		var err error
		if post, err = m.defaultOf(ctx, s, e, h.Area); err != nil {
			return err
		}
		e.places[h.Area] = post
	}
	if post == h.Owner {
		return nil
	}
	reason := reasonInherit
	if post == "" {
		reason = reasonOutside
	}
	was := h.Owner
	h.Owner = post
	return m.Roster.NoteOwner(ctx, s, h.Key, was, post, reason)
}

func (m *Room) defaultOf(ctx context.Context, s *act.Step, e *heirs, area string) (string, error) {
	rows, err := s.Tx.Query(ctx, defaultsOver, m.County, area, duty.VillageOf(area), duty.TownshipOf(area))
	if err != nil {
		return "", err
	}
	list, err := database.Collect(rows, scanDefault)
	if err != nil {
		return "", err
	}
	for _, d := range list { // the longest code first
		ok, err := m.holder(ctx, s, e, d.post, area)
		if err != nil {
			return "", err
		}
		if ok {
			return d.post, nil
		}
	}
	return "", nil
}

// holder reports whether a post is held by somebody who may answer for a place.
func (m *Room) holder(ctx context.Context, s *act.Step, e *heirs, post, area string) (bool, error) {
	a, known := e.holders[post]
	if !known {
		x, err := duty.Holder(ctx, s.Tx, m.County, post)
		switch {
		case err == nil && mayOwn(x):
			a = &x
		case err != nil && errs.Code(err) != duty.ErrNoPost.Code:
			return false, err
		}
		e.holders[post] = a
	}
	return a != nil && reaches(*a, area), nil
}

// Moved hands a post's households, inside the act that ends the post, to its successor where his
// post reaches; the rest, or all when there is no successor, become nobody's. The places that the
// post answered for follow.
func (m *Room) Moved(ctx context.Context, s *act.Step, from, to string) error {
	if from == to {
		return nil
	}
	if to != "" {
		next, err := duty.Holder(ctx, s.Tx, m.County, to)
		switch {
		case errs.Code(err) == duty.ErrNoPost.Code || (err == nil && !mayOwn(next)):
		case err != nil:
			return err
		default:
			if _, err := m.Roster.HandOver(ctx, s, from, to, next.Area, reasonMoved); err != nil {
				return err
			}
			if _, err := s.Tx.Exec(ctx, moveDefaults, to, s.Act.Index, m.County, from, next.Area, next.Area+"~"); err != nil {
				return err
			}
		}
	}
	if _, err := m.Roster.HandOver(ctx, s, from, "", m.County, reasonEnded); err != nil {
		return err
	}
	_, err := s.Tx.Exec(ctx, dropDefaultsOf, m.County, from)
	return err
}

type placeOwner struct{ area, post string }

func scanDefault(r *sql.Rows) (d placeOwner, err error) { return d, r.Scan(&d.area, &d.post) }
