package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

// The whole line over HTTP, on each engine: what the notice asks, what people get wrong, what time and restarts do; at the end
// everything adds up, and the reports of the same demonstration are the same bytes on both engines.
func TestTheLineOnBothEngines(t *testing.T) {
	t.Parallel()
	reports := map[string]map[string]string{}
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			reports[engine] = s.reports(t)
			for _, step := range []struct {
				name string
				do   func(*testing.T)
			}{
				{"the campaign has days and phases from the pack", s.campaignDays},
				{"files that are no roster", s.wrongFiles},
				{"rows that are wrong", s.wrongRows},
				{"a pack with a type error", s.wrongPack},
				{"an inspection from the door to the report", s.doorToReport},
				{"acts that are wrong", s.wrongActs},
				{"an import survives a stop", s.resume},
				{"a cut-off happens once", s.cutOffOnce},
				{"nobody sees another's people", s.scope},
				{"everything adds up, and what was changed by hand is named", s.verify},
			} {
				t.Run(step.name, step.do)
			}
		})
	}
	a, b := reports["sqlite"], reports["postgresql"]
	if len(a) < 6 || len(a) != len(b) {
		t.Fatalf("%d and %d reports", len(a), len(b))
	}
	for day, bytes := range a {
		if bytes != b[day] {
			t.Errorf("the report of %s differs between the engines:\n%s\n%s", day, bytes, b[day])
		}
	}
}

// reports returns the canonical bytes of every daily report, the running day's too.
func (s *stage) reports(t *testing.T) map[string]string {
	t.Helper()
	c := s.county
	days, err := report.List(t.Context(), c.DB, c.Book, c.Code, c.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range days {
		r, err := report.Of(t.Context(), c.DB, c.Book, c.Code, d.Day, c.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		out[d.Day] = string(b)
	}
	return out
}

// clause: 1-e
func (s *stage) campaignDays(t *testing.T) {
	var who struct {
		Campaign struct {
			CutOff string
			Phases []struct{ ID, Name, From, To string }
		}
	}
	s.visitor(t, "xian").get(t, "/session", &who)
	p, err := server.LoadPack(packFS(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := who.Campaign.CutOff, p.Head.CutOff; got != want || want == "" {
		t.Errorf("cut-off %q, the pack says %q", got, want)
	}
	if len(who.Campaign.Phases) == 0 || len(who.Campaign.Phases) != len(p.Head.Phases) {
		t.Fatalf("phases %+v", who.Campaign.Phases)
	}
	for i, ph := range who.Campaign.Phases {
		if ph.From != p.Head.Phases[i].From || ph.To != p.Head.Phases[i].To || ph.From > ph.To {
			t.Errorf("phase %+v, the pack says %+v", ph, p.Head.Phases[i])
		}
	}
}

var heading = []string{"乡镇", "行政村", "户编号", "户主姓名", "姓名", "与户主关系", "证件号码", "性别"}

// idNumber makes an ID number of nobody: no area begins with 99. good says whether its check digit is right.
func idNumber(birth string, n int, good bool) string {
	body := "990000" + birth + strconv.Itoa(100 + n)[:3]
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	digit := "10X98765432"[sum%11]
	if !good {
		digit = map[bool]byte{true: '1', false: '0'}[digit == '0']
	}
	return body + string(digit)
}

func (s *stage) export(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.options.Dir, "export.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bomb is a workbook whose one sheet inflates to far more than it weighs.
func bomb(t *testing.T, from []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(from), int64(len(from)))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range r.File {
		out, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
			if _, err := out.Write([]byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)); err != nil {
				t.Fatal(err)
			}
			row := bytes.Repeat([]byte(`<row><c t="inlineStr"><is><t>0</t></is></c></row>`), 20000)
			for range 80 {
				if _, err := out.Write(row); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var part bytes.Buffer
		if _, err := part.ReadFrom(in); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(part.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// clause: 1-a
func (s *stage) wrongFiles(t *testing.T) {
	office := s.visitor(t, "xian")
	good := s.export(t)
	for _, c := range []struct {
		name, file string
		bytes      []byte
		says       string
	}{
		{"a picture", "照片.xlsx", []byte("\x89PNG\r\n\x1a\n0000000000000000"), "请选择 .xlsx 文件"},
		{"a text table", "名单.csv", []byte("姓名,村\n张三,某村\n"), "另存为 .xlsx"},
		{"nothing in it", "空.xlsx", nil, "文件是空的"},
		{"half a file", "断.xlsx", good[:len(good)/2], "损坏"},
		{"a bomb", "大.xlsx", bomb(t, good), "解压后异常地大"},
		{"no header", "无表头.xlsx", book(t, []string{"甲", "乙"}, []string{"1", "2"}, []string{"3", "4"}), "没有找到表头"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := s.sum(t)
			im := office.upload(t, map[string][]byte{c.file: c.bytes})
			if im.State != "failed" || !strings.Contains(im.Failure, c.says) {
				t.Errorf("%s %q, want failed and %q", im.State, im.Failure, c.says)
			}
			var p problemJSON
			if status := office.post(t, "/imports/"+im.ID+"/confirm", nil, &p); status != http.StatusConflict || p.Type != "urn:gonggu:import.state" {
				t.Errorf("a failed import can be confirmed: %d %+v", status, p)
			}
			s.unchanged(t, before)
		})
	}
	t.Run("no file at all", func(t *testing.T) {
		status, b := office.send(t, "POST", "/imports", "application/json", strings.NewReader("{}"))
		if status != http.StatusUnprocessableEntity || !bytes.Contains(b, []byte("urn:gonggu:import.no_file")) {
			t.Errorf("%d %s", status, b)
		}
	})
}

func (s *stage) wrongRows(t *testing.T) {
	office := s.visitor(t, "xian")
	village := s.one(t, "SELECT area FROM households WHERE county = $1 ORDER BY area, key LIMIT 1", county)[:12]
	township := s.one(t, "SELECT name FROM areas WHERE county = $1 AND code = $2", county, village[:9])
	name := s.one(t, "SELECT name FROM areas WHERE county = $1 AND code = $2", county, village)
	other := s.one(t, "SELECT name FROM areas WHERE county = $1 AND parent = $2 AND code <> $3 ORDER BY code LIMIT 1", county, village[:9], village)
	before := s.sum(t)
	im := office.upload(t, map[string][]byte{"花名册20220919.xlsx": book(t, heading,
		[]string{township, name, "990000000001", "林一", "林一", "户主", idNumber("19800101", 1, true), "男"},
		[]string{township, name, "990000000002", "林二", "林二", "户主", idNumber("19810101", 2, false), "男"},
		[]string{township, "没有这个村", "990000000003", "林三", "林三", "户主", idNumber("19820101", 3, true), "男"},
		[]string{township, other, "990000000001", "林四", "林四", "户主", idNumber("19830101", 4, true), "男"},
	)})
	if im.State != "preview" || im.Summary.New == 0 {
		t.Fatalf("%+v", im)
	}
	s.unchanged(t, before) // a preview enters nothing
	for _, want := range []struct {
		code, severity string
		row            int
		says           string
	}{
		{"intake.id_check", "doubtful", 3, "校验位不对"},
		{"intake.village_unknown", "rejected", 4, "没有这个村"},
		{"intake.household_number_reused", "rejected", 5, "户编号与另一个村的另一户重复"},
	} {
		i := slices.IndexFunc(im.Faults, func(f struct {
			Row                  int
			Column, Code, Reason string
			Severity             string
		}) bool {
			return f.Code == want.code
		})
		if i < 0 {
			t.Errorf("no fault %s in %+v", want.code, im.Faults)
			continue
		}
		if f := im.Faults[i]; f.Row != want.row || f.Severity != want.severity || !strings.Contains(f.Reason, want.says) {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
	for _, f := range im.Faults {
		if strings.Contains(f.Reason, "990000198") {
			t.Errorf("an ID number is repeated in full: %s", f.Reason)
		}
	}
	if status, b := office.send(t, "GET", "/imports/"+im.ID+"/rejects.xlsx", "", nil); status != http.StatusOK || !bytes.HasPrefix(b, []byte("PK")) {
		t.Errorf("no reject workbook: %d", status)
	}
	if !im.Rejects || im.Summary.Rejected < 2 {
		t.Errorf("%+v", im.Summary)
	}
	var p problemJSON
	if status := office.post(t, "/imports/"+im.ID+"/cancel", nil, &p); status != http.StatusOK {
		t.Errorf("%d %+v", status, p)
	}
	s.unchanged(t, before)
}

func (s *stage) wrongPack(t *testing.T) {
	spoiled := fstest.MapFS{}
	whole := os.DirFS("../../packs/shenqiu-2022")
	list, err := os.ReadDir("../../packs/shenqiu-2022")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", "forms", "rules"} {
		entries := list
		if dir != "" {
			if entries, err = os.ReadDir("../../packs/shenqiu-2022/" + dir); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range entries {
			if name := filepath.ToSlash(filepath.Join(dir, e.Name())); !e.IsDir() {
				f, err := whole.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if _, err := b.ReadFrom(f); err != nil {
					t.Fatal(err)
				}
				spoiled[name] = &fstest.MapFile{Data: b.Bytes()}
			}
		}
	}
	text := string(spoiled["classes.yaml"].Data)
	spoiled["classes.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, "when: h.flood_hit", "when: h.size + 1", 1))}
	before := s.sum(t)
	_, err = s.county.SetUp(t.Context(), spoiled)
	if err == nil || !strings.Contains(err.Error(), "classes.yaml") || !strings.Contains(err.Error(), "处错误") {
		t.Errorf("a pack with a type error: %v", err)
	}
	s.unchanged(t, before)
}

// A household nobody has visited yet, in the area of a post.
func (s *stage) unvisited(t *testing.T, area string, skip int) string {
	t.Helper()
	return s.one(t, "SELECT id FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND inspected_on = '' ORDER BY key LIMIT 1 OFFSET "+strconv.Itoa(skip), county, area, area+"~")
}

type daily struct {
	Title    string
	Day      string
	Problems []struct{ Number, Say string }
}

// clause: 5.2-a, 4.1-b, 4.1-c, 5.3
func (s *stage) doorToReport(t *testing.T) {
	clerk, office := s.visitor(t, "xiangzhen"), s.visitor(t, "xian")
	household := s.unvisited(t, clerk.me.Post.Area.Code, 0)
	a := clerk.sheetOf(t, household, canon.Object{"problems": []any{canon.Object{"item": "3.2.4", "text": "水龙头没有水，已停了三天"}}})
	a.Body["unchanged"] = false
	unsigned := *a
	unsigned.ID = ident.New()
	unsigned.Body = canon.Object{}
	for k, v := range a.Body {
		unsigned.Body[k] = v
	}
	unsigned.Body["signature"] = canon.Object{"of": a.Seen, "strokes": []any{}}
	before := s.sum(t)
	if got := clerk.submit(t, &unsigned)[0]; got.Answer != "refused" || got.Code != "sheet.unsigned" || !strings.Contains(got.Reason, "谁排查谁签字谁负责") {
		t.Errorf("an unsigned sheet: %+v", got)
	}
	s.unchanged(t, before)
	got := clerk.submit(t, a)[0]
	if got.Answer != "accepted" || got.Receipt == nil || got.Made == nil || len(got.Made.Problems) == 0 {
		t.Fatalf("%+v", got)
	}
	made := got.Made.Problems[0]
	// A second tap of the button, and a phone that did not hear the answer: the same receipt, no second problem.
	again := clerk.submit(t, a, a)
	for _, x := range again {
		if x.Answer != "known" || *x.Receipt != *got.Receipt {
			t.Errorf("%+v, want the receipt %+v", x, got.Receipt)
		}
	}
	var ledger struct {
		Rows []struct{ ID, Number, State, Household string }
	}
	office.get(t, "/problems?q="+made.Number, &ledger)
	if len(ledger.Rows) != 1 || ledger.Rows[0].State != string(problem.Found) || ledger.Rows[0].Household != household {
		t.Fatalf("%+v", ledger)
	}
	s.acceptance(t, clerk, office, made.ID)
	day := office.me.Day
	var d map[string]any
	office.get(t, "/reports/daily/"+day, &d)
	status, sheet := office.send(t, "GET", "/exports/daily.xlsx?day="+day, "", nil)
	if status != http.StatusOK || !bytes.HasPrefix(sheet, []byte("PK")) {
		t.Errorf("the report as a workbook: %d", status)
	}
	text, err := canon.From(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := canon.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(made.Number)) || !bytes.Contains(b, []byte("水龙头没有水")) {
		t.Errorf("the day's report does not list problem %s: %.400s", made.Number, b)
	}
}

// acceptance: the township may not accept, the office may, once.
func (s *stage) acceptance(t *testing.T, clerk, office *visitor, id string) {
	t.Helper()
	before := s.sum(t)
	if got := clerk.submit(t, clerk.act(problem.KindAccept, id, canon.Object{}))[0]; got.Answer != "refused" || got.Code != "duty.forbidden" {
		t.Errorf("a township accepts: %+v", got)
	}
	s.unchanged(t, before)
	if got := office.submit(t, office.act(problem.KindAccept, id, canon.Object{}))[0]; got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	before = s.sum(t)
	if got := office.submit(t, office.act(problem.KindAccept, id, canon.Object{}))[0]; got.Answer != "refused" || got.Reason == "" {
		t.Errorf("accepted twice: %+v", got)
	}
	s.unchanged(t, before)
}

func (s *stage) cutOffOnce(t *testing.T) {
	office := s.visitor(t, "xian")
	day := office.me.Day
	var me struct{ Campaign struct{ CutOff string } }
	office.get(t, "/session", &me)
	due, ok := clock.At(day, me.Campaign.CutOff)
	if !ok {
		t.Fatal(day, me.Campaign.CutOff)
	}
	count := func() string {
		return s.one(t, "SELECT count(*) FROM acts WHERE county = $1 AND kind = $2", county, report.KindFreeze) + "/" + s.one(t, "SELECT count(*) FROM cut_offs WHERE county = $1", county)
	}
	was := count()
	s.clock.Set(due) // the cut-off itself still belongs to the day
	if err := s.county.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != was {
		t.Errorf("frozen at the cut-off itself: %s, was %s", got, was)
	}
	s.clock.Set(due + 1)
	s.restart(t)
	s.restart(t)
	done := make(chan error, 4)
	for range 4 {
		go func() { done <- s.county.Tick(context.WithoutCancel(t.Context())) }()
	}
	for range 4 {
		if err := <-done; err != nil && errs.Code(err) == "" {
			t.Error(err)
		}
	}
	n, _, _ := strings.Cut(was, "/")
	before, err := strconv.Atoi(n)
	if err != nil {
		t.Fatal(err)
	}
	want := strconv.Itoa(before + 1)
	if got := count(); got != want+"/"+want {
		t.Errorf("frozen %s after restarts, want %s once", got, want)
	}
}

func (s *stage) verify(t *testing.T) {
	quiet := func(string, int, int) {}
	v, err := s.county.Verify(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults) != 0 || v.Acts == 0 || v.Sheets == 0 || v.Rows < 1000 {
		t.Fatalf("%+v", v)
	}
	spoiled := []struct{ table, read, write, value string }{
		{"households", "SELECT head FROM households WHERE county = $1 AND key = (SELECT min(key) FROM households)", "UPDATE households SET head = $1 WHERE county = $2 AND key = (SELECT min(key) FROM households)", "改名"},
		{"problems", "SELECT state FROM problems WHERE county = $1 AND key = (SELECT max(key) FROM problems)", "UPDATE problems SET state = $1 WHERE county = $2 AND key = (SELECT max(key) FROM problems)", "void"},
		{"acts", "SELECT subject FROM acts WHERE county = $1 AND idx = (SELECT max(idx) FROM acts WHERE kind = 'inspection.sheet')", "UPDATE acts SET subject = $1 WHERE county = $2 AND idx = (SELECT max(idx) FROM acts WHERE kind = 'inspection.sheet')", "h-other"},
		{"areas", "SELECT name FROM areas WHERE county = $1 AND code = county", "UPDATE areas SET name = $1 WHERE county = $2 AND code = county", "别的县"},
	}
	for i, c := range spoiled {
		old := s.one(t, c.read, county)
		s.exec(t, c.write, c.value, county)
		spoiled[i].value = old
	}
	s.exec(t, "UPDATE tallies SET n = n + 1000 WHERE county = $1 AND area = county AND measure = 'persons' AND item = '' AND n > 0", county)
	v, err = s.county.Verify(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"households", "problems", "acts", "areas", "tallies"} {
		if !slices.ContainsFunc(v.Faults, func(f string) bool { return strings.Contains(f, "表 "+table) }) {
			t.Errorf("a row changed by hand in %s is not named: %v", table, v.Faults)
		}
	}
	if len(v.Faults) != 5 {
		t.Errorf("five rows were changed by hand, %d are named: %v", len(v.Faults), v.Faults)
	}
	for _, c := range spoiled {
		s.exec(t, c.write, c.value, county)
	}
	s.exec(t, "UPDATE tallies SET n = n - 1000 WHERE county = $1 AND area = county AND measure = 'persons' AND item = '' AND n > 1000", county)
	s.forged(t)
}
