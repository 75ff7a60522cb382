package house_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rungs reads the table of docs/ARCHITECTURE.md: package, from the root, to rung.
func rungs(t *testing.T) map[string]int {
	t.Helper()
	row := regexp.MustCompile("(?m)^\\| (\\d+) \\| ([^|]*) \\|")
	out := map[string]int{}
	for _, m := range row.FindAllStringSubmatch(read(t, "docs/ARCHITECTURE.md"), -1) {
		rung, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[2], -1) {
			if _, twice := out[p[1]]; twice {
				t.Errorf("docs/ARCHITECTURE.md: %s stands on two rungs", p[1])
			}
			out[p[1]] = rung
		}
	}
	if len(out) < 20 {
		t.Fatalf("docs/ARCHITECTURE.md: only %d packages in the table of rungs", len(out))
	}
	return out
}

// room names a package as the table does: internal/ is left out.
func room(dir string) string { return strings.TrimPrefix(strings.TrimPrefix(dir, "internal/"), "cmd/") }

// onlyTests are packages that only tests import; they stand on no rung.
var onlyTests = []string{"database/dbtest", "house"}

func TestAPackageImportsOnlyLowerRungs(t *testing.T) {
	rung := rungs(t)
	seen := map[string]bool{}
	for _, s := range goFiles(t, false) {
		from := room(s.dir)
		if slices.Contains(onlyTests, from) {
			continue
		}
		seen[from] = true
		own, ok := rung[from]
		if !ok {
			t.Errorf("%s: package %s is not in the table of docs/ARCHITECTURE.md", s.path, from)
			continue
		}
		for _, i := range s.file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if !strings.HasPrefix(name, "gonggu/") {
				continue
			}
			to := room(strings.TrimPrefix(name, "gonggu/"))
			if slices.Contains(onlyTests, to) {
				t.Errorf("%s imports %s, which is for tests", at(i), to)
			} else if rung[to] >= own {
				t.Errorf("%s: %s (rung %d) must not import %s (rung %d)", at(i), from, own, to, rung[to])
			}
		}
	}
	for p := range rung {
		if !seen[p] {
			t.Errorf("docs/ARCHITECTURE.md names a package that does not exist: %s", p)
		}
	}
}

func TestNoPackageIsADrawerForLeftOvers(t *testing.T) {
	forbidden := []string{"util", "utils", "common", "helper", "helpers", "model", "models", "types", "service", "services", "manager", "base", "misc", "internal", "lib", "shared"}
	for _, s := range goFiles(t, true) {
		name := strings.TrimSuffix(s.file.Name.Name, "_test")
		last := s.dir[strings.LastIndexByte(s.dir, '/')+1:]
		if slices.Contains(forbidden, name) {
			t.Errorf("%s: package name %s says nothing", s.path, name)
		}
		if name != last && name != "main" {
			t.Errorf("%s: package %s lies in folder %s", s.path, name, last)
		}
	}
}
