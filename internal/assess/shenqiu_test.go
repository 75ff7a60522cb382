package assess_test

import (
	"os"
	"testing"

	"gonggu/internal/assess"
)

func TestTheShenqiuPackPassesItsOwnExamples(t *testing.T) {
	p, bad := assess.Lint(os.DirFS("../../packs/shenqiu-2022"))
	for _, c := range bad {
		t.Error(c)
	}
	if p == nil {
		t.Fatal("the pack does not load")
	}
	results, err := assess.RunCases(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 2*len(p.Rules) {
		t.Fatalf("%d examples for %d rules", len(results), len(p.Rules))
	}
}
