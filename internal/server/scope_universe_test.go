package server_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
)

// randomTree is the pack with a tree of places of its own: few, so that random requests meet.
func (u *universe) randomTree(t *testing.T) fs.FS {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("code,name,short,level,parent,kind\n" + county + ",沈丘县,沈丘,county,,county\n")
	u.areas = []string{county}
	for i := range 2 + u.IntN(4) {
		town := fmt.Sprintf("%s%03d", county, 100+i)
		fmt.Fprintf(&csv, "%s,第%d镇,第%d,township,%s,town\n", town, i+1, i+1, county)
		u.areas = append(u.areas, town)
		for j := range 1 + u.IntN(5) {
			village := fmt.Sprintf("%s%03d", town, 200+j)
			fmt.Fprintf(&csv, "%s,第%d村,第%d,village,%s,village\n", village, j+1, j+1, town)
			u.areas = append(u.areas, village)
		}
	}
	base := packFS(t)
	out := fstest.MapFS{}
	err := fs.WalkDir(base, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(base, p)
		out[p] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out["areas.csv"] = &fstest.MapFile{Data: []byte(csv.String())}
	return out
}

// multiply gives every third household a copy of some problem and doubt, with random departments: there must be something to leak.
func (u *universe) multiply(t *testing.T) {
	t.Helper()
	units := u.column(t, "SELECT id FROM units WHERE county = $1 AND kind = 'department' ORDER BY id", county)
	columns := map[string][]string{}
	for _, table := range []string{"problems", "doubts"} {
		rows, err := u.stage.county.DB.Query(t.Context(), "SELECT * FROM "+table+" WHERE 1 = 0")
		if err != nil {
			t.Fatal(err)
		}
		if columns[table], err = rows.Columns(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	copyOf := func(table string, n int, set map[string]string) {
		list := make([]string, len(columns[table]))
		for i, c := range columns[table] {
			list[i] = c
			if v, ok := set[c]; ok {
				list[i] = v
			}
		}
		u.exec(t, "INSERT INTO "+table+" ("+strings.Join(columns[table], ", ")+") SELECT "+strings.Join(list, ", ")+" FROM "+table+
			" WHERE county = '"+county+"' AND sensitive = '' ORDER BY key LIMIT 1")
	}
	for i, key := range u.column(t, "SELECT CAST(key AS text) FROM households WHERE county = $1 ORDER BY key", county) {
		if i%3 != 0 {
			continue
		}
		area := u.stage.one(t, "SELECT area FROM households WHERE county = $1 AND CAST(key AS text) = $2", county, key)
		id := u.stage.one(t, "SELECT id FROM households WHERE county = $1 AND CAST(key AS text) = $2", county, key)
		lead, help := units[u.IntN(len(units))], units[u.IntN(len(units))]
		copyOf("problems", i, map[string]string{"key": fmt.Sprint(9_000_000_000 + i), "id": quote(ident.Derive("copy", fmt.Sprint("p", i))), "number": quote(fmt.Sprintf("复本-%04d", i)), "household": key, "subject": quote(id),
			"area": quote(area), "lead": quote(lead), "helping": quote("," + help + ","), "state": quote("found"), "voided_on": quote(""), "accepted_on": quote("")})
		copyOf("doubts", i, map[string]string{"key": fmt.Sprint(9_000_000_000 + i), "id": quote(ident.Derive("copy", fmt.Sprint("d", i))), "household": key, "area": quote(area), "state": quote("open"), "closed_on": quote("")})
	}
}

func quote(s string) string { return "'" + s + "'" }

func (u *universe) exec(t *testing.T, text string) {
	t.Helper()
	if err := u.stage.county.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(t.Context(), text)
		return err
	}); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// column reads the first column of every row.
func (u *universe) column(t *testing.T, text string, args ...any) []string {
	t.Helper()
	return slices.Collect(maps.Keys(u.rows(t, text, args...)))
}

// rows reads rows as their first column to the others.
func (u *universe) rows(t *testing.T, text string, args ...any) map[string][]string {
	t.Helper()
	rows, err := u.stage.county.DB.Query(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]string{}
	for rows.Next() {
		cols, _ := rows.Columns()
		cells, into := make([]string, len(cols)), make([]any, len(cols))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out[cells[0]] = cells[1:]
	}
	return out
}

// learn notes every token that names something, and what people could type.
func (u *universe) learn(t *testing.T) {
	t.Helper()
	add := func(pool, token string, s subject) {
		if token != "" {
			u.tokens[token] = s
			u.pools[pool] = append(u.pools[pool], token)
		}
	}
	for id, c := range u.rows(t, "SELECT id, area, number, head, initials FROM households WHERE county = $1", county) {
		s := subject{kind: "household", area: c[0]}
		add("household", id, s)
		add("number", c[1], s)
		u.pools["q"] = append(u.pools["q"], c[2], c[3], c[1])
		if !slices.Contains(u.areas, c[0]) {
			u.areas = append(u.areas, c[0])
		}
	}
	for id, c := range u.rows(t, "SELECT id, area, number FROM persons WHERE county = $1", county) {
		add("person", id, subject{kind: "household", area: c[0]})
		add("personNumber", c[1], subject{kind: "household", area: c[0]})
	}
	for id, c := range u.rows(t, "SELECT id, area, number, lead, helping, subject FROM problems WHERE county = $1", county) {
		s := subject{kind: "problem", area: c[0], parties: append(strings.FieldsFunc(c[3], func(r rune) bool { return r == ',' }), c[2])}
		add("problem", id, s)
		add("problemNumber", c[1], s)
		u.pools["q"] = append(u.pools["q"], c[1])
	}
	for id, c := range u.rows(t, "SELECT id, area FROM doubts WHERE county = $1", county) {
		add("doubt", id, subject{kind: "doubt", area: c[0]})
	}
	for id, c := range u.rows(t, "SELECT id, area FROM imports WHERE county = $1", county) {
		add("import", id, subject{kind: "import", area: c[0]})
	}
	for _, id := range u.pools["household"] {
		h, err := u.stage.county.Store.ByID(t.Context(), u.stage.county.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range h.Members {
			if n, _ := p.Facts["id_number"].(string); n != "" {
				u.secrets[n] = true
				u.pools["secret"] = append(u.pools["secret"], n)
			}
		}
	}
	slices.Sort(u.areas)
	u.pools["area"] = u.areas
	for name, pool := range u.pools {
		slices.Sort(pool) // maps have no order, the seed shall
		u.pools[name] = pool
	}
	u.pools["unit"] = slices.Sorted(slices.Values(u.column(t, "SELECT id FROM units WHERE county = $1", county)))
	u.pools["day"] = append([]string{"", "2022-13-01"}, u.stage.state.Reports...)
	u.pools["class"] = []string{"2.1-a", "2.1-b", "2.1-c1", "2.1-c8", "x"}
	u.pools["item"] = []string{"3.2.1", "3.2.4", "3.1.1", "x"}
}

// hire opens random posts and signs their people in.
func (u *universe) hire(t *testing.T, n int) {
	t.Helper()
	duties := []duty.Duty{duty.Office, duty.Township, duty.Village, duty.Inspector, duty.Department, duty.Supervisor, duty.Leader}
	officers := []duty.Duty{duty.SysAdmin, duty.SecAdmin, duty.Auditor}
	c := u.stage.county
	posts := []duty.Post{}
	for i := range n {
		p := duty.Post{ID: fmt.Sprintf("post-%03d", i), Person: fmt.Sprintf("person-%03d", i), Name: fmt.Sprintf("某%03d", i), Title: "随机岗位", Area: u.one(u.areas)}
		// A unit with a place is one above the post: what is shown of a unit elsewhere would be shown rightly.
		p.Unit = u.one(slices.DeleteFunc(slices.Clone(u.pools["unit"]), func(id string) bool { return strings.HasPrefix(id, county) && !strings.HasPrefix(p.Area, id) }))
		switch {
		case i < len(officers):
			p.Duties, p.Area = officers[i:i+1], county
		case i == len(officers):
			p.Duties, p.Area = []duty.Duty{duty.Office}, county
		case u.IntN(5) == 0:
			p.Duties = []duty.Duty{duties[u.IntN(len(duties))], duties[u.IntN(len(duties))]}
		default:
			p.Duties = []duty.Duty{duties[u.IntN(len(duties))]}
		}
		posts = append(posts, p)
	}
	if _, err := c.System(t.Context(), &act.Act{ID: ident.New(), Kind: duty.KindPost, Subject: county, Body: duty.PostBody(posts)}); err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		if err := c.Accounts.Open(t.Context(), p.Person, p.Person, demo.Password); err != nil {
			t.Fatal(err)
		}
		_, token, err := c.Accounts.SignIn(t.Context(), p.Person, demo.Password, account.From{})
		if err != nil {
			t.Fatal(err)
		}
		u.askers = append(u.askers, asker{p, &http.Cookie{Name: "gonggu_session", Value: token}})
	}
}

// readRoutes lists every GET of the API's document, and those that stream.
func (u *universe) readRoutes(t *testing.T) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ Parameters []apiParam }
	}
	b, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Sorted(maps.Keys(doc.Paths)) {
		if op, ok := doc.Paths[p]["get"]; ok {
			u.gets = append(u.gets, apiRoute{p, op.Parameters})
		}
	}
	area := apiParam{Name: "area", In: "query"}
	for _, p := range streamed(t) {
		if !slices.ContainsFunc(u.gets, func(r apiRoute) bool { return r.path == p }) {
			u.gets = append(u.gets, apiRoute{p, []apiParam{area, {Name: "day", In: "query"}, {Name: "q", In: "query"}, {Name: "class", In: "query"}}})
		}
	}
}
