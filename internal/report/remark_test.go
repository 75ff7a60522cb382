package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/report"
)

// staff founds a township office, a department and a leader, and returns their posts by name.
func (c *county) staff() map[string]duty.Post {
	c.t.Helper()
	units := map[string]duty.Unit{
		"town": {ID: "town-1", Kind: "township", Name: "甲镇人民政府", Area: "411624101"}, "bureau": {ID: "education", Kind: "department", Name: "县教体局", Area: code},
		"leader": {ID: "county", Kind: "office", Name: "沈丘县", Area: code},
	}
	posts := map[string]duty.Post{
		"town":   duty.NewPost("p-town", "赵一", units["town"], "办公室", "411624101", duty.Township),
		"bureau": duty.NewPost("p-bureau", "钱二", units["bureau"], "科员", code, duty.Department),
		"leader": duty.NewPost("p-leader", "孙三", units["leader"], "分管领导", code, duty.Leader),
	}
	c.submit(&act.Act{Kind: duty.KindFound, Body: duty.FoundBody([]duty.Unit{units["town"], units["bureau"], units["leader"]})})
	c.submit(&act.Act{Kind: duty.KindPost, Body: duty.PostBody([]duty.Post{posts["town"], posts["bureau"], posts["leader"]})})
	return posts
}

func (c *county) as(p duty.Post, kind string, body canon.Object) act.Answer {
	c.t.Helper()
	return c.try(&act.Act{Kind: kind, Actor: p.Person, Post: p.ID, DeviceAt: c.clock.Now(), Body: body})
}

func refused(t *testing.T, ans act.Answer, code string) {
	t.Helper()
	if ans.Outcome != act.Refused || ans.Code != code || ans.Reason == "" {
		t.Errorf("got %s %s %q, want refused %s", ans.Outcome, ans.Code, ans.Reason, code)
	}
}

func accepted(t *testing.T, ans act.Answer) {
	t.Helper()
	if ans.Outcome != act.Accepted {
		t.Fatalf("%s %s %s", ans.Outcome, ans.Code, ans.Reason)
	}
}

// clause: 4.1-b
func TestAUnitAddsOneSentenceUntilTheCutOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		p := c.staff()
		c.story()
		day := "2022-09-17"
		remark := func(who, day, say string) act.Answer {
			return c.as(p[who], report.KindRemark, report.RemarkBody(day, say))
		}
		accepted(t, remark("town", day, "两村因降雨停排查半天"))
		accepted(t, remark("town", day, " 两村因降雨\n停排查半天，明日补上 "))
		accepted(t, remark("bureau", day, "学籍已比对完毕"))
		refused(t, remark("leader", day, "领导不写说明"), "duty.forbidden")
		refused(t, remark("town", "2022-09-16", "补昨天的"), "report.remark_late")
		refused(t, remark("town", "2022-09-18", "写明天的"), "report.future")
		refused(t, remark("town", day, strings.Repeat("长", 101)), "report.remark_long")
		refused(t, remark("town", day, "请联系 138 0000 0000"), "report.remark_number")
		refused(t, c.as(p["town"], report.KindRemark, canon.Object{"reported_on": "昨天", "say": "x"}), "act.body")
		d := c.build(day)
		if len(d.Remarks) != 2 || d.Remarks[1].Say != "两村因降雨 停排查半天，明日补上" || d.Remarks[1].Name != "甲镇人民政府" || d.Remarks[0].Name != "县教体局" {
			t.Fatalf("remarks: %+v", d.Remarks)
		}
		c.clock.Set(at(day, "18:00") + 1)
		refused(t, remark("town", day, "晚了一毫秒"), "report.remark_late")
		was := c.bytes(day)
		check(t, "frozen", len(c.freeze()), 3)
		accepted(t, remark("town", "2022-09-18", "次日的说明"))
		check(t, "the bytes of the day stay", c.bytes(day), was)
		k, err := report.Frozen(t.Context(), db, code, day)
		if err != nil || string(k.Doc) != was || !strings.Contains(was, "明日补上") {
			t.Errorf("what is frozen: %v", err)
		}
		accepted(t, remark("town", "2022-09-18", ""))
		check(t, "taken back", len(c.build("2022-09-18").Remarks), 0)
		refused(t, remark("town", "2022-09-18", ""), "report.remark_none")

		v, err := k.Report.View(duty.Actor{Area: "411624101", Duties: []duty.Duty{duty.Township}}.Scope(duty.ReadReport), "")
		if err != nil || len(v.Remarks) != 1 || v.Remarks[0].Area != "411624101" {
			t.Errorf("a township sees its own: %+v %v", v.Remarks, err)
		}
	})
}

func TestALeaderReviewsWhatIsFrozen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		p := c.staff()
		c.story()
		c.clock.Set(at("2022-09-17", "18:05"))
		day := "2022-09-17"
		review := func(who, digest, verdict, word string) act.Answer {
			return c.as(p[who], report.KindReview, report.ReviewBody(day, digest, verdict, word))
		}
		refused(t, review("leader", "", report.Approved, ""), "report.review_early")
		c.freeze()
		k, err := report.Frozen(t.Context(), db, code, day)
		if err != nil {
			t.Fatal(err)
		}
		digest := k.Day.Digest
		refused(t, review("town", digest, report.Approved, ""), "duty.forbidden")
		refused(t, review("leader", strings.Repeat("0", 64), report.Approved, ""), "report.review_digest")
		refused(t, review("leader", digest, report.Returned, "改"), "report.review_word")
		refused(t, review("leader", digest, "maybe", ""), "act.body")
		accepted(t, review("leader", digest, report.Returned, "乙乡没有上报，请说明原因"))
		accepted(t, review("leader", digest, report.Approved, ""))
		refused(t, review("leader", digest, report.Approved, ""), "report.reviewed")
		list, err := report.Reviews(t.Context(), db, code, day)
		if err != nil || len(list) != 2 || list[0].Word != "乙乡没有上报，请说明原因" || list[1].VerdictName != "审签同意" || list[1].Who != "孙三" {
			t.Fatalf("reviews: %+v %v", list, err)
		}
		again, err := report.Frozen(t.Context(), db, code, day)
		if err != nil || !bytes.Equal(again.Doc, k.Doc) {
			t.Errorf("a review changed the report: %v", err)
		}
		days, err := report.List(t.Context(), db, c.book, code, c.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(days, func(d report.Day) bool { return d.Day == day })
		check(t, "in the list of days", days[at].Review+days[at].Reviewer, "approved孙三")
		check(t, "not of other days", days[at-1].Review, "")

		text := plainDocument(t, docx(t, k.Report, list))
		for _, want := range []string{"审签：沈丘县 分管领导 孙三（审签同意）9月17日 18:05", k.Report.Foot.Key, k.Report.Foot.Root, k.Report.Summary[0]} {
			if !strings.Contains(text, want) {
				t.Errorf("the document does not say %q:\n%s", want, text)
			}
		}
	})
}

// What was frozen before the form had remarks is computed to its own bytes and can still be read.
func TestAReportOfTheFirstVersionStaysReadable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		c.do("2022-09-17", "09:30", deed{counts: []count{{"411624101001", "missed", "", "", 3}, {"411624101001", "owned", "", "", 20}}})
		c.clock.Set(at("2022-09-17", "18:01"))
		old := c.build("2022-09-15")
		old.Version = 1
		doc, err := old.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"remarks", "missed", "owned", "reasons"} {
			if bytes.Contains(doc, []byte(word)) {
				t.Errorf("version 1 has no %s", word)
			}
		}
		freeze := func(day string, version any, digest string) act.Answer {
			d := c.build(day)
			body := canon.Object{"reported_on": day, "log_size": d.Foot.LogSize, "root": d.Foot.Root, "digest": digest}
			if version != nil {
				body["version"] = version
			}
			return c.try(&act.Act{ID: ident.Derive("test.version", fmt.Sprint(day, version, digest)), Kind: report.KindFreeze, Subject: "daily/" + day, DeviceAt: d.DueAt, Body: body})
		}
		refused(t, freeze("2022-09-15", int64(9), canon.HashBytes(doc)), "act.body")
		accepted(t, freeze("2022-09-15", nil, canon.HashBytes(doc)))
		k, err := report.Frozen(t.Context(), db, code, "2022-09-15")
		if err != nil {
			t.Fatal(err)
		}
		check(t, "bytes", string(k.Doc), string(doc))
		check(t, "version", k.Report.Version, 1)
		if k.Report.Remarks == nil || k.Report.Total.Reasons == nil || k.Report.Villages[0].Reasons == nil {
			t.Error("a list of an old report is null")
		}
		check(t, "left", k.Report.Total.Left, k.Report.Total.Households-k.Report.Total.Inspected)
		_ = docx(t, k.Report, nil)

		now := c.build("2022-09-17")
		check(t, "missed", now.Total.Missed, 3)
		check(t, "owned", now.Total.Owned, 20)
		check(t, "left", now.Total.Left, now.Total.Households-now.Total.Inspected-3)
		if !slices.ContainsFunc(now.Summary, func(s string) bool { return strings.Contains(s, "3 户因故未能入户") }) {
			t.Errorf("the summary says nothing of them: %q", now.Summary)
		}
	})
}

func docx(t *testing.T, d *report.Daily, reviews []report.Review) []byte {
	t.Helper()
	var one, two bytes.Buffer
	if err := errors.Join(report.WriteDocx(&one, d, reviews), report.WriteDocx(&two, d, reviews)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same report gives other bytes")
	}
	return one.Bytes()
}

// plainDocument unzips a document, demands that each part is well-formed, and returns the text, a line per paragraph.
func plainDocument(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(in)
		inText := false
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			switch x := tok.(type) {
			case xml.StartElement:
				inText = x.Name.Local == "t"
			case xml.EndElement:
				inText = false
				if x.Name.Local == "p" && f.Name == "word/document.xml" {
					text.WriteByte('\n')
				}
			case xml.CharData:
				if inText && f.Name == "word/document.xml" {
					text.Write(x)
				}
			}
		}
	}
	return text.String()
}

// clause: 4.1-b
func TestTheDocumentSaysTheReportsNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		p := c.staff()
		c.story()
		accepted(t, c.as(p["town"], report.KindRemark, report.RemarkBody("2022-09-17", "<雨> & “停工”")))
		c.clock.Set(at("2022-09-17", "18:01"))
		c.freeze()
		k, err := report.Frozen(t.Context(), db, code, "2022-09-17")
		if err != nil {
			t.Fatal(err)
		}
		d := k.Report
		lines := strings.Split(plainDocument(t, docx(t, d, nil)), "\n")
		row := func(name string, want ...int64) {
			t.Helper()
			i := slices.Index(lines, name)
			if i < 0 {
				t.Fatalf("no row %s in %q", name, lines)
			}
			got := []int64{}
			for _, s := range lines[i+1:] {
				if n, err := strconv.ParseInt(s, 10, 64); err == nil {
					got = append(got, n)
				} else if !strings.HasSuffix(s, "%") {
					break
				}
				if len(got) == len(want) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, the frozen report says %v", name, got, want)
			}
		}
		for _, r := range append(d.Townships, d.Total) {
			name := r.Name
			if r.Code == code {
				name = "合计"
			}
			row(name, r.Households, r.Inspected, r.InspectedToday, r.Problems.Standing)
		}
		for i, b := range d.Blocks {
			f := d.Total.Blocks[i]
			row(b.Name, f.FoundToday, f.Found, f.Accepted, f.Voided, f.Standing)
		}
		text := strings.Join(lines, "\n")
		for _, want := range []string{"甲镇人民政府：<雨> & “停工”。", "审签：　", strings.Join(d.Summary, "")} {
			if !strings.Contains(text, want) {
				t.Errorf("the document does not say %q", want)
			}
		}
		open := plainDocument(t, docx(t, c.build("2022-09-18"), nil))
		if !strings.Contains(open, "不得外送") {
			t.Error("an open day's document does not warn")
		}
	})
}

// The counts by lead unit are those of the ledger's rows.
func TestProblemsByLeadUnit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		desk := report.NewDesk(c.book)
		office := duty.Actor{Area: code, Duties: []duty.Duty{duty.Office}}.Scope(duty.ReadReport)
		all, err := desk.Led(t.Context(), db, office, "", "2022-09-17")
		if err != nil {
			t.Fatal(err)
		}
		rows := func(cond string, args ...any) (n int64) {
			if err := db.QueryRow(t.Context(), "SELECT count(*) FROM problems WHERE "+cond, args...).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		check(t, "all", all.Total.Found, rows("1 = 1"))
		for _, u := range all.Units {
			check(t, u.Name, u.Found.Found, rows("lead = $1", u.Code))
		}
		check(t, "units", len(all.Units), 3)
		bureau := duty.Actor{Area: code, UnitCode: "education", Duties: []duty.Duty{duty.Department}}.Scope(duty.ReadReport)
		own, err := desk.Led(t.Context(), db, bureau, "", "2022-09-17")
		if err != nil {
			t.Fatal(err)
		}
		check(t, "its own", own.Total.Found, rows("lead = 'education'"))
		check(t, "no other unit is shown", len(own.Units), 0)
		check(t, "items", len(own.Items), 1)
		check(t, "item", own.Items[0].Found.Found, rows("lead = 'education' AND item = '3.2.1'"))
		check(t, "townships", len(own.Areas), 2)
		check(t, "township", own.Areas[0].Found.Found, rows("lead = 'education' AND area >= '411624101' AND area < '411624101~'"))
		check(t, "days", len(own.Daily), 3)
		check(t, "day", own.Daily[0].Found, rows("lead = 'education' AND found_on = '2022-09-15'"))
		civil := duty.Actor{Area: code, UnitCode: "civil", Duties: []duty.Duty{duty.Department}}.Scope(duty.ReadReport)
		if own, err = desk.Led(t.Context(), db, civil, "", "2022-09-17"); err != nil || own.Total.Found != 0 || own.Helped.Found != 1 {
			t.Errorf("who only helps: %+v %v", own, err)
		}
		town, err := desk.Led(t.Context(), db, bureau, "411624102", "2022-09-17")
		if err != nil || town.Total.Found != 1 || len(town.Areas) != 0 {
			t.Errorf("in one township: %+v %v", town, err)
		}
		if _, err := desk.Led(t.Context(), db, office, "411624101001", "2022-09-17"); !errors.Is(err, report.ErrOutside) {
			t.Errorf("a village keeps no such counts: %v", err)
		}
	})
}
