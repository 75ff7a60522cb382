package house_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"gonggu/internal/database/dbtest"
)

// The files that may be longer than a person reads at a sitting, with the reason.
var longFiles = map[string]string{}

const maxLines, maxFunction = 500, 70

// The functions that may be longer, with the reason.
var longFunctions = map[string]string{
	"internal/inspection/apply.go:doubts": "one walk over the doubts of a sheet; its parts share every variable",
}

func TestFilesAndFunctionsStayReadable(t *testing.T) {
	used := map[string]bool{}
	for _, s := range goFiles(t, true) {
		if s.lines > maxLines {
			used[s.path] = true
			if longFiles[s.path] == "" {
				t.Errorf("%s has %d lines, more than %d", s.path, s.lines, maxLines)
			}
		}
		if s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n > maxFunction {
				name := s.path + ":" + f.Name.Name
				used[name] = true
				if longFunctions[name] == "" {
					t.Errorf("%s: %s has %d lines, more than %d", at(f), f.Name.Name, n, maxFunction)
				}
			}
		}
	}
	for _, list := range []map[string]string{longFiles, longFunctions} {
		for name := range list {
			if !used[name] {
				t.Errorf("the list excuses %s, which needs no excuse any more", name)
			}
		}
	}
}

// The files that may ask the machine's clock, with the reason.
var clockReaders = map[string]string{
	"internal/clock/":           "it is the clock",
	"internal/webapi/webapi.go": "how old a cached name is, in real seconds; nothing stored",
	"internal/bench/":           "it measures how long things take",
	"cmd/gonggu/bench.go":       "the same",
	"cmd/gonggu/data.go":        "how often a progress bar is drawn",
}

// A demonstration stands on its own day: business time comes from the county's clock.
func TestOnlyTheClockAsksTheMachineForTheTime(t *testing.T) {
	used := map[string]bool{}
	for _, s := range goFiles(t, false) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "time" || (sel.Sel.Name != "Now" && sel.Sel.Name != "Since" && sel.Sel.Name != "Until") {
				return true
			}
			for p := range clockReaders {
				if strings.HasPrefix(s.path, p) {
					used[p] = true
					return true
				}
			}
			t.Errorf("%s: time.%s; take the instant from a clock.Clock", at(sel), sel.Sel.Name)
			return true
		})
	}
	for p := range clockReaders {
		if !used[p] {
			t.Errorf("the list excuses %s, which does not ask the clock", p)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range goFiles(t, false) {
		if s.file.Doc.Text() != "" {
			documented[s.dir] = true
		}
		if _, known := documented[s.dir]; !known {
			documented[s.dir] = false
		}
		for _, d := range s.file.Decls {
			switch x := d.(type) {
			case *ast.FuncDecl:
				if x.Name.IsExported() && receiverExported(x) && x.Doc.Text() == "" && !obvious[x.Name.Name] {
					t.Errorf("%s: %s has no comment", at(x), x.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(t, x)
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s says nowhere what it is for", dir)
		}
	}
}

// obvious are methods whose promise is that of a known interface.
var obvious = map[string]bool{"Error": true, "String": true, "Unwrap": true, "GetStatus": true, "ContentType": true, "Run": true, "MarshalJSON": true, "UnmarshalJSON": true, "Is": true,
	"Write": true, "Read": true}

func receiverExported(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	e := f.Recv.List[0].Type
	if p, ok := e.(*ast.StarExpr); ok {
		e = p.X
	}
	if i, ok := e.(*ast.IndexExpr); ok {
		e = i.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

func undocumented(t *testing.T, g *ast.GenDecl) {
	t.Helper()
	if g.Tok == token.IMPORT {
		return
	}
	for _, spec := range g.Specs {
		switch x := spec.(type) {
		case *ast.TypeSpec:
			if x.Name.IsExported() && g.Doc.Text() == "" && x.Doc.Text() == "" {
				t.Errorf("%s: type %s has no comment", at(x), x.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range x.Names {
				if n.IsExported() && g.Doc.Text() == "" && x.Doc.Text() == "" && x.Comment.Text() == "" {
					t.Errorf("%s: %s has no comment", at(n), n.Name)
				}
			}
		}
	}
}

// words are the terms of the design, one Chinese and one English word each.
var words = map[string]string{
	"方案": "notice", "方案包": "pack", "专项行动": "campaign", "阶段": "phase", "要求（条款）": "clause", "任务清单": "task list", "四类22项": "item", "排查": "inspection",
	"入户": "inspection", "走访": "visit", "排查表": "sheet", "疑点": "doubt", "问题": "problem", "台账": "register", "问题台账": "problem ledger", "督办通知书": "order",
	"认领": "claim", "整改": "rectify", "复核": "verify", "销号": "close", "退回": "return", "非本单位职责": "decline", "反弹": "reopen", "清零": "clear", "督导组": "supervision team",
	"帮扶责任人": "helper", "监测对象": "monitored household", "纳入": "enrol", "风险消除": "release", "公示": "public notice", "六项认可": "recognition", "村": "village", "乡镇": "township",
	"县直部门": "department", "日报": "daily report", "月考评": "monthly score", "行政区划代码": "area code",
}

// glossary reads the rows of docs/GLOSSARY.md: 中文, English, table.column, JSON, clause, avoid.
func glossary(t *testing.T) [][]string {
	t.Helper()
	var out [][]string
	for _, line := range strings.Split(read(t, "docs/GLOSSARY.md"), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 8 {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			out = append(out, cells[1:7])
		}
	}
	return out[2:] // after the heading
}

func TestTheGlossaryHasEveryTerm(t *testing.T) {
	rows := map[string]string{}
	for _, cells := range glossary(t) {
		for _, term := range strings.Split(cells[0], "/") {
			rows[strings.TrimSpace(term)] = cells[1]
		}
	}
	for term, word := range words {
		if got, ok := rows[term]; !ok {
			t.Errorf("docs/GLOSSARY.md lacks %s (%s)", term, word)
		} else if !strings.Contains(got, word) {
			t.Errorf("docs/GLOSSARY.md: %s is %q, want %q", term, got, word)
		}
	}
}

// What the glossary says of tables and clauses is so.
func TestTheGlossaryNamesWhatExists(t *testing.T) {
	db := dbtest.SQLite(t)
	clauses := map[string]bool{}
	for _, c := range shenqiu(t).Clauses {
		clauses[c.ID] = true
	}
	column := regexp.MustCompile("^`([a-z_]+)(?:[.]([a-z_]+))?`")
	for _, cells := range glossary(t) {
		for _, part := range strings.Split(cells[2], ", ") {
			if m := column.FindStringSubmatch(part); m != nil {
				what := m[2]
				if what == "" {
					what = "county"
				}
				if err := db.Prepare(t.Context(), "SELECT "+what+" FROM "+m[1]); err != nil {
					t.Errorf("docs/GLOSSARY.md, %s: %v", cells[0], err)
				}
			}
		}
		if cells[4] == "—" || cells[4] == "all" || strings.Contains(cells[4], "…") {
			continue
		}
		for _, id := range strings.Split(cells[4], ", ") {
			if !clauses[id] {
				t.Errorf("docs/GLOSSARY.md, %s: the notice has no clause %s", cells[0], id)
			}
		}
	}
}
