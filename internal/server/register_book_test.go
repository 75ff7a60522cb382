package server_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"
)

// registerBook holds the register as a clerk carries it away, which is read in parts beside each other, to the pages of the same list.
func (s *stage) registerBook(t *testing.T) {
	t.Helper()
	clerk := s.visitor(t, "xian")
	town := s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND level = 'township'", county)
	village := s.one(t, "SELECT area FROM households WHERE county = $1 AND state = 'active' ORDER BY key LIMIT 1", county)[:12]
	for _, cut := range []string{"", "&area=" + town, "&area=" + village, "&state=problem", "&class=2.1-a", "&area=" + town + "&state=inspected"} {
		var want []string
		for after, more := "", true; more; more = after != "" {
			var page struct {
				Rows []struct{ No string }
				Next string
			}
			clerk.get(t, "/households?limit=200"+cut+"&after="+after, &page)
			for _, r := range page.Rows {
				want = append(want, r.No)
			}
			after = page.Next
		}
		status, b := clerk.send(t, "GET", "/exports/households.xlsx?x=1"+cut, "", nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", cut, status, b)
		}
		f, err := excelize.OpenReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(f.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		at := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, "户编号") })
		if at < 0 {
			t.Fatalf("no heading in %v", rows[:min(3, len(rows))])
		}
		var got []string
		for _, r := range rows[at+1:] {
			got = append(got, r[slices.Index(rows[at], "户编号")])
		}
		if !slices.Equal(got, want) || cut == "" && len(want) < 400 {
			t.Errorf("%q: %d rows in the workbook, %d on the pages", cut, len(got), len(want))
		}
	}
}
