package intake

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gonggu/internal/workbook"
)

// none holds for what people write into a cell to say that there is nothing.
func none(s string) bool {
	switch s {
	case "", "-", "--", "---", "/", "//", "\\", "N/A", "n/a", "null", "NULL", "空", "(空)", "(空白)":
		return true
	}
	return false
}

// years that a day or month may lie in.
const firstYear, lastYear = 1880, 2100

// serials of Excel that are taken for days: 1927-05-18 to 2099-12-31.
const firstSerial, lastSerial = 10000, 73050

// Day reads a day in any of the ways people write one; the result is YYYY-MM-DD.
func Day(s string) (string, bool) { return parseDay(s) }

// parseDay reads a day in any of the ways people write one; the result is YYYY-MM-DD.
func parseDay(s string) (string, bool) {
	s = cutTime(half.Replace(clean(s)))
	if n, ok := digits(s); ok {
		switch {
		case len(s) == 8:
			return day(n/10000, n/100%100, n%100)
		case len(s) == 5 && n >= firstSerial && n <= lastSerial:
			return workbook.DayOfSerial(n), true
		}
		return "", false
	}
	if p, ok := split3(strings.ReplaceAll(s, " ", "")); ok && len(p) == 3 {
		return day(p[0], p[1], p[2])
	}
	return "", false
}

// parseMonth reads a month; of a day it takes the month. The result is YYYY-MM.
func parseMonth(s string) (string, bool) {
	s = cutTime(half.Replace(clean(s)))
	if n, ok := digits(s); ok {
		if len(s) == 6 {
			return month(n/100, n%100)
		}
	} else if p, ok := split3(strings.ReplaceAll(s, " ", "")); ok && len(p) == 2 {
		return month(p[0], p[1])
	}
	d, ok := parseDay(s)
	if !ok {
		return "", false
	}
	return d[:7], true
}

// cutTime drops a time of day behind a day.
func cutTime(s string) string {
	if i := strings.IndexAny(s, " T"); i > 0 && strings.Contains(s[i:], ":") {
		return s[:i]
	}
	return s
}

var dateSigns = strings.NewReplacer("年", "-", "月份", "", "月", "-", "日", "", "号", "", "/", "-", ".", "-")

// split3 splits 2022年9月1日, 2022-9-1, 2022/9/1, 2022.9.1 or their beginnings (year and month).
func split3(s string) ([]int, bool) {
	s = dateSigns.Replace(s)
	parts := strings.Split(strings.TrimSuffix(s, "-"), "-")
	if len(parts) < 2 || len(parts) > 3 || len(parts[0]) != 4 {
		return nil, false
	}
	out := make([]int, len(parts))
	for i, p := range parts {
		n, ok := digits(p)
		if !ok || i > 0 && len(p) > 2 {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// digits reads a text of ASCII digits only.
func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func day(y, m, d int) (string, bool) {
	if y < firstYear || y > lastYear || m < 1 || m > 12 || d < 1 || d > 31 ||
		time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() != d {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), true
}

func month(y, m int) (string, bool) {
	if y < firstYear || y > lastYear || m < 1 || m > 12 {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d", y, m), true
}

// parseBool reads 是 and 否 and what people put in their place.
func parseBool(s string) (value, ok bool) {
	switch strings.ToUpper(strings.Trim(tight(s), ".")) {
	case "是", "有", "√", "✓", "✔", "☑", "对", "已", "Y", "YES", "TRUE", "1", "是的":
		return true, true
	case "否", "无", "没有", "没", "×", "✗", "✘", "✕", "╳", "☒", "X", "错", "未", "N", "NO", "FALSE", "0", "不是", "不":
		return false, true
	}
	return false, false
}

// maxScaled keeps every integer within what canonical JSON holds.
const maxScaled = 1<<53 - 1

// parseScaled reads a decimal number and returns it times scale, rounded half away from zero to a whole.
// Thousands separators must stand where they belong; words is what may stand behind the number.
func parseScaled(s string, scale int64, words map[string]int64) (int64, bool) {
	s = strings.TrimLeft(tight(s), "¥￥")
	end := strings.LastIndexAny(s, "0123456789.") + 1
	if word := s[end:]; word != "" {
		times, ok := words[word]
		if !ok {
			return 0, false
		}
		scale *= times
		s = s[:end]
	}
	negative := false
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		negative = s[0] == '-'
		s = s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	whole, ok := ungroup(whole)
	if !ok || whole == "" && fraction == "" {
		return 0, false
	}
	n, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || n > maxScaled/scale {
		return 0, false
	}
	n *= scale
	// The fraction is worked out digit by digit, so that no binary rounding enters.
	rest := int64(0)
	unit := scale
	half, past := false, false
	for i := 0; i < len(fraction); i++ {
		c := fraction[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if past {
			continue
		}
		if unit == 1 {
			half, past = c >= '5', true
			continue
		}
		if unit%10 != 0 {
			return 0, false
		}
		unit /= 10
		rest += int64(c-'0') * unit
	}
	n += rest
	if half {
		n++
	}
	if n > maxScaled {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// ungroup drops thousands separators and refuses misplaced ones ("6,9" is no number).
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (len(g) == 0 || len(g) > 3) {
			return "", false
		}
		for k := 0; k < len(g); k++ {
			if g[k] < '0' || g[k] > '9' {
				return "", false
			}
		}
	}
	return strings.Join(groups, ""), true
}

var (
	moneyWords = map[string]int64{"元": 1, "块": 1, "元整": 1, "元/年": 1, "元/月": 1, "万": 10000, "万元": 10000}
	areaWords  = map[string]int64{"亩": 1, "平方米": 1, "平米": 1, "平方": 1, "平": 1, "㎡": 1, "m2": 1, "m²": 1, "公里": 1, "千米": 1, "km": 1, "米": 1}
	countWords = map[string]int64{"人": 1, "口": 1, "口人": 1, "户": 1, "个": 1, "个月": 1, "月": 1, "年": 1, "岁": 1, "次": 1, "间": 1, "头": 1, "只": 1, "天": 1, "处": 1, "%": 1}
)

// parseMoney reads an amount in yuan (in 10,000 yuan when wan) and returns fen.
func parseMoney(s string, wan bool) (int64, bool) {
	if tight(s) == "无" {
		return 0, true
	}
	scale := int64(100)
	if wan && !strings.Contains(s, "元") && !strings.Contains(s, "万") {
		scale = 1000000
	}
	return parseScaled(s, scale, moneyWords)
}

// parseHundredths reads an area or length and returns hundredths.
func parseHundredths(s string) (int64, bool) {
	if tight(s) == "无" {
		return 0, true
	}
	return parseScaled(s, 100, areaWords)
}

// parseInt reads a whole number ("5", "5人", "5.0").
func parseInt(s string) (int64, bool) {
	if tight(s) == "无" {
		return 0, true
	}
	n, ok := parseScaled(s, 100, countWords)
	if !ok || n%100 != 0 {
		return 0, false
	}
	return n / 100, true
}
