package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// source is one Go file of ours.
type source struct {
	path  string // from the root, with slashes
	dir   string
	test  bool
	lines int
	text  string
	file  *ast.File
}

const root = "../.."

var files = token.NewFileSet()

// sources parses every Go file of the project once.
var sources = sync.OnceValues(func() ([]source, error) {
	var out []source
	for _, top := range []string{"cmd", "internal", "packs", "web"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "testdata"):
				return filepath.SkipDir
			case d.IsDir() || filepath.Ext(p) != ".go":
				return nil
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(files, p, b, parser.ParseComments)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			out = append(out, source{path: rel, dir: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"), lines: strings.Count(string(b), "\n"), text: string(b), file: f})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
})

// goFiles returns our files; tests only when asked for.
func goFiles(t *testing.T, tests bool) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d Go files found: the walk is broken", len(all))
	}
	if tests {
		return all
	}
	var out []source
	for _, s := range all {
		if !s.test {
			out = append(out, s)
		}
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func at(n ast.Node) string {
	p := files.Position(n.Pos())
	return strings.TrimPrefix(filepath.ToSlash(p.Filename), root+"/") + ":" + strconv.Itoa(p.Line)
}
