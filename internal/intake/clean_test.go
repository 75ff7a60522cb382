package intake

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestSettledTextsStayAsTheyAre holds the quick way of clean and tight to the long one.
func TestSettledTextsStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"王", "鿿", "䀀", "a", " ", "3", "（", "，", "e\u0301", "\t", "\u3000", "７", "\xE4\x80", "\xE9", "~", "\x7F", "é", "・"})).Draw(t, "parts"), "")
		if !settled(s) {
			return
		}
		if got := cleaned(s); got != clean(s) {
			t.Fatalf("%+q: %+q, not %+q", s, clean(s), got)
		}
		if got := norm.NFC.String(strings.ReplaceAll(half.Replace(cleaned(s)), " ", "")); got != tight(s) {
			t.Fatalf("%+q: %+q, not %+q", s, tight(s), got)
		}
		if got := dots.Replace(s); got != s {
			t.Fatalf("%+q: %+q", s, got)
		}
	})
}
