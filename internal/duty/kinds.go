package duty

import (
	"context"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/errs"
)

// The kinds of act of this package.
const (
	KindAdopt    = "area.adopt" // the list of places
	KindAmend    = "area.amend" // another name, or a village merged into another
	KindFound    = "unit.found"
	KindDissolve = "unit.dissolve"
	KindPost     = "post.open"
	KindEnd      = "post.end"
	KindHandOver = "post.hand_over" // subject: the post that ends
)

// Moved is told that a post ended (to is "") or was handed over (to is the new post), inside the
// act's transaction, so that what the post owns can follow.
type Moved func(ctx context.Context, s *act.Step, from, to string) error

// Kinds returns what these acts mean. They are done on set-up by the system, later by the security
// officer. Each moved is called, in order, when a post ends or is handed over.
func Kinds(moved ...Moved) map[string]act.Kind {
	all := func(ctx context.Context, s *act.Step, from, to string) error {
		for _, m := range moved {
			if m == nil {
				continue
			}
			if err := m(ctx, s, from, to); err != nil {
				return err
			}
		}
		return nil
	}
	return map[string]act.Kind{
		KindAdopt: {Apply: applyAdopt}, KindAmend: {Apply: applyAmend}, KindFound: {Apply: applyFound}, KindDissolve: {Apply: applyDissolve}, KindPost: {Apply: applyPost},
		KindEnd:      {Apply: func(ctx context.Context, s *act.Step) error { return applyEnd(ctx, s, all) }},
		KindHandOver: {Apply: func(ctx context.Context, s *act.Step) error { return applyHandOver(ctx, s, all) }},
	}
}

func bySystemOr(ctx context.Context, s *act.Step, m May) error {
	if s.Act.Actor == act.System {
		return nil
	}
	a, err := Acting(ctx, s, m)
	if err != nil {
		return err
	}
	// Rights are given from the desk, never from a phone that was away: a device's clock must not revive an officer's post.
	_, until, err := loadPost(ctx, s.Tx, s.Act.County, a.Post)
	if err == nil && until != 0 {
		return ErrNoPost
	}
	return err
}

var errBody = errs.New(errs.Invalid, "act.body", "记录内容不完整，未受理；请检查后重新提交。")

// why reads the reason and the day that an ending act must state; the system's need not.
func why(s *act.Step) (reason, day string, err error) {
	reason, day = strings.TrimSpace(text(s.Act.Body, "reason")), text(s.Act.Body, "day")
	today := clock.Day(s.Act.ReceivedAt)
	if s.Act.Actor == act.System && day == "" {
		day = today
	}
	switch {
	case s.Act.Actor != act.System && len([]rune(reason)) < 2:
		return "", "", errs.New(errs.Invalid, "post.reason", "请写明原因（如：调离、退休、机构调整），至少两个字；未受理。")
	case len([]rune(reason)) > 200:
		return "", "", errs.New(errs.Invalid, "post.reason", "原因不超过 200 个字；未受理。")
	case !clock.ValidDay(day) || day > today:
		return "", "", errs.New(errs.Invalid, "post.day", "日期应为今天或以前的某一天；未受理。到那一天再办理。")
	}
	return reason, day, nil
}

func text(o canon.Object, k string) string {
	s, _ := o[k].(string)
	return s
}
