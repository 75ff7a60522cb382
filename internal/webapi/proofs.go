package webapi

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/proof"
	"gonggu/internal/report"
	"gonggu/internal/roster"
)

// Proof shows that an act stands in the log: who hashes the record finds the leaf, and with the
// hashes the root, which the daily report of the day prints (RFC 6962, SHA-256).
type Proof struct {
	County     string   `json:"county"`
	Index      int64    `json:"index"`
	TreeSize   int64    `json:"treeSize"`
	Leaf       string   `json:"leaf" doc:"hex"`
	Root       string   `json:"root" doc:"hex, of the log at treeSize"`
	Hashes     []string `json:"hashes" doc:"hex, from the leaf up"`
	File       string   `json:"file" doc:"the proof file, to be saved byte for byte; gonggu verify --proof reads it"`
	Key        string   `json:"key" doc:"fingerprint of the log's public key"`
	PrintedOn  string   `json:"printedOn" doc:"the daily report that prints this root; empty when none does yet"`
	ReceivedAt int64    `json:"receivedAt"`
	KindName   string   `json:"kindName"`
}

type proofPath struct {
	ID    string `path:"id" maxLength:"64"`
	Index int64  `path:"index" minimum:"0"`
}

func (a *API) proofs(api huma.API) {
	get(api, "prove-household-act", "/households/{id}/proofs/{index}", "The proof of an act on a household", func(ctx context.Context, in *proofPath) (*body[Proof], error) {
		by, err := need(ctx, duty.ReadHousehold)
		if err != nil {
			return nil, a.fail(err)
		}
		h, err := a.household(ctx, by, duty.ReadHousehold, in.ID)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.prove(ctx, h.ID, in.Index)
		return answer(v), a.fail(err)
	})
	get(api, "prove-problem-act", "/problems/{id}/proofs/{index}", "The proof of an act on a problem", func(ctx context.Context, in *proofPath) (*body[Proof], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		p, err := problem.ByID(ctx, a.DB, a.County, in.ID)
		if err != nil {
			return nil, a.fail(err)
		}
		scope := by.Scope(duty.ReadProblem)
		if !scope.Covers(p.Area) || (scope.Unit() != "" && scope.Unit() != p.Lead && !slices.Contains(p.Helping, scope.Unit())) {
			return nil, a.fail(problem.ErrNotFound)
		}
		subject := p.ID
		if in.Index == p.FoundIdx && by.Scope(duty.ReadHousehold).Covers(p.Area) {
			subject = "" // the sheet or doubt that it was born of says more than the problem: for readers of households
		}
		v, err := a.prove(ctx, subject, in.Index)
		return answer(v), a.fail(err)
	})
}

// prove proves an act on a subject ("" is any) against the first printed root that covers it, or the
// log as it stands.
func (a *API) prove(ctx context.Context, subject string, index int64) (Proof, error) {
	x, err := act.ByIndex(ctx, a.DB, a.County, index)
	if err != nil {
		return Proof{}, err
	}
	if subject != "" && x.Subject != subject {
		return Proof{}, act.ErrNoAct
	}
	size, day := int64(0), ""
	days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
	if err != nil {
		return Proof{}, err
	}
	for _, d := range days {
		if d.State == report.StateFrozen && d.LogSize > index {
			size, day = d.LogSize, d.Day
			break
		}
	}
	file, err := proof.Make(ctx, a.DB, a.County, x.ID, size, a.Signer, a.Verifier)
	if err != nil {
		return Proof{}, err
	}
	p, err := proof.Check(file, a.Verifier)
	if err != nil {
		return Proof{}, err
	}
	return Proof{County: a.County, Index: index, TreeSize: p.Size, Leaf: p.Leaf, Root: p.Root, Hashes: p.Path, File: string(file),
		Key: p.Fingerprint, PrintedOn: day, ReceivedAt: x.ReceivedAt, KindName: KindName(x.Kind)}, nil
}

// ClassReason is a class of a household with the facts that its condition reads.
type ClassReason struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Because []string `json:"because"`
}

// classReasons tells of each class which facts its condition reads and what they are. A value that
// the actor may not see in the open is only named.
func (s *shower) classReasons(h *roster.Household, people []roster.Person, derived []assess.Value) []ClassReason {
	computed := map[string]string{}
	for _, d := range derived {
		computed[d.Code] = d.Text
	}
	out := []ClassReason{}
	for _, c := range s.classes {
		if !slices.Contains(h.Classes, c.ID) || !s.by.Sees(duty.Group(c.Sensitive)) {
			continue
		}
		r := ClassReason{ID: c.ID, Name: c.Name, Because: []string{}}
		for _, rd := range s.pack.ClassWhen(c.ID).Reads {
			f, ok := s.pack.Fact(rd.Root, rd.Code)
			switch {
			case rd.Root == "h" && ok && computed[rd.Code] != "":
				r.Because = append(r.Because, s.because(f, f.Name, computed[rd.Code]))
			case rd.Root == "h" && ok && h.Facts[rd.Code] != nil:
				r.Because = append(r.Because, s.because(f, f.Name, s.pack.Text(f, h.Facts[rd.Code])))
			case rd.Root == "m" && ok:
				r.Because = append(r.Because, s.membersBecause(f, people)...)
			case rd.Root == "p":
				if p, ok := s.pack.ParamOn(rd.Code, s.today); ok {
					r.Because = append(r.Because, "方案规定的"+p.Name+"："+s.pack.ParamText(p))
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func (s *shower) because(f pack.Fact, name, text string) string {
	if f.Sensitive != "" && (!s.by.Sees(duty.Group(f.Sensitive)) || masked(f.Sensitive)) {
		return name + "（敏感信息，不在此显示）"
	}
	return name + "：" + text
}

func (s *shower) membersBecause(f pack.Fact, people []roster.Person) []string {
	out := []string{}
	for i := range people {
		if x := people[i].Facts[f.Code]; x != nil {
			out = append(out, s.because(f, people[i].Name+" "+f.Name, s.pack.Text(f, x)))
		}
	}
	return out
}

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
