package server_test

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"gonggu/internal/duty"
	"gonggu/internal/workbook"
)

func (v *visitor) uploadStaff(t *testing.T, file []byte) staffList {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("file", "名单.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = w.Close()
	status, b := v.send(t, "POST", "/staff-lists", w.FormDataContentType(), &buf)
	if status != 200 {
		t.Fatalf("%d %s", status, b)
	}
	var l staffList
	v.decode(t, b, &l)
	return l
}

type staffList struct {
	ID, State           string
	Fresh, Wished, Made int
	Rows                []struct {
		Name             string
		Known, PostKnown bool
	}
	Faults []struct {
		Row            int
		Column, Reason string
	}
}

func TestAWorkbookOfAccounts(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *hall) {
		sys, sec := h.enter(t, "xitong", h.first["xitong"].Password), h.enter(t, "anquan", h.first["anquan"].Password)
		town, vill, _ := h.places(t)
		name := func(code string) string { return h.one(t, "SELECT name FROM areas WHERE code = $1", code) }
		at := name(town) + "/" + name(vill)
		heading := []string{"姓名", "登录名(手机号)", "手机号", "单位", "职务", "职责", "负责区划"}
		file := book(t, heading,
			[]string{"甲一", "", "19900000011", "", "村支部书记", "村干部、入户排查", at},
			[]string{"甲一", "19900000011", "19900000011", name(town), "包村干部", "入户排查", name(town)}, // his second post
			[]string{"乙二", "", "19900000011", "", "网格员", "村干部", at},                              // a doubled phone number
			[]string{"丙三", "admin", "", "", "网格员", "村干部", at},                                    // a login that is taken
			[]string{"丁四", "dingsi", "", "没有的局", "联络员", "县直部门", "全县"},
			[]string{"戊五", "wuwu", "", "县水利局", "联络员", "县直部门", "没有的镇/没有的村"},
			[]string{"己六", "jiliu", "", "县巩固办", "审计员", "审计员、县直部门", "全县"},
			[]string{"庚七", "gengqi", "1990", "县水利局", "联络员", "皇帝", "全县"},
			[]string{"=HYPERLINK(1)", "xinba", "", "县水利局", "联络员", "县直部门", "全县"},
		)
		l := sys.uploadStaff(t, file)
		if l.Fresh != 2 || l.Wished != 3 || len(l.Rows) != 3 {
			t.Errorf("%+v", l)
		}
		got := map[int]string{}
		for _, f := range l.Faults {
			got[f.Row] += f.Column + " "
			if f.Reason == "" {
				t.Errorf("row %d: no reason", f.Row)
			}
		}
		for row, want := range map[int]string{4: "手机号", 5: "登录名", 6: "单位", 7: "负责区划", 8: "职责", 9: "手机号"} {
			if !strings.Contains(got[row], want) {
				t.Errorf("row %d: faults in %q, want %s", row, got[row], want)
			}
		}
		var made staffList
		sys.call(t, 200, "POST", "/staff-lists/"+l.ID+"/confirm", "{}", &made)
		if made.State != "made" || made.Made != 2 {
			t.Errorf("%+v", made)
		}
		sys.call(t, 200, "POST", "/staff-lists/"+l.ID+"/confirm", "{}", &made)
		sec.refused(t, "duty.forbidden", "POST", "/staff-lists/"+l.ID+"/passwords.xlsx", "{}")
		status, b := sys.send(t, "POST", "/staff-lists/"+l.ID+"/passwords.xlsx", "", nil)
		if status != 200 {
			t.Fatalf("%d %s", status, b)
		}
		sys.refused(t, "staff.gone", "POST", "/staff-lists/"+l.ID+"/passwords.xlsx", "{}")
		once := passwordOf(t, b, "19900000011")

		// The posts wait for the security officer; who was made may sign in, and hears that he has none.
		v := browser(t, h.stage)
		signIn(t, v, "19900000011", once)
		v.call(t, 200, "POST", "/account/password", `{"current":`+quoted(once)+`,"next":`+quoted(chosen)+`}`, nil)
		v.refused(t, "account.no_post", "GET", "/areas", "")
		var wishes struct {
			Wishes []struct {
				ID, Person, Name, Title string
				Unit, Area              struct{ Code string }
				Duties                  []string
			}
		}
		sec.call(t, 200, "GET", "/wishes", "", &wishes)
		if len(wishes.Wishes) != 3 {
			t.Fatalf("%+v", wishes)
		}
		for _, w := range wishes.Wishes[:2] {
			d := make([]duty.Duty, len(w.Duties))
			for i, x := range w.Duties {
				d[i] = duty.Duty(x)
			}
			if a := sec.step(t, duty.KindPost, w.ID, duty.PostBody([]duty.Post{{ID: w.ID, Person: w.Person, Name: w.Name, Unit: w.Unit.Code, Title: w.Title, Duties: d, Area: w.Area.Code}})); a.Answer != "accepted" {
				t.Errorf("%+v", a)
			}
		}
		sec.call(t, 200, "POST", "/wishes/"+wishes.Wishes[2].ID+"/drop", "{}", nil)
		sec.call(t, 200, "GET", "/wishes", "", &wishes)
		if len(wishes.Wishes) != 0 {
			t.Errorf("left: %+v", wishes)
		}
		if l = sys.uploadStaff(t, file); l.Fresh != 0 {
			t.Errorf("the same workbook again makes %d accounts", l.Fresh)
		}
		sys.call(t, 200, "POST", "/staff-lists/"+l.ID+"/confirm", "{}", &made)
		sec.call(t, 200, "GET", "/wishes", "", &wishes)
		if len(wishes.Wishes) != 0 {
			t.Errorf("the same workbook again wishes for %+v", wishes)
		}
		if n := h.one(t, "SELECT count(*) FROM staff_lists WHERE box IS NOT NULL AND id = $1", made.ID); n != "1" {
			t.Error("the second list is not kept for its day")
		}
		h.exec(t, "UPDATE staff_lists SET created_at = created_at - 90000000 WHERE id = $1", made.ID)
		if err := h.county.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := h.one(t, "SELECT count(*) FROM staff_lists WHERE box IS NOT NULL"); n != "0" {
			t.Errorf("%s lists still hold passwords after a day", n)
		}
	})
}

// passwordOf reads the workbook of one-time passwords.
func passwordOf(t *testing.T, b []byte, login string) string {
	t.Helper()
	w, err := workbook.Open(bytes.NewReader(b), int64(len(b)), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	for row, err := range w.Sheets()[0].Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if row.At(2).Text == login {
			return row.At(3).Text
		}
	}
	t.Fatal("no password for " + login)
	return ""
}
