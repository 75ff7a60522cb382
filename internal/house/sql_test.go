package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
)

// constants evaluates the string constants of every package: by folder, then by name.
func constants(t *testing.T) map[string]map[string]string {
	t.Helper()
	specs := map[string]map[string]ast.Expr{}
	for _, s := range goFiles(t, false) {
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, x := range g.Specs {
				v := x.(*ast.ValueSpec)
				for i, name := range v.Names {
					if i < len(v.Values) {
						if specs[s.dir] == nil {
							specs[s.dir] = map[string]ast.Expr{}
						}
						specs[s.dir][name.Name] = v.Values[i]
					}
				}
			}
		}
	}
	out := map[string]map[string]string{}
	for dir, named := range specs {
		out[dir] = map[string]string{}
		for name, e := range named {
			if text, ok := value(e, named); ok {
				out[dir][name] = text
			}
		}
	}
	return out
}

// value folds string literals, names of the same package and their concatenation.
func value(e ast.Expr, named map[string]ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.Ident:
		if to, ok := named[x.Name]; ok {
			return value(to, named)
		}
	case *ast.ParenExpr:
		return value(x.X, named)
	case *ast.BinaryExpr:
		a, okA := value(x.X, named)
		b, okB := value(x.Y, named)
		return a + b, okA && okB && x.Op == token.ADD
	}
	return "", false
}

var (
	statement   = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s`)
	anySQL      = regexp.MustCompile(`(^|[^A-Za-z])(SELECT\s.*\sFROM\s|INSERT INTO\s|UPDATE [a-z_]+ SET|DELETE FROM|CREATE (TABLE|INDEX|UNIQUE|SCHEMA)|DROP (TABLE|INDEX|SCHEMA)|ALTER TABLE|PRAGMA )`)
	tail        = regexp.MustCompile(`^\s*(GROUP BY|ORDER BY|LIMIT)\s`)
	columnList  = regexp.MustCompile(`^[a-z_.]+(,\s*[a-z_.]+)+$`)
	placeholder = regexp.MustCompile(`\$(\d+)`)
	question    = regexp.MustCompile(`\?`)
)

// statements are all SQL texts of the *_sql.go files, by where they stand.
func statements(t *testing.T) map[string]string {
	t.Helper()
	consts := constants(t)
	out := map[string]string{}
	inFile := map[string]bool{}
	for _, s := range goFiles(t, false) {
		if !strings.HasSuffix(s.path, "_sql.go") {
			continue
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				t.Errorf("%s: only constants stand in a _sql.go file", at(d))
				continue
			}
			for _, x := range g.Specs {
				for _, n := range x.(*ast.ValueSpec).Names {
					text, ok := consts[s.dir][n.Name]
					switch {
					case !ok:
						t.Errorf("%s: %s is no constant text", at(n), n.Name)
					case statement.MatchString(text):
						out[s.dir+"."+n.Name] = text
						inFile[s.dir+"."+n.Name] = true
					case tail.MatchString(text):
						head, ok := consts[s.dir][strings.TrimSuffix(n.Name, "Tail")+"Of"]
						if !ok {
							t.Errorf("%s: %s is the tail of no list (want a constant %s)", at(n), n.Name, strings.TrimSuffix(n.Name, "Tail")+"Of")
						}
						out[s.dir+"."+n.Name] = head + " WHERE 1 = 1 " + text
					case !columnList.MatchString(strings.TrimSpace(text)):
						t.Errorf("%s: %s is neither a statement, a tail nor a list of columns: %.60q", at(n), n.Name, text)
					}
				}
			}
		}
	}
	if len(inFile) < 80 {
		t.Fatalf("only %d statements found: the reading of constants is broken", len(inFile))
	}
	for name, text := range lists(t, consts) {
		out[name] = text
	}
	return out
}

// lists completes the heads of lists as the code does: every w.SQL(head, tail) whose texts are constant.
func lists(t *testing.T, consts map[string]map[string]string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, s := range goFiles(t, false) {
		if s.dir == "internal/database" {
			continue
		}
		named := map[string]ast.Expr{}
		for n, text := range consts[s.dir] {
			named[n] = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text)}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "SQL" {
				return true
			}
			end, ok := value(call.Args[1], named)
			head, constant := value(call.Args[0], named)
			if !ok || !constant { // chosen among several: each head is prepared as it stands
				return true
			}
			i := 0
			end = question.ReplaceAllStringFunc(end, func(string) string { i++; return fmt.Sprintf("$%d", i) })
			out[at(call)] = head + " WHERE 1 = 1 " + end
			return true
		})
	}
	if len(out) < 5 {
		t.Fatalf("only %d lists found: the reading of calls is broken", len(out))
	}
	return out
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func TestEveryStatementCompilesOnBothEngines(t *testing.T) {
	all := statements(t)
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, name := range sorted(all) {
			if err := db.Prepare(t.Context(), all[name]); err != nil {
				t.Errorf("%s: %v\n%s", name, err, all[name])
			}
		}
	})
}

// A positional driver binds by first appearance: $N that ascend cannot be bound wrongly.
func TestPlaceholdersFirstAppearAscending(t *testing.T) {
	for name, text := range statements(t) {
		next := 1
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if n > next {
				t.Errorf("%s: $%d appears before $%d", name, n, next)
			}
			if n == next {
				next++
			}
		}
		if strings.Contains(text, "?") {
			t.Errorf("%s: a ? in a finished statement", name)
		}
	}
}

// The texts that may stand outside the *_sql.go files, with the reason.
var sqlElsewhere = map[string]string{
	"internal/database/":              "the engines themselves: migrations, locks, the schema's own tables",
	"internal/server/verify_state.go": "walks every table of a list in both databases; the names are its own constants",
}

func TestSQLStandsInItsRoomsOnly(t *testing.T) {
	for _, s := range goFiles(t, false) {
		if strings.HasSuffix(s.path, "_sql.go") || excused(s.path, sqlElsewhere) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "And" {
					return false // a list's conditions stand beside its filters; one may ask another table
				}
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && anySQL.MatchString(strings.ReplaceAll(text, "\n", " ")) {
				t.Errorf("%s: SQL stands in <noun>_sql.go: %.60q", at(lit), text)
			}
			return true
		})
	}
	for path := range sqlElsewhere {
		if !slices.ContainsFunc(goFiles(t, false), func(s source) bool { return strings.HasPrefix(s.path, path) }) {
			t.Errorf("the list excuses %s, which is gone", path)
		}
	}
}

func excused(path string, list map[string]string) bool {
	for p := range list {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}
