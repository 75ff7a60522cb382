package house_test

import (
	"io/fs"
	"slices"
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/pack"
	"gonggu/packs"
)

func shenqiu(t *testing.T) *pack.Pack {
	t.Helper()
	f, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	p, bad := assess.Lint(f)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return p
}

type facts = assess.Facts

// income gives a household of n persons a wage and nothing else.
func income(wage, n int64, more facts) facts {
	h := facts{"size": n, "monitor_kind": "none", "kind": "ordinary", "income_wage": wage, "income_business": int64(0), "income_property": int64(0),
		"income_transfer": int64(0), "expense_business": int64(0)}
	for k, v := range more {
		h[k] = v
	}
	return h
}

func kinds(kind, monitor string) facts { return facts{"kind": kind, "monitor_kind": monitor} }

const (
	in  = "in"
	out = "out"
	dk  = "unknown"
)

// Every class of the notice, from both sides of its line and where the register does not say. Money is in fen.
var classCases = []struct {
	class, name, want string
	h                 facts
	m                 []facts
}{
	// clause: 2.1-a
	{"2.1-a", "脱贫户", in, kinds("lifted", "none"), nil},
	{"2.1-a", "一般农户", out, kinds("ordinary", "none"), nil},
	{"2.1-a", "户类型没填", dk, facts{}, nil},
	// clause: 2.1-b1
	{"2.1-b1", "脱贫不稳定户", in, kinds("lifted", "unstable"), nil},
	{"2.1-b1", "边缘易致贫户", out, kinds("ordinary", "marginal"), nil},
	// clause: 2.1-b2
	{"2.1-b2", "边缘易致贫户", in, kinds("ordinary", "marginal"), nil},
	{"2.1-b2", "没有纳入", out, kinds("ordinary", "none"), nil},
	// clause: 2.1-b3
	{"2.1-b3", "突发严重困难户", in, kinds("ordinary", "sudden"), nil},
	{"2.1-b3", "脱贫不稳定户", out, kinds("lifted", "unstable"), nil},
	// clause: 2.1-c1
	{"2.1-c1", "受灾", in, facts{"flood_hit": true}, nil},
	{"2.1-c1", "没有受灾", out, facts{"flood_hit": false}, nil},
	{"2.1-c1", "没问过", dk, facts{}, nil},
	// clause: 2.1-c2
	{"2.1-c2", "受疫情影响", in, facts{"covid_hit": true}, nil},
	{"2.1-c2", "没有受影响", out, facts{"covid_hit": false}, nil},
	// clause: 2.1-c3 — “低于6900元”：正好6900元不算
	{"2.1-c3", "人均6899.99元", in, income(1379998, 2, nil), nil},
	{"2.1-c3", "人均6900.00元", out, income(1380000, 2, nil), nil},
	{"2.1-c3", "人均6900.01元", out, income(1380002, 2, nil), nil},
	{"2.1-c3", "已纳入监测", out, income(100, 2, facts{"monitor_kind": "marginal"}), nil},
	{"2.1-c3", "收入没填", dk, kinds("ordinary", "none"), nil},
	// clause: 2.1-c4
	{"2.1-c4", "事故支出正好到线", in, facts{"accident": true, "expense_accident": int64(2_000_000)}, nil},
	{"2.1-c4", "事故支出差一分", out, facts{"accident": true, "expense_accident": int64(1_999_999)}, nil},
	{"2.1-c4", "没有事故", out, facts{"accident": false, "expense_accident": int64(9_000_000)}, nil},
	// clause: 2.1-c5
	{"2.1-c5", "少了正好三成", in, income(700_000, 1, facts{"accident": true, "income_head_last": int64(1_000_000)}), nil},
	{"2.1-c5", "少了不到三成", out, income(700_001, 1, facts{"accident": true, "income_head_last": int64(1_000_000)}), nil},
	{"2.1-c5", "没有事故", out, income(100, 1, facts{"accident": false, "income_head_last": int64(1_000_000)}), nil},
	// clause: 2.1-c6
	{"2.1-c6", "有信访", in, facts{"petition": true}, nil},
	{"2.1-c6", "没有信访", out, facts{"petition": false}, nil},
	// clause: 2.1-c7 — 六十周岁，当天满的算
	{"2.1-c7", "今天满六十，独居", in, facts{"size": int64(2)}, []facts{{"birth": "1962-09-18", "lives_alone": true}}},
	{"2.1-c7", "明天满六十，独居", out, facts{"size": int64(2)}, []facts{{"birth": "1962-09-19", "lives_alone": true}}},
	{"2.1-c7", "老人，一人户", in, facts{"size": int64(1)}, []facts{{"birth": "1950-01-01", "lives_alone": false}}},
	{"2.1-c7", "老人，与子女同住", out, facts{"size": int64(2)}, []facts{{"birth": "1950-01-01", "lives_alone": false}, {"birth": "1980-01-01", "lives_alone": false}}},
	// clause: 2.1-c8
	{"2.1-c8", "农村低保", in, nil, []facts{{"low_aid": "none"}, {"low_aid": "rural"}}},
	{"2.1-c8", "没有低保", out, nil, []facts{{"low_aid": "none"}}},
	{"2.1-c8", "有人没填", dk, nil, []facts{{"low_aid": "none"}, {}}},
	// clause: 2.1-c9
	{"2.1-c9", "农村特困", in, nil, []facts{{"destitute_aid": "rural"}}},
	{"2.1-c9", "没有特困", out, nil, []facts{{"destitute_aid": "none"}}},
	// clause: 2.1-c10
	{"2.1-c10", "大病", in, nil, []facts{{"health": []string{"chronic", "major"}}}},
	{"2.1-c10", "慢病", out, nil, []facts{{"health": []string{"chronic"}}}},
	// clause: 2.1-c11
	{"2.1-c11", "健康状况是残疾", in, nil, []facts{{"health": []string{"disabled"}}}},
	{"2.1-c11", "有残疾等级", in, nil, []facts{{"health": []string{"healthy"}, "disability_level": "3"}}},
	{"2.1-c11", "健康", out, nil, []facts{{"health": []string{"healthy"}}}},
	// clause: 2.1-c12
	{"2.1-c12", "一般农户", in, kinds("ordinary", "none"), nil},
	{"2.1-c12", "脱贫户", out, kinds("lifted", "none"), nil},
	{"2.1-c12", "监测户", out, kinds("ordinary", "sudden"), nil},
}

func TestEveryClassOfTheNoticeFromBothSides(t *testing.T) {
	p := shenqiu(t)
	e, err := assess.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	const today = "2022-09-18"
	covered := map[string][]string{}
	for _, c := range classCases {
		t.Run(c.class+" "+c.name, func(t *testing.T) {
			o := e.Household(today, c.h, c.m, nil)
			for _, f := range o.Faults {
				if f.Of == "class:"+c.class {
					t.Error(f)
				}
			}
			got := out
			if slices.Contains(o.Classes, c.class) {
				got = in
			} else if slices.Contains(o.ClassesUnknown, c.class) {
				got = dk
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
		covered[c.class] = append(covered[c.class], c.want)
	}
	for _, c := range p.Classes {
		if !slices.Contains(covered[c.ID], in) || !slices.Contains(covered[c.ID], out) {
			t.Errorf("class %s is not shown from both sides", c.ID)
		}
	}
}
