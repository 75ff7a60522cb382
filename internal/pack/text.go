package pack

import (
	"fmt"
	"strconv"
	"strings"
)

// Part is a piece of a sentence: literal text, or a placeholder root.code (h, me, v, p) or a bare word (today, value, n …).
type Part struct {
	Literal    string
	Root, Code string
}

// Parts splits a sentence with placeholders.
func Parts(say string) []Part {
	var out []Part
	for say != "" {
		i := strings.IndexByte(say, '{')
		j := -1
		if i >= 0 {
			j = strings.IndexByte(say[i:], '}')
		}
		if j < 0 {
			return append(out, Part{Literal: say})
		}
		if i > 0 {
			out = append(out, Part{Literal: say[:i]})
		}
		name := say[i+1 : i+j]
		root, code, dotted := strings.Cut(name, ".")
		if !dotted {
			root, code = "", name
		}
		out = append(out, Part{Root: root, Code: code})
		say = say[i+j+1:]
	}
	return out
}

// Fill writes bare words into a sentence with placeholders.
func Fill(say string, words map[string]string) string {
	var b strings.Builder
	for _, p := range Parts(say) {
		b.WriteString(p.Literal)
		if p.Literal == "" {
			b.WriteString(words[p.Code])
		}
	}
	return b.String()
}

// Missing is what a placeholder prints when its value is not known.
const Missing = "未知"

// Text prints a value of fact f as officials write it: 6,512.00元, 2022年9月15日, a code's name. Nil prints 未知.
func (p *Pack) Text(f Fact, v any) string {
	if v == nil {
		return Missing
	}
	switch f.Type {
	case "money", "yuan":
		return hundredths(number(v)) + "元"
	case "hundredths", "mu", "m2":
		return hundredths(number(v))
	case "ppm":
		s := strings.TrimRight(fmt.Sprintf("%.4f", float64(number(v))/10000), "0")
		return strings.TrimSuffix(s, ".") + "%"
	case "bool":
		if v == true {
			return "是"
		}
		return "否"
	case "day", "month":
		return DayText(printed(v))
	case "code":
		return p.CodeName(f.List, printed(v))
	case "codes":
		list, _ := v.([]string)
		if any, ok := v.([]any); ok {
			for _, e := range any {
				list = append(list, fmt.Sprint(e))
			}
		}
		names := make([]string, len(list))
		for i, c := range list {
			names[i] = p.CodeName(f.List, c)
		}
		return strings.Join(names, "、")
	case "text":
		return printed(v)
	}
	return thousands(strconv.FormatInt(number(v), 10))
}

func printed(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// ParamText prints a parameter's value.
func (p *Pack) ParamText(x Param) string {
	if x.Unit == "day" || x.Unit == "text" {
		return p.Text(Fact{Type: x.Unit}, x.Value)
	}
	return p.Text(Fact{Type: x.Unit}, x.Value)
}

func number(v any) int64 {
	switch x := v.(type) {
	case int64:
		return x
	case int:
		return int64(x)
	case float64:
		return int64(x)
	}
	return 0
}

func hundredths(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return sign + thousands(strconv.FormatInt(n/100, 10)) + fmt.Sprintf(".%02d", n%100)
}

func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// DayText prints "2022-09-15" as 2022年9月15日 and "2022-09" as 2022年9月; anything else as it is.
func DayText(s string) string {
	part := strings.Split(s, "-")
	units := []string{"年", "月", "日"}
	if len(part) < 2 || len(part) > 3 {
		return s
	}
	var b strings.Builder
	for i, x := range part {
		n, err := strconv.Atoi(x)
		if err != nil {
			return s
		}
		b.WriteString(strconv.Itoa(n) + units[i])
	}
	return b.String()
}
