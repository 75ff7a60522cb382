package workbook

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestCellHeadIsWhatTheLongWayReads holds the short way through a cell's tag to the long one, on tags put together at random.
func TestCellHeadIsWhatTheLongWayReads(t *testing.T) {
	short := 0
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{` r="B7"`, ` s="12"`, ` t="s"`, ` t="inlineStr"`, ` r=""`, ` x:r="C1"`, ` cm="1"`, ` r='D4'`, ` s = "3"`, "\n", ` t="a>b"`, ` t="a/>b"`, `  r="E5"`, ` q`, ` r="F6" `})
		text := "<c"
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			text += piece.Draw(t, "piece")
		}
		text += rapid.SampledFrom([]string{">", "/>", " />", ""}).Draw(t, "end") + rapid.SampledFrom([]string{"<v>1</v></c>", "", "<"}).Draw(t, "rest")
		at := func() *scanner {
			s, err := newScanner(bytes.NewReader([]byte(text)))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		quick := at()
		h, ok := quick.cellHead()
		if !ok {
			if quick.r != 0 {
				t.Fatalf("%q: moved to %d and said no", text, quick.r)
			}
			return
		}
		short++
		slow := at()
		tag, err := slow.next()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		want := headOf(tag)
		if string(h.ref) != string(want.ref) || string(h.style) != string(want.style) || string(h.kind) != string(want.kind) || h.single != want.single || quick.r != slow.r {
			t.Fatalf("%q: %q %q %q %v to %d, the long way %q %q %q %v to %d", text, h.ref, h.style, h.kind, h.single, quick.r, want.ref, want.style, want.kind, want.single, slow.r)
		}
	})
	if short == 0 {
		t.Error("the short way was never taken")
	}
}
