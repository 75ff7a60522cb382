package webapi

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/retention"
)

// RetentionKind is how long a kind of record is kept, and the last day that may be destroyed today.
type RetentionKind struct {
	Kind   string `json:"kind" doc:"empty: stated only, the program does not destroy it"`
	Name   string `json:"name"`
	Months int    `json:"months"`
	From   string `json:"from"`
	Ground string `json:"ground"`
	Note   string `json:"note"`
	Last   string `json:"last"`
	Count  int64  `json:"count" doc:"records up to that day"`
}

// PurgeRow is a proposal and what became of it.
type PurgeRow struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Name       string   `json:"name"`
	Through    string   `json:"through"`
	Count      int64    `json:"count"`
	Proof      string   `json:"proof" doc:"hash over what the destroyed records were called"`
	State      string   `json:"state" enum:"proposed,approved,refused"`
	StateName  string   `json:"stateName"`
	Reason     string   `json:"reason"`
	ProposedOn string   `json:"proposedOn"`
	ProposedBy string   `json:"proposedBy"`
	ApprovedOn string   `json:"approvedOn"`
	ApprovedBy string   `json:"approvedBy"`
	Acts       []string `json:"acts"`
}

// RetentionView is the page of the periods and the purges.
type RetentionView struct {
	Kinds  []RetentionKind `json:"kinds"`
	Purges []PurgeRow      `json:"purges"`
	Acts   []string        `json:"acts"`
}

// PurgeFound is what a purge up to a day would destroy.
type PurgeFound struct {
	Kind    string `json:"kind"`
	Through string `json:"through"`
	Count   int64  `json:"count"`
	Proof   string `json:"proof"`
}

var purgeStates = map[string]string{retention.Proposed: "待批准", retention.Approved: "已批准销毁", retention.Refused: "未批准"}

// keeper is an actor who proposes, approves or audits purges.
func keeper(ctx context.Context) (duty.Actor, error) {
	by := actorOf(ctx)
	if !by.May(duty.ProposePurge) && !by.May(duty.ApprovePurge) && !by.May(duty.ReadLog) {
		return by, duty.ErrForbidden
	}
	return by, nil
}

func (a *API) retentions(api huma.API) {
	get(api, "show-retention", "/retention", "How long what is kept, and the purges proposed and carried out", func(ctx context.Context, _ *none) (*body[RetentionView], error) {
		by, err := keeper(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.retention(ctx, by)
		return answer(v), a.fail(err)
	})
	get(api, "find-purge", "/retention/{kind}", "What a purge of a kind up to a day would destroy", func(ctx context.Context, in *struct {
		Kind    string `path:"kind" maxLength:"30"`
		Through string `query:"through" maxLength:"10"`
	}) (*body[PurgeFound], error) {
		if _, err := keeper(ctx); err != nil {
			return nil, a.fail(err)
		}
		what, ok := a.Purgeable[in.Kind]
		if !ok {
			return nil, a.fail(retention.ErrKind)
		}
		if !clock.ValidDay(in.Through) {
			return nil, a.fail(errs.New(errs.Invalid, "retention.day", "请选择销毁到哪一天。"))
		}
		f, err := what.Find(ctx, a.DB, a.County, in.Through)
		return answer(PurgeFound{in.Kind, in.Through, f.Count, f.Proof}), a.fail(err)
	})
}

func (a *API) retention(ctx context.Context, by duty.Actor) (RetentionView, error) {
	v := RetentionView{Kinds: []RetentionKind{}, Purges: []PurgeRow{}, Acts: []string{}}
	loaded, err := a.latest(ctx)
	if err != nil {
		return v, err
	}
	names := map[string]string{}
	for _, r := range loaded.Pack.Privacy.Retention {
		k := RetentionKind{Kind: r.Kind, Name: r.Name, Months: r.Months, From: r.From, Ground: r.Ground, Note: r.Note}
		if what, ok := a.Purgeable[r.Kind]; ok {
			k.Last = retention.Last(a.today(), r)
			f, err := what.Find(ctx, a.DB, a.County, k.Last)
			if err != nil {
				return v, err
			}
			k.Count = f.Count
		}
		names[r.Kind] = r.Name
		v.Kinds = append(v.Kinds, k)
	}
	list, err := retention.List(ctx, a.DB, a.County)
	if err != nil {
		return v, err
	}
	for _, p := range list {
		row := PurgeRow{ID: p.ID, Kind: p.Kind, Name: named(names, p.Kind), Through: p.Through, Count: p.Count, Proof: p.Proof, State: p.State, StateName: purgeStates[p.State], Reason: p.Reason,
			ProposedOn: p.ProposedOn, ApprovedOn: p.ApprovedOn, Acts: []string{}}
		proposer, err := duty.Known(ctx, a.DB, a.County, p.ProposedBy)
		if err != nil {
			return v, err
		}
		row.ProposedBy = proposer.Name
		if p.ApprovedBy != "" {
			approver, err := duty.Known(ctx, a.DB, a.County, p.ApprovedBy)
			if err != nil {
				return v, err
			}
			row.ApprovedBy = approver.Name
		}
		if p.State == retention.Proposed && by.May(duty.ApprovePurge) && proposer.Person != by.Person {
			row.Acts = append(row.Acts, retention.KindApprove)
		}
		v.Purges = append(v.Purges, row)
	}
	if by.May(duty.ProposePurge) {
		v.Acts = slices.Concat(v.Acts, []string{retention.KindPropose})
	}
	return v, nil
}
