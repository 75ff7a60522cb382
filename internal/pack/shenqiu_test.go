package pack_test

import (
	"os"
	"testing"

	"gonggu/internal/pack"
)

func TestTheShenqiuPackHasNothingToComplainOf(t *testing.T) {
	p, bad := pack.Load(os.DirFS("../../packs/shenqiu-2022"))
	for _, c := range bad {
		t.Error(c)
	}
	if p == nil {
		return
	}
	q, err := pack.FromCompiled(p.CompiledJSON())
	if err != nil {
		t.Fatal(err)
	}
	if q.Digest() != p.Digest() {
		t.Fatal("a pack loaded from its compiled form has another digest")
	}
}
