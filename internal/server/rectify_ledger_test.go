package server_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"gonggu/internal/problem"
)

// ledgerBook reads the ledger as a clerk carries it away: a row for each problem that is closed, with its measures, its days and its four names.
func (s *stage) ledgerBook(t *testing.T) {
	t.Helper()
	status, b := s.visitor(t, "xian").send(t, "GET", "/exports/problems.xlsx?state=closed", "", nil)
	if status != http.StatusOK {
		t.Fatalf("the ledger does not come: %d %s", status, b)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, "问题编号") })
	if at < 0 {
		t.Fatalf("no heading in %v", rows[:min(3, len(rows))])
	}
	heading, byNumber := rows[at], map[string]map[string]string{}
	for _, r := range rows[at+1:] {
		row := map[string]string{}
		for i, cell := range r {
			row[heading[i]] = cell
		}
		byNumber[row["问题编号"]] = row
	}
	closed := s.ledgerOn(t, problem.Filter{State: string(problem.Closed)})
	if len(closed) == 0 || len(byNumber) != len(closed) {
		t.Errorf("%d rows of %d problems that are closed", len(byNumber), len(closed))
	}
	for _, p := range closed {
		row := byNumber[p.Number]
		for _, name := range []string{"任务项", "问题描述", "发现方式", "排查人", "责任单位", "整改时限", "完成情况", "整改人", "复核人"} {
			if row[name] == "" {
				t.Errorf("%s has no %s", p.Number, name)
			}
		}
		if row["发现日期"] != p.FoundOn || row["完成日期"] != p.MendedOn || row["销号日期"] != p.ClosedOn || row["责任领导"] != p.Leader || row["责任人"] != p.Person || row["复核结论"] != "合格" || row["是否销号"] != "是" {
			t.Errorf("%s stands in the ledger as %v", p.Number, row)
		}
	}
}

// treeCounts holds the open problems of every place in the tree to the ledger's rows.
func (s *stage) treeCounts(t *testing.T) {
	t.Helper()
	var tree struct {
		Areas []struct {
			Code         string `json:"code"`
			ProblemsOpen int64  `json:"problemsOpen"`
		} `json:"areas"`
	}
	s.visitor(t, "xian").get(t, "/areas", &tree)
	want := map[string]int64{}
	for _, state := range problem.States {
		if !state.Open() {
			continue
		}
		for _, p := range s.ledgerOn(t, problem.Filter{State: string(state)}) {
			for _, l := range []int{6, 9, 12} {
				if len(p.Area) >= l {
					want[p.Area[:l]]++
				}
			}
		}
	}
	if want[county] == 0 {
		t.Error("no problem is open")
	}
	for _, x := range tree.Areas {
		if x.ProblemsOpen != want[x.Code] {
			t.Errorf("%s: the tree says %d open problems, the ledger has %d", x.Code, x.ProblemsOpen, want[x.Code])
		}
	}
}
