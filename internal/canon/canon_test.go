package canon_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"gonggu/internal/canon"
)

func TestTheCorpusHasOneFormOnBothSides(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/conformance/canonical.json")
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		Valid []struct {
			Name, JSON, Canonical, SHA256 string
		}
		Refused []struct{ Name, JSON string }
	}
	if err := json.Unmarshal(raw, &corpus); err != nil {
		t.Fatal(err)
	}
	if len(corpus.Valid) < 10 || len(corpus.Refused) < 10 {
		t.Fatal("the corpus is not what it was")
	}
	for _, c := range corpus.Valid {
		v, err := canon.Parse([]byte(c.JSON))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		b, err := canon.Marshal(v)
		if err != nil || string(b) != c.Canonical || canon.HashBytes(b) != c.SHA256 {
			t.Errorf("%s: %s (%v), want %s", c.Name, b, err, c.Canonical)
		}
	}
	for _, c := range corpus.Refused {
		if v, err := canon.Parse([]byte(c.JSON)); err == nil {
			t.Errorf("%s: %s was read as %v", c.Name, c.JSON, v)
		}
	}
}

func TestWhatTheProfileLacksIsRefused(t *testing.T) {
	for _, in := range []string{"", "null", `{"a":null}`, "1.0", "1e3", "-0", "01", "9007199254740992", `{"a":1,"a":2}`, `"\ud800"`, `"\ud800\ud800"`, `"\udc00"`, `"e\u0301"`,
		"[1,]", "{,}", `{"a"}`, "[1", `"a`, "tru", "1 2", "\"\x01\"", "\"\xff\"", `"\x"`, `"\u12"`, "[" + string(make([]byte, 0))} {
		if v, err := canon.Parse([]byte(in)); err == nil {
			t.Errorf("%q was read as %v", in, v)
		}
	}
	for _, v := range []any{nil, 1.5, canon.Object{"a": nil}, []any{int64(1) << 60}, "e\u0301", "\xff"} {
		if b, err := canon.Marshal(v); err == nil {
			t.Errorf("%v was written as %s", v, b)
		}
	}
}

func TestExactBytesAreTheCanonicalOnes(t *testing.T) {
	for in, want := range map[string]bool{`{"a":1,"b":[true,"x"]}`: true, `{"b":1,"a":2}`: false, `{"a": 1}`: false, "{\"a\":1}\n": false, `"\/"`: false, `"\u0041"`: false, `"\n\""`: true, `"汉"`: true, `[]`: true, `{}`: true} {
		v, exact, err := canon.ParseExact([]byte(in))
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		if exact != want {
			t.Errorf("%s: exact is %v", in, exact)
		}
		if b, err := canon.Marshal(v); err != nil || (string(b) == in) != want {
			t.Errorf("%s is written as %s (%v)", in, b, err)
		}
	}
}

func TestAnErrorNamesItsPlace(t *testing.T) {
	_, err := canon.Marshal(canon.Object{"a": []any{"x", canon.Object{"b": 1.5}}})
	if want := ".a[1].b: float64 is outside the profile"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func values(depth int) *rapid.Generator[any] {
	text := rapid.StringMatching(`[a-z"\\\n\t\x{4e00}-\x{4e20}\x{1f600}-\x{1f610}\x{e000}-\x{e010}]{0,8}`)
	leaf := rapid.OneOf(text.AsAny(), rapid.Bool().AsAny(), rapid.Int64Range(-canon.MaxInt, canon.MaxInt).AsAny())
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "a") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.MapOfN(text, values(depth-1), 0, 4).Draw(t, "o") }))
}

func TestWritingAndReadingGiveTheSameValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "v")
		b, err := canon.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := canon.Parse(b)
		if err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%s came back as %v (%v)", b, back, err)
		}
		if !canon.Equal(v, back) {
			t.Fatalf("%v and %v are held to differ", v, back)
		}
		other := values(3).Draw(t, "other")
		if c, err := canon.Marshal(other); err != nil || canon.Equal(v, other) != (string(b) == string(c)) {
			t.Fatalf("%s and %s (%v): equal is %v", b, c, err, canon.Equal(v, other))
		}
		var std any
		if err := json.Unmarshal(b, &std); err != nil {
			t.Fatalf("%s is not JSON: %v", b, err)
		}
	})
}

func TestAPartIsTheObjectOfItsKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := canon.Object{}
		for k, v := range rapid.MapOf(rapid.StringMatching(`[a-z\x{e9}\x{4e00}\x{1F600}]{1,3}`), rapid.Int64Range(-5, 5)).Draw(t, "object") {
			o[norm.NFC.String(k)] = v
		}
		keep := func(k string) bool { return len(k)%2 == 1 }
		own := canon.Object{}
		for k, v := range o {
			if keep(k) {
				own[k] = v
			}
		}
		part, err := canon.Marshal(canon.Object{"v": canon.Part{Of: o, Keep: keep}})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := canon.Marshal(canon.Object{"v": own})
		if err != nil || !bytes.Equal(part, whole) {
			t.Fatalf("%s, want %s (%v)", part, whole, err)
		}
	})
}
