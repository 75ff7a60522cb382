package expr_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"testing"

	"gonggu/internal/pack/expr"
)

var update = flag.Bool("update", false, "write the compiled texts into the corpus")

const corpusFile = "../../../testdata/conformance/expressions.json"

type field struct {
	Code string `json:"code"`
	Kind string `json:"kind"`
}

type corpus struct {
	About  string             `json:"about"`
	Schema map[string][]field `json:"schema"`
	Values struct {
		Today string           `json:"today"`
		H     map[string]any   `json:"h"`
		M     []map[string]any `json:"m"`
		V     map[string]any   `json:"v"`
		P     map[string]any   `json:"p"`
	} `json:"values"`
	Cases []*conformance `json:"cases"`
}

type conformance struct {
	Expr      string   `json:"expr"`
	Text      string   `json:"text"`
	As        string   `json:"as"`
	Root      string   `json:"root"`
	Me        *int     `json:"me,omitempty"`
	NoMembers bool     `json:"noMembers,omitempty"`
	Expect    string   `json:"expect"`
	Value     any      `json:"value,omitempty"`
	Missing   []string `json:"missing,omitempty"`
	Reads     []string `json:"reads"`
}

var kinds = map[string]expr.Kind{"text": expr.Text, "bool": expr.Bool, "number": expr.Number, "texts": expr.Texts}

func load(t *testing.T) (corpus, *expr.Space) {
	t.Helper()
	b, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	var c corpus
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	fields := func(name string) (out []expr.Field) {
		for _, f := range c.Schema[name] {
			out = append(out, expr.Field{Code: f.Code, Kind: kinds[f.Kind]})
		}
		return out
	}
	sp, err := expr.NewSpace(expr.Schema{Household: fields("household"), Person: fields("person"), Village: fields("village"), Params: fields("params")})
	if err != nil {
		t.Fatal(err)
	}
	return c, sp
}

func fill(t *testing.T, r *expr.Row, values map[string]any) {
	t.Helper()
	for k, v := range values {
		if err := r.Set(k, v); err != nil {
			t.Fatal(k, err)
		}
	}
}

func TestEveryExpressionOfTheCorpusEndsAsItSays(t *testing.T) {
	c, sp := load(t)
	if len(c.Cases) < 80 {
		t.Fatalf("the corpus has only %d expressions", len(c.Cases))
	}
	for _, x := range c.Cases {
		root := expr.Household
		if x.Root == "person" {
			root = expr.Person
		}
		e, bad := sp.Compile(x.Expr, root, kinds[x.As])
		if len(bad) > 0 {
			t.Errorf("%s: %v", x.Expr, bad)
			continue
		}
		f := sp.NewFrame()
		f.SetDay(c.Values.Today)
		fill(t, f.H(), c.Values.H)
		fill(t, f.Village(), c.Values.V)
		fill(t, f.Params(), c.Values.P)
		if !x.NoMembers {
			f.SetMembers(len(c.Values.M))
			for i, m := range c.Values.M {
				fill(t, f.Member(i), m)
			}
		}
		if x.Me != nil {
			f.SetMe(*x.Me)
		}
		x.check(t, e, f)
	}
	if *update {
		b, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(corpusFile, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (x *conformance) check(t *testing.T, e *expr.Expr, f *expr.Frame) {
	t.Helper()
	reads := []string{}
	for _, r := range e.Reads {
		reads = append(reads, r.String())
	}
	if *update {
		x.Text, x.Reads = e.Text, reads
	}
	if e.Text != x.Text || !slices.Equal(reads, x.Reads) {
		t.Errorf("%s: compiled to %q reading %v, the corpus has %q reading %v", x.Expr, e.Text, reads, x.Text, x.Reads)
	}
	r := e.Eval(f)
	got := map[expr.State]string{expr.Unknown: "unknown", expr.Fault: "fault", expr.Done: "value"}[r.State]
	if b, ok := r.Value.(bool); ok {
		got = map[bool]string{true: "true", false: "false"}[b]
	}
	if got != x.Expect {
		t.Errorf("%s: %s %v %s, want %s", x.Expr, got, r.Value, r.Err, x.Expect)
	}
	if got == "unknown" && !slices.Equal(f.Missing(), x.Missing) {
		t.Errorf("%s: missing %v, want %v", x.Expr, f.Missing(), x.Missing)
	}
	if x.Expect == "value" {
		b, _ := json.Marshal(r.Value)
		var v any
		if err := json.Unmarshal(b, &v); err != nil || !reflect.DeepEqual(v, x.Value) {
			t.Errorf("%s: %v, want %v", x.Expr, v, x.Value)
		}
	}
}

func TestCompilingACompiledExpressionChangesNothing(t *testing.T) {
	c, sp := load(t)
	for _, x := range c.Cases {
		root := expr.Household
		if x.Root == "person" {
			root = expr.Person
		}
		e, bad := sp.Compile(x.Text, root, kinds[x.As])
		if len(bad) > 0 || e.Text != x.Text {
			t.Errorf("%s: %v", x.Text, bad)
		}
	}
}
