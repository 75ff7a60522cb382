package report

import (
	"archive/zip"
	"embed"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/template"
	"time"

	"gonggu/internal/clock"
)

// The parts of the one-page document; document.xml is a template, the others are written as they are.
//
//go:embed daily/*.xml
var files embed.FS

// order of the parts in the package; the types come first, as Word writes them.
var order = []struct{ name, file string }{
	{"[Content_Types].xml", "content_types.xml"}, {"_rels/.rels", "rels.xml"}, {"word/document.xml", "document.xml"}, {"word/_rels/document.xml.rels", "document_rels.xml"},
	{"word/styles.xml", "styles.xml"}, {"word/settings.xml", "settings.xml"}, {"word/footer1.xml", "footer.xml"},
}

type paragraph struct {
	Style, Text string
	Bold        bool
}

// page is what the template prints.
type page struct {
	Campaign, Title string

	Under   string
	Warning string
	Lead    []string
	Areas   grid
	Blocks  grid
	Notes   []string
	Signed  string
	Foot    []string
}

// grid is a table; widths in twentieths of a point.
type grid struct {
	Columns []int
	Rows    [][]string
}

// Width is the whole table's.
func (g grid) Width() (n int) {
	for _, c := range g.Columns {
		n += c
	}
	return n
}

var document = sync.OnceValues(func() (*template.Template, error) {
	text, err := files.ReadFile("daily/document.xml")
	if err != nil {
		return nil, err
	}
	return template.New("document").Funcs(template.FuncMap{
		"p": func(style, text string) paragraph { return paragraph{Style: style, Text: text} },
		"x": func(s string) (string, error) {
			var b strings.Builder
			err := xml.EscapeText(&b, []byte(s))
			return b.String(), err
		},
	}).Parse(string(text))
})

// WriteDocx writes the report on one page of A4 as officials lay it out (GB/T 9704—2012), for Word
// and WPS, with the line of its review. The same report and reviews give the same bytes.
func WriteDocx(w io.Writer, d *Daily, reviews []Review) error {
	t, err := document()
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, p := range order {
		out, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if p.file == "document.xml" {
			if err := t.Execute(out, pageOf(d, reviews)); err != nil {
				return err
			}
			continue
		}
		text, err := files.ReadFile("daily/" + p.file)
		if err != nil {
			return err
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	return z.Close()
}

func pageOf(d *Daily, reviews []Review) page {
	p := page{Campaign: d.Campaign, Title: "日报（" + placeName(d) + "）", Areas: areaGrid(d), Blocks: blockGrid(d), Signed: signedLine(d, reviews)}
	p.Under = fmt.Sprintf("%s年%s　%s　统计截止 %s", d.Day[:4], dayText(d.Day), d.PhaseName+phaseDay(d.PhaseDay), d.CutOff)
	if !d.Closed {
		p.Warning = "（未截止，数字还会变，仅供参考，不得外送）"
	}
	p.Lead = []string{strings.Join(d.Summary, "")}
	p.Notes = notes(d)
	p.Foot = []string{d.Issuer + "　据系统已收到的排查表自动汇总，无人工填报。", d.Foot.Text}
	return p
}

func placeName(d *Daily) string {
	if d.Area == d.County {
		return d.CountyName
	}
	return d.CountyName + d.AreaName
}

// rowsOf are the places of the report's table: townships of the county, villages of a township.
func rowsOf(d *Daily) []Row {
	if len(d.Townships) > 1 || len(d.Villages) == 0 {
		return d.Townships
	}
	return d.Villages
}

// areaGrid sets the places in two columns side by side, so that 22 townships leave room on the page.
func areaGrid(d *Daily) grid {
	g := grid{Columns: []int{1302, 640, 640, 660, 540, 640, 1302, 640, 640, 660, 540, 640}}
	heading := []string{"单位", "应排查", "已排查", "进度", "今日", "问题"}
	g.Rows = append(g.Rows, append(heading, heading...))
	line := func(r Row, name string) []string {
		return []string{name, num(r.Households), num(r.Inspected), percent(r.InspectedPPM), num(r.InspectedToday), num(r.Problems.Standing)}
	}
	rows := rowsOf(d)
	half := (len(rows) + 2) / 2 // the sum stands at the end of the right column
	cells := make([][]string, 0, 2*half)
	for _, r := range rows {
		cells = append(cells, line(r, r.Name))
	}
	for len(cells) < 2*half-1 {
		cells = append(cells, make([]string, len(heading)))
	}
	cells = append(cells, line(d.Total, "合计"))
	for i := range half {
		g.Rows = append(g.Rows, append(append([]string{}, cells[i]...), cells[half+i]...))
	}
	return g
}

func blockGrid(d *Daily) grid {
	g := grid{Columns: []int{3044, 1160, 1160, 1160, 1160, 1160}, Rows: [][]string{{"类别", "今日发现", "累计发现", "累计受理", "累计作废", "现有"}}}
	line := func(name string, f Found) {
		g.Rows = append(g.Rows, []string{name, num(f.FoundToday), num(f.Found), num(f.Accepted), num(f.Voided), num(f.Standing)})
	}
	for i, b := range d.Blocks {
		line(b.Name, d.Total.Blocks[i])
	}
	line("合计", d.Total.Problems)
	return g
}

func num(n int64) string { return fmt.Sprint(n) }

// Bounds of what one page holds; the rest is in the system, and the page says so.
const (
	mostSilent  = 12
	mostRemarks = 4
)

// notes are the sentences below the tables: who is silent, what came late, what could not be inspected, what units say.
func notes(d *Daily) []string {
	out := []string{}
	if names, more := silentNames(d); names != "" {
		out = append(out, "今日未上报："+names+more+"。")
	} else {
		out = append(out, "今日各单位均已上报。")
	}
	if n := d.Total.Missed; n > 0 {
		said := []string{}
		for i, r := range d.Reasons {
			if c := d.Total.Reasons[i].N; c > 0 {
				said = append(said, fmt.Sprintf("%s %d 户", r.Name, c))
			}
		}
		out = append(out, fmt.Sprintf("未能入户 %d 户（%s），尚未排查 %d 户。", n, strings.Join(said, "，"), d.Total.Left))
	}
	if n := d.Total.SheetsLate; n > 0 {
		out = append(out, fmt.Sprintf("今日收到以前各日所做的排查表 %d 份，已按所做之日重列，原日报不改。", n))
	}
	for i, r := range d.Remarks {
		if i == mostRemarks {
			out = append(out, fmt.Sprintf("另有 %d 个单位作了说明，见系统日报页。", len(d.Remarks)-i))
			break
		}
		out = append(out, r.Name+"："+strings.TrimRight(r.Say, "。")+"。")
	}
	return out
}

// silentNames names the silent places of the table's own level, and counts the villages below them.
func silentNames(d *Daily) (names, more string) {
	of := map[string]bool{}
	for _, r := range rowsOf(d) {
		of[r.Code] = true
	}
	list, rest := []string{}, 0
	for _, s := range d.Silent {
		if of[s.Code] {
			list = append(list, s.Name)
		} else {
			rest++
		}
	}
	if len(list) > mostSilent {
		more = fmt.Sprintf("等 %d 个", len(list))
		list = list[:mostSilent]
	}
	names = strings.Join(list, "、")
	switch {
	case rest > 0 && names == "":
		names = fmt.Sprintf("%d 个村", rest)
	case rest > 0:
		more += fmt.Sprintf("，共涉及 %d 个村", rest)
	}
	return names, more
}

func signedLine(d *Daily, reviews []Review) string {
	if d.Area != d.County {
		return "审签：　　　　　　　　　　　　日期：　　　年　　月　　日"
	}
	if n := len(reviews); n > 0 {
		v := reviews[n-1]
		word := ""
		if v.Word != "" {
			word = "，“" + v.Word + "”"
		}
		return fmt.Sprintf("审签：%s %s（%s%s）%s %s", v.Post, v.Who, v.VerdictName, word, dayText(clock.Day(v.At)), time.UnixMilli(v.At).In(clock.Zone).Format("15:04"))
	}
	return "审签：　　　　　　　　　　　　日期：　　　年　　月　　日"
}
