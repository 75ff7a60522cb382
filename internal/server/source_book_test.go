package server_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
)

// wb writes a workbook as a clerk fills in the template.
func wb(t *testing.T, rows ...[]string) []byte {
	t.Helper()
	return book(t, []string{"来源", "年度", "文号或线索编号", "反馈单位", "发现日期", "乡镇", "村", "户编号", "责任单位", "任务项", "问题内容", "涉及病情或收入", "牵头单位"}, rows...)
}

func (v *visitor) send1(t *testing.T, path string, data []byte) (int, []byte) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("file", "外部问题.xlsx")
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.send(t, "POST", path, w.FormDataContentType(), &buf)
}

func outsideWorkbook(t *testing.T, b *counter) {
	status, raw := b.office.send(t, "GET", "/sources/template.xlsx", "", nil)
	if status != 200 || !bytes.HasPrefix(raw, []byte("PK")) {
		t.Fatalf("template: %d", status)
	}
	if status, raw := b.office.send1(t, "/sources/preview", raw); status != 422 || !bytes.Contains(raw, []byte("outside.empty")) {
		t.Fatalf("the template as it is: %d %s", status, raw)
	}
	town := b.one(t, "SELECT name FROM areas WHERE county = $1 AND level = 'township' ORDER BY code LIMIT 1", county)
	number := b.one(t, "SELECT number FROM households WHERE county = $1 AND state = 'active' AND number <> '' ORDER BY key LIMIT 1", county)
	good := []string{"专项审计", "2021", "周审〔2021〕7号", "市审计局", "2021/11/8", town, "", "", "", "3.2.4 饮水安全", "集中供水站水质检测缺两个季度", "", ""}
	sealed := []string{"暗访信访", "2022年", "", "省信访局", "2022-08-01", "", "", number, "", "3.2.2", "户主住院费用未能报销", "病情或残疾", ""}
	data := wb(t, good,
		[]string{"谣言", "廿一", "", "", "昨天", "没有的镇", "", "", "", "9.9", "坏", "也许", "没有的局"},
		sealed,
		[]string{"专项审计", "2019", "", "市审计局", "2021-11-08", town, "没有的村", "", "", "3.2.4", "供水站没有消毒记录", "", ""},
		[]string{"媒体舆情", "2022", "", "市电视台", "2022-08-02", "", "", "", "", "3.2.4", "饮水管道漏水无人修", "", ""},
		good)
	type listed struct {
		Fresh, Entered int
		Rows           []struct {
			N           int
			Known       bool
			Number, Say string
		}
		Faults []struct {
			Sheet, Column, Reason string
			Row                   int
		}
	}
	read := func(path string) (l listed) {
		status, raw := b.office.send1(t, path, data)
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, raw)
		}
		b.office.decode(t, raw, &l)
		return l
	}
	before := b.sum(t)
	l := read("/sources/preview")
	b.unchanged(t, before)
	want := map[string]bool{"3/来源": true, "3/年度": true, "3/反馈单位": true, "3/发现日期": true, "3/乡镇": true, "3/任务项": true, "3/问题内容": true, "3/涉及病情或收入": true, "3/牵头单位": true, "5/年度": true, "5/村": true, "6/乡镇": true, "7/整行": true}
	for _, f := range l.Faults {
		k := fmt.Sprintf("%d/%s", f.Row, f.Column)
		if !want[k] || f.Reason == "" || f.Sheet == "" {
			t.Errorf("fault %+v", f)
		}
		delete(want, k)
	}
	if len(want) > 0 || l.Fresh != 2 || len(l.Rows) != 2 || l.Rows[1].Say != "" {
		t.Fatalf("faults not named: %v; %+v", want, l.Rows)
	}
	if l := read("/sources/enter"); l.Entered != 2 || len(l.Rows) != 2 || l.Rows[0].Number == "" {
		t.Fatalf("entered %+v", l)
	}
	before = b.sum(t)
	if l := read("/sources/enter"); l.Entered != 0 || !l.Rows[0].Known || l.Fresh != 0 {
		t.Fatalf("entered again: %+v", l)
	}
	b.unchanged(t, before)
	// The rejects come back with the reason, and can be put right and uploaded as they are.
	status, raw = b.office.send1(t, "/sources/rejects.xlsx", data)
	if status != 200 || !strings.Contains(string(plain(t, raw)), "没有的镇") || strings.Contains(string(plain(t, raw)), "检测缺两个季度") == false {
		t.Fatalf("rejects: %d", status)
	}
	if status, raw := b.visitor(t, "xiangzhen").send1(t, "/sources/enter", data); status != 403 {
		t.Fatalf("a township enters: %d %s", status, raw)
	}
	if status, raw := b.office.send1(t, "/sources/preview", []byte("not a workbook")); status != 422 {
		t.Fatalf("no workbook: %d %s", status, raw)
	}
}
