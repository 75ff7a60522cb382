package assess_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/pack"
)

var update = flag.Bool("update", false, "write the outcomes into the corpus")

const conformance = "../../testdata/conformance/"

func testPack(t testing.TB) *pack.Pack {
	t.Helper()
	p, bad := assess.Lint(os.DirFS(conformance + "pack"))
	for _, c := range bad {
		t.Error(c)
	}
	if p == nil || len(bad) > 0 {
		t.Fatal("the test pack does not load")
	}
	return p
}

func engine(t testing.TB) *assess.Engine {
	t.Helper()
	e, err := assess.Compile(testPack(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type outcomes struct {
	About  string          `json:"about"`
	Digest string          `json:"digest"`
	Pack   json.RawMessage `json:"pack"`
	Cases  []*outcomeCase  `json:"cases"`
	Asked  []*askedCase    `json:"asked"`
}

type outcomeCase struct {
	Name    string         `json:"name"`
	Today   string         `json:"today"`
	H       assess.Facts   `json:"h"`
	Members []assess.Facts `json:"members"`
	Village assess.Facts   `json:"village"`
	Expect  any            `json:"expect"`
	Alone   any            `json:"expectVillage"`
}

type askedCase struct {
	Name           string             `json:"name"`
	Today          string             `json:"today"`
	H              assess.Facts       `json:"h"`
	Members        []assess.Facts     `json:"members"`
	Answers        assess.Facts       `json:"answers,omitempty"`
	MembersAnswers []assess.Facts     `json:"membersAnswers,omitempty"`
	Doubts         []assess.OpenDoubt `json:"doubts,omitempty"`
	Expect         any                `json:"expect"`
}

// shape is v as JSON shows it, without the words of faults, which are each engine's own.
func shape(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if m, ok := out.(map[string]any); ok {
		for _, f := range m["faults"].([]any) {
			f.(map[string]any)["why"] = ""
		}
	}
	return out
}

func TestEveryHouseholdOfTheCorpusIsAssessedAsItSays(t *testing.T) {
	const file = conformance + "outcome.json"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c outcomes
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	p := testPack(t)
	e, err := assess.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		c.Digest, c.Pack = p.Digest(), p.CompiledJSON()
	}
	if back, err := canon.Parse(c.Pack); err != nil {
		t.Fatal(err)
	} else if h, err := canon.Hash(back); err != nil || h != p.Digest() || h != c.Digest {
		t.Errorf("the corpus has pack %s, the folder %s: run with -update", h, p.Digest())
	}
	for _, x := range c.Cases {
		got := shape(t, e.Household(x.Today, x.H, x.Members, x.Village))
		alone := shape(t, e.Village(x.Today, x.Village))
		if *update {
			x.Expect, x.Alone = got, alone
		}
		same(t, x.Name, got, x.Expect)
		same(t, x.Name+" (village)", alone, x.Alone)
	}
	for _, x := range c.Asked {
		got := shape(t, e.Asked("household", x.Today, assess.Sheet{H: x.H, Members: x.Members, Answers: x.Answers, MembersAnswers: x.MembersAnswers, Doubts: x.Doubts}))
		if *update {
			x.Expect = got
		}
		same(t, x.Name, got, x.Expect)
	}
	if *update {
		b, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func same(t *testing.T, name string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		t.Errorf("%s:\n got %s\nwant %s", name, a, b)
	}
}

func TestCanonicalJSONIsWhatTheCorpusSays(t *testing.T) {
	b, err := os.ReadFile(conformance + "canonical.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Valid   []struct{ Name, JSON, Canonical, SHA256 string }
		Refused []struct{ Name, JSON string }
		Seen    []struct {
			Value json.RawMessage
			Hash  string
		}
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Valid) == 0 || len(c.Refused) == 0 || len(c.Seen) == 0 {
		t.Fatal("the corpus is empty")
	}
	for _, x := range c.Valid {
		v, err := canon.Parse([]byte(x.JSON))
		if err != nil {
			t.Errorf("%s: %v", x.Name, err)
			continue
		}
		got, err := canon.Marshal(v)
		if err != nil || string(got) != x.Canonical || canon.HashBytes(got) != x.SHA256 {
			t.Errorf("%s: %s %v", x.Name, got, err)
		}
	}
	for _, x := range c.Refused {
		if v, err := canon.Parse([]byte(x.JSON)); err == nil {
			t.Errorf("%s: parsed to %v", x.Name, v)
		}
	}
	for _, x := range c.Seen {
		v, err := canon.Parse(x.Value)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := canon.Hash(v); err != nil || h != x.Hash {
			t.Errorf("seen: %s %v", h, err)
		}
	}
}
