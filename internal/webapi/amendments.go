package webapi

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// AmendmentView is a proposal to amend the pack in force, and what became of it.
type AmendmentView struct {
	ID          string                    `json:"id"`
	State       string                    `json:"state" enum:"proposed,approved,in_force,rejected,withdrawn"`
	StateName   string                    `json:"stateName"`
	EffectiveOn string                    `json:"effectiveOn"`
	Reason      string                    `json:"reason"`
	Changes     []campaign.AmendedSetting `json:"changes"`
	Proposer    string                    `json:"proposer"`
	ProposedAt  int64                     `json:"proposedAt"`
	Settler     string                    `json:"settler"`
	SettledAt   int64                     `json:"settledAt"`
	SettledSay  string                    `json:"settledSay"`
	SwitchedOn  string                    `json:"switchedOn"`
	From        string                    `json:"from" doc:"digest of the pack before, once approved"`
	To          string                    `json:"to" doc:"digest of the pack after, once approved"`
	Acts        []string                  `json:"acts" doc:"what the actor may do now"`
}

// AmendmentList is every amendment, newest first.
type AmendmentList struct {
	Items    []AmendmentView `json:"items"`
	Earliest string          `json:"earliest" doc:"the first day on which a new one can be in force"`
	Acts     []string        `json:"acts" doc:"what the actor may do now"`
}

// SettingList is what may be amended.
type SettingList struct {
	Settings []pack.Setting `json:"settings"`
}

// InstalledPack is a pack that can be compared.
type InstalledPack struct {
	Digest  string `json:"digest"`
	Version string `json:"version"`
	Note    string `json:"note"`
	InForce bool   `json:"inForce"`
}

// InstalledPacks are the county's packs, oldest first.
type InstalledPacks struct {
	Packs []InstalledPack `json:"packs"`
}

// PackDiff is what one pack has otherwise than another.
type PackDiff struct {
	From        string            `json:"from"`
	To          string            `json:"to"`
	Differences []pack.Difference `json:"differences"`
}

type diffQuery struct {
	From string `query:"from" required:"true" minLength:"8" maxLength:"64" doc:"a digest or its beginning"`
	To   string `query:"to" required:"true" minLength:"8" maxLength:"64"`
}

var amendmentStates = map[string]string{
	campaign.Proposed: "待批准", campaign.Approved: "已批准，待生效", campaign.InEffect: "已生效", campaign.Rejected: "已退回", campaign.Withdrawn: "已撤回",
}

func (a *API) amendments(api huma.API) {
	get(api, "list-amendments", "/amendments", "What was proposed to be amended in the pack in force, and what became of it", func(ctx context.Context, _ *none) (*body[AmendmentList], error) {
		v, err := a.amendmentList(ctx)
		return answer(v), a.fail(err)
	})
	get(api, "list-settings", "/amendments/settings", "What may be amended, with its value as it will stand when all that is approved is in force", func(ctx context.Context, _ *none) (*body[SettingList], error) {
		if _, err := need(ctx, duty.ProposeAmendment); err != nil {
			return nil, a.fail(err)
		}
		list, err := a.Book.Settings(ctx, a.DB)
		return answer(SettingList{orNone(list)}), a.fail(err)
	})
	get(api, "list-packs", "/packs", "The packs that the county holds", func(ctx context.Context, _ *none) (*body[InstalledPacks], error) {
		v, err := a.installedPacks(ctx)
		return answer(v), a.fail(err)
	})
	get(api, "compare-packs", "/packs/diff", "What one pack has otherwise than another", func(ctx context.Context, in *diffQuery) (*body[PackDiff], error) {
		v, err := a.packDiff(ctx, in)
		return answer(v), a.fail(err)
	})
}

func (a *API) amendmentList(ctx context.Context) (AmendmentList, error) {
	by := actorOf(ctx)
	out := AmendmentList{Items: []AmendmentView{}, Acts: []string{}}
	camp, err := a.Book.InForce(ctx, a.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Earliest = campaign.EarliestDay(clock.ReportDay(a.Clock.Now(), camp.CutOff))
	if by.May(duty.ProposeAmendment) {
		out.Acts = append(out.Acts, campaign.KindPropose)
	}
	list, err := a.Book.Amendments(ctx, a.DB)
	if err != nil {
		return out, err
	}
	for i := range list {
		v, err := a.amendmentView(ctx, &list[i], by)
		if err != nil {
			return out, err
		}
		if v.State == campaign.Proposed && v.EffectiveOn < out.Earliest {
			v.Acts = slices.DeleteFunc(v.Acts, func(k string) bool { return k == campaign.KindApprove })
			v.StateName = "过了生效日，需重新提出"
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

func (a *API) amendmentView(ctx context.Context, x *campaign.Amendment, by duty.Actor) (AmendmentView, error) {
	v := AmendmentView{ID: x.ID, State: x.State, StateName: amendmentStates[x.State], EffectiveOn: x.EffectiveOn, Reason: x.Reason, Changes: orNone(x.Changes), ProposedAt: x.ProposedAt,
		SettledAt: x.SettledAt, SettledSay: x.SettledSay, SwitchedOn: x.SwitchedOn, From: x.PackBefore, To: x.PackAfter, Acts: []string{}}
	var err error
	if v.Proposer, err = a.postName(ctx, x.ProposerPost); err != nil {
		return v, err
	}
	if v.Settler, err = a.postName(ctx, x.SettlerPost); err != nil {
		return v, err
	}
	if x.State != campaign.Proposed {
		return v, nil
	}
	switch own := x.Proposer == by.Person; {
	case own:
		v.Acts = append(v.Acts, campaign.KindReject)
	case by.May(duty.ApproveAmendment):
		v.Acts = append(v.Acts, campaign.KindApprove, campaign.KindReject)
	}
	return v, nil
}

// postName says who, in which post; "" of no post.
func (a *API) postName(ctx context.Context, post string) (string, error) {
	if post == "" {
		return "", nil
	}
	known, err := duty.Known(ctx, a.DB, a.County, post)
	return known.Name + "（" + known.Title + "）", err
}

func (a *API) installedPacks(ctx context.Context) (InstalledPacks, error) {
	out := InstalledPacks{Packs: []InstalledPack{}}
	list, err := a.Book.Installed(ctx, a.DB)
	if err != nil {
		return out, err
	}
	amendments, err := a.Book.Amendments(ctx, a.DB)
	if err != nil {
		return out, err
	}
	current, err := a.latest(ctx)
	if err != nil {
		return out, err
	}
	for _, p := range list {
		v := InstalledPack{Digest: p.Digest, Version: p.Version, Note: "安装的方案包", InForce: p.Digest == current.Pack.Digest()}
		for _, x := range amendments {
			if x.PackAfter == p.Digest {
				v.Note = pack.DayText(x.EffectiveOn) + "起的调整：" + x.Reason
			}
		}
		out.Packs = append(out.Packs, v)
	}
	return out, nil
}

func (a *API) packDiff(ctx context.Context, in *diffQuery) (PackDiff, error) {
	var packs [2]*pack.Pack
	for i, prefix := range []string{in.From, in.To} {
		digest, err := a.Book.Find(ctx, a.DB, prefix)
		if err != nil {
			return PackDiff{}, err
		}
		l, err := a.Book.Loaded(ctx, a.DB, digest)
		if err != nil {
			return PackDiff{}, err
		}
		packs[i] = l.Pack
	}
	return PackDiff{packs[0].Digest(), packs[1].Digest(), pack.Diff(packs[0], packs[1])}, nil
}

// amendedValues are the changes in force, the newest of each path.
func (a *API) amendedValues(ctx context.Context) ([]AmendedValue, error) {
	list, err := a.Book.Amendments(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	out := []AmendedValue{}
	for _, x := range list {
		for _, ch := range x.Changes {
			if x.State == campaign.InEffect && !slices.ContainsFunc(out, func(v AmendedValue) bool { return v.Path == ch.Path }) {
				out = append(out, AmendedValue{ch.Path, ch.Name, ch.BeforeText, ch.AfterText, x.SwitchedOn})
			}
		}
	}
	return out, nil
}
