package roster

import (
	"context"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// KindRejudge is the act that judges a village's households again after an amended parameter came into force. Only the product itself
// does it, village by village, so that nobody waits for the whole county.
const KindRejudge = "register.rejudge"

// rejudge writes only the households of which the pack in force says something else.
func (d *Desk) rejudge(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System || s.Act.Post != act.System {
		return errs.New(errs.Forbidden, "register.system_only", "参数调整后的重新判断由系统自动进行，不能手工提交。")
	}
	_, loaded, err := d.Book.Current(ctx, s.Tx)
	if err != nil {
		return err
	}
	keys, err := keysOf(s.Tx.Query(ctx, activeIn, s.Act.County, s.Act.Subject, s.Act.Subject+"~"))
	if err != nil {
		return err
	}
	today, sens := clock.Day(s.Act.ReceivedAt), SensitiveOf(loaded.Pack)
	changed := int64(0)
	for _, key := range keys {
		h, err := d.Store.Load(ctx, s.Tx, key)
		if err != nil {
			return err
		}
		was, doubts, serial := h.Counted(), h.Doubts, s.Serial
		_, facts := h.Present()
		out := loaded.Engine.Brief(today, h.Facts, facts, nil)
		h.Classes = out.Classes
		if d.Assessed != nil {
			if err := d.Assessed(ctx, s, loaded, h, out); err != nil {
				return err
			}
		}
		if slices.Equal(was.Classes, h.Classes) && doubts == h.Doubts && serial == s.Serial {
			continue
		}
		changed++
		if err := d.Store.Save(ctx, s, sens, h, was, today); err != nil {
			return err
		}
	}
	s.Made = canon.Object{"households": int64(len(keys)), "changed": changed}
	return nil
}

// Any reports whether a place has a household in force.
func (s Store) Any(ctx context.Context, r database.Reader, area string) (bool, error) {
	var key int64
	err := r.QueryRow(ctx, anyIn, s.County, area, area+"~").Scan(&key)
	if database.Missing(err) {
		return false, nil
	}
	return err == nil, err
}
