package duty

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gonggu/internal/errs"
)

// Lengths of codes in the state's division list; each level's code begins with that of the level above.
const (
	provinceDigits = 2
	cityDigits     = 4
	townshipDigits = 9
	villageDigits  = 12
)

// most is how many faults of a list are told.
const mostFaults = 20

// Divisions gathers the state's division list, of one county or of the whole country, out of one file or several.
type Divisions struct {
	areas  map[string][]Area // by county
	uppers map[string]string // provinces and cities: they only bear the levels below
	seen   map[string]string // every code, with its name
	faults []string
	more   int
}

// headings are what the columns of such lists are called.
var headings = map[string]string{"code": "code", "区划代码": "code", "统计用区划代码": "code", "代码": "code", "name": "name", "名称": "name", "short": "short", "简称": "short"}

func (d *Divisions) fault(file string, line int, format string, args ...any) {
	if len(d.faults) == mostFaults {
		d.more++
		return
	}
	d.faults = append(d.faults, fmt.Sprintf("%s 第 %d 行：", file, line)+fmt.Sprintf(format, args...))
}

// Read adds a CSV file in UTF-8 with a heading; the columns code and name are needed, any order and any others are welcome.
// A row that is wrong is remembered for Counties.
func (d *Divisions) Read(file string, r io.Reader) error {
	if d.areas == nil {
		d.areas, d.uppers, d.seen = map[string][]Area{}, map[string]string{}, map[string]string{}
	}
	in := csv.NewReader(r)
	in.ReuseRecord, in.FieldsPerRecord = true, -1
	head, err := in.Read()
	if err != nil {
		return unreadable(file, err)
	}
	at := map[string]int{"code": -1, "name": -1, "short": -1}
	for i, h := range head {
		if k := headings[strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))]; k != "" && at[k] < 0 {
			at[k] = i
		}
	}
	if at["code"] < 0 || at["name"] < 0 {
		return errs.New(errs.Invalid, "area.heading", file+" 的第一行里没有“区划代码”和“名称”两列；请加上表头，另存为 CSV（UTF-8）再试。")
	}
	cell := func(row []string, k string) string {
		if i := at[k]; i >= 0 && i < len(row) {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(file, err)
		}
		line, _ := in.FieldPos(0)
		d.row(file, line, cell(row, "code"), cell(row, "name"), cell(row, "short"))
	}
}

func unreadable(file string, err error) error {
	return errs.New(errs.Invalid, "area.file", file+" 不能按 CSV 读出；请另存为 CSV（UTF-8，逗号分隔）再试。").Because(err)
}

func (d *Divisions) row(file string, line int, written, name, short string) {
	code := trimmed(written)
	if code == "" {
		d.fault(file, line, "代码“%.20s”应为 2、4、6、9 或 12 位数字", written)
		return
	}
	if name == "" || !utf8.ValidString(name) || len([]rune(name)) > 60 {
		d.fault(file, line, "%s 的名称是空的、太长，或不是 UTF-8 文字", code)
		return
	}
	if before, ok := d.seen[code]; ok && before == name && code != written {
		return // a place without a level below stands there again, filled up with zeros
	} else if ok {
		d.fault(file, line, "代码 %s 出现了两次（“%s”和“%s”）", code, before, name)
		return
	}
	d.seen[code] = name
	if len(code) < countyLength {
		d.uppers[code] = name
		return
	}
	a := Area{Code: code, Level: LevelCounty, Name: name, Short: cmp.Or(short, name)}
	switch len(code) {
	case townshipDigits:
		a.Level, a.Parent = LevelTownship, code[:countyLength]
	case villageDigits:
		a.Level, a.Parent = LevelVillage, code[:townshipDigits]
	}
	d.areas[code[:countyLength]] = append(d.areas[code[:countyLength]], a)
}

// trimmed returns a code without the zeros that fill it up to nine or twelve digits; "" when it is none.
func trimmed(code string) string {
	for _, c := range code {
		if c < '0' || c > '9' {
			return ""
		}
	}
	if len(code) == villageDigits || (len(code) == townshipDigits && strings.HasSuffix(code, "000")) {
		for _, n := range []int{townshipDigits, countyLength, cityDigits, provinceDigits} {
			if len(code) > n && strings.Trim(code[n:], "0") == "" && !(n == countyLength && strings.HasSuffix(code[:n], "00")) {
				code = code[:n]
			}
		}
	}
	switch len(code) {
	case provinceDigits, cityDigits, countyLength, townshipDigits, villageDigits:
		return code
	}
	return ""
}

// Counties returns the places of each county, by code, when nothing at all is wrong with the list. A city without
// counties (its townships say XXXX00) is a county of its own name. Code: area.list, with the faults as fields.
func (d *Divisions) Counties() (map[string][]Area, error) {
	for county, areas := range d.areas {
		if _, ok := d.seen[county]; !ok {
			if city, ok := d.uppers[county[:cityDigits]]; ok && strings.HasSuffix(county, "00") {
				areas = append(areas, Area{Code: county, Level: LevelCounty, Name: city, Short: city})
				d.seen[county] = city
			}
		}
		slices.SortFunc(areas, func(a, b Area) int { return strings.Compare(a.Code, b.Code) })
		d.areas[county] = areas
	}
	for _, a := range d.sorted() {
		if _, ok := d.seen[a.Parent]; !ok && a.Parent != "" {
			d.fault("名单", 0, "%s（%s）的上级 %s 不在名单里", a.Code, a.Name, a.Parent)
		}
	}
	if len(d.faults) > 0 {
		e := errs.Newf(errs.Invalid, "area.list", "区划名单有 %d 处错误，没有导入；请改正后再试。", len(d.faults)+d.more)
		for _, f := range d.faults {
			e = e.At("areas", f)
		}
		return nil, e
	}
	if len(d.areas) == 0 {
		return nil, errs.New(errs.Invalid, "area.list", "名单里没有县级及以下的区划，没有导入；请检查文件。")
	}
	return d.areas, nil
}

func (d *Divisions) sorted() []Area {
	var out []Area
	for _, areas := range d.areas {
		out = append(out, areas...)
	}
	slices.SortFunc(out, func(a, b Area) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// Uppers returns how many provinces and cities the list names.
func (d *Divisions) Uppers() (provinces, cities int) {
	for code := range d.uppers {
		if len(code) == provinceDigits {
			provinces++
		} else {
			cities++
		}
	}
	return provinces, cities
}
