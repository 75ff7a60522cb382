package house_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gonggu/internal/pack"
	"gonggu/internal/server"
)

var (
	citation = regexp.MustCompile(`clause: ([0-9][0-9a-z.-]*(?:, [0-9][0-9a-z.-]*)*)`)
	testFile = regexp.MustCompile(`(_test\.go|\.test\.ts|\.spec\.ts|\.test\.mjs)$`)
)

// cited returns for each clause the test files whose comments name it.
func cited(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, top := range []string{"cmd", "internal", "packs", "web", "e2e"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
				return filepath.SkipDir
			case d.IsDir() || !testFile.MatchString(p):
				return nil
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			for _, m := range citation.FindAllStringSubmatch(string(b), -1) {
				for _, id := range strings.Split(m[1], ", ") {
					out[id] = append(out[id], filepath.ToSlash(p))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// What the product claims to do for a clause by itself is shown by a test that names the clause. What the pack's rules do is
// shown by the rules' own cases, which `pack lint` demands; what its classes do, by class_test.go.
func TestWhatIsClaimedForAClauseIsCitedByATest(t *testing.T) {
	p := shenqiu(t)
	by := cited(t)
	whole := map[string]string{}
	for _, f := range server.Features() {
		if f.Later {
			continue // it claims nothing yet
		}
		for _, c := range f.Clauses {
			if !f.Partly {
				whole[c] = "feature " + f.ID
			}
		}
	}
	for _, c := range p.Classes {
		for _, id := range c.Clauses {
			whole[id] = "class " + c.ID
		}
	}
	known := map[string]bool{}
	for _, s := range pack.Trace(p, server.Features()) {
		known[s.Clause] = true
		if who := whole[s.Clause]; who != "" && len(by[s.Clause]) == 0 {
			t.Errorf("%s (%s) is claimed by %s; no test says “clause: %s”", s.Clause, s.Text, who, s.Clause)
		}
	}
	for id, where := range by {
		if !known[id] {
			t.Errorf("%v cite clause %s, which the notice does not have", where, id)
		}
	}
	for id, who := range whole {
		if !known[id] {
			t.Errorf("%s claims clause %s, which the notice does not have", who, id)
		}
	}
}
