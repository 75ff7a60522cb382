package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// shift says that n characters were put into the patched text at character at.
type shift struct{ at, n int }

type shifts []shift

// back maps a place of the patched text to the source.
func (s shifts) back(off int) int {
	moved := 0
	for _, x := range s {
		if x.at+moved < off {
			moved += min(x.n, off-(x.at+moved))
		}
	}
	return max(off-moved, 0)
}

type token struct {
	kind byte // i identifier, n number, s string, o operator
	text string
	off  int // in characters
}

// allowed are the functions and macros of the profile; true means called as a member (x.contains(y)).
var allowed = map[string]bool{
	"size": false, "has": false, "days": false, "age_on": false, "div": false, "double": false,
	"exists": true, "all": true, "exists_one": true, "filter": true, "map": true,
	"contains": true, "startsWith": true, "endsWith": true,
}

var refused = map[string]string{
	"/":    "除法请写成 div(a, b)：除数为零时结果是“未知”",
	"%":    "表达式里没有取余运算",
	"null": "表达式里没有 null：用 has(…) 问一个事实是否已知",
	"[":    "不能按位置取值（如 m[0]）：用 exists、filter",
	"{":    "表达式里不能写 {…}",
}

// patch turns the pack's way of writing into plain CEL: whole numbers become doubles and size(x) becomes double(size(x)).
// It refuses, by name, what the profile leaves out.
func patch(src string) (string, shifts, []Complaint) {
	toks, bad := lex(src)
	if len(bad) > 0 {
		return "", nil, bad
	}
	if len(toks) == 0 {
		return "", nil, []Complaint{{Say: "表达式是空的"}}
	}
	type insert struct {
		at   int
		text string
	}
	var ins []insert
	for i, t := range toks {
		next := func(k int) string {
			if i+k < len(toks) {
				return toks[i+k].text
			}
			return ""
		}
		prev := ""
		if i > 0 {
			prev = toks[i-1].text
		}
		switch {
		case t.kind == 'n' && strings.HasSuffix(strings.ToLower(t.text), "u") || t.kind == 'n' && strings.HasPrefix(strings.ToLower(t.text), "0x"):
			bad = append(bad, Complaint{t.off, "数字只能写成十进制，如 16 或 0.5"})
		case t.kind == 'n' && !strings.ContainsAny(t.text, ".eE"):
			ins = append(ins, insert{t.off + utf8.RuneCountInString(t.text), ".0"})
		case t.kind == 'i' && next(1) == "(" && t.text != "in":
			member, known := allowed[t.text]
			switch {
			case !known:
				bad = append(bad, Complaint{t.off, fmt.Sprintf("不能用函数 %s：只有 size、has、days、age_on、div、exists、all、exists_one、filter、map、contains、startsWith、endsWith", t.text)})
			case member != (prev == "."):
				if member {
					bad = append(bad, Complaint{t.off, fmt.Sprintf("%s 要写在点后面，如 m.%s(…)", t.text, t.text)})
				} else {
					bad = append(bad, Complaint{t.off, fmt.Sprintf("%s 要写成 %s(…)，不写在点后面", t.text, t.text)})
				}
			case member && slices.Contains([]string{"h", "m", "me", "v", "p", "today"}, next(2)) && next(3) == ",":
				bad = append(bad, Complaint{toks[i+2].off, fmt.Sprintf("%s 里的人不能叫 %s：换一个名字，如 x", t.text, next(2))})
			case t.text == "size":
				doubled := i > 1 && prev == "(" && toks[i-2].text == "double"
				if end := closing(toks, i+1); end >= 0 && !doubled {
					ins = append(ins, insert{t.off, "double("}, insert{toks[end].off + 1, ")"})
				}
			}
		case t.text == "[" && i > 0 && (toks[i-1].kind == 'i' && prev != "in" || prev == ")" || prev == "]"), t.kind == 'o' && t.text != "[" && refused[t.text] != "", t.kind == 'i' && refused[t.text] != "":
			bad = append(bad, Complaint{t.off, refused[t.text]})
		}
	}
	if len(bad) > 0 {
		return "", nil, bad
	}
	slices.SortStableFunc(ins, func(a, b insert) int { return a.at - b.at })
	var b strings.Builder
	var sh shifts
	runes := []rune(src)
	last := 0
	for _, x := range ins {
		b.WriteString(string(runes[last:x.at]))
		b.WriteString(x.text)
		last = x.at
		sh = append(sh, shift{x.at, len(x.text)})
	}
	b.WriteString(string(runes[last:]))
	return strings.TrimSpace(b.String()), sh, nil
}

func closing(toks []token, open int) int {
	depth := 0
	for i := open; i < len(toks); i++ {
		switch toks[i].text {
		case "(":
			depth++
		case ")":
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

func lex(src string) ([]token, []Complaint) {
	var out []token
	r := []rune(src)
	isWord := func(c rune) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for i := 0; i < len(r); {
		c := r[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '"' || c == '\'':
			for i++; i < len(r) && r[i] != c; i++ {
				if r[i] == '\\' {
					i++
				}
			}
			if i >= len(r) {
				return nil, []Complaint{{start, "引号没有配对"}}
			}
			i++
			out = append(out, token{'s', string(r[start:i]), start})
		case c >= '0' && c <= '9':
			for i < len(r) && (isWord(r[i]) || r[i] == '.' && i+1 < len(r) && r[i+1] >= '0' && r[i+1] <= '9' ||
				(r[i] == '+' || r[i] == '-') && (r[i-1] == 'e' || r[i-1] == 'E')) {
				i++
			}
			out = append(out, token{'n', string(r[start:i]), start})
		case isWord(c):
			for i < len(r) && isWord(r[i]) {
				i++
			}
			out = append(out, token{'i', string(r[start:i]), start})
		case c >= 0x80:
			say := fmt.Sprintf("表达式里出现了“%c”：事实只用英文代码，文字要放在引号里", c)
			if strings.ContainsRune("，。（）“”‘’；：！＞＜＝", c) {
				say = fmt.Sprintf("表达式里出现了中文标点“%c”：请用英文标点", c)
			}
			return nil, []Complaint{{start, say}}
		default:
			i++
			out = append(out, token{'o', string(c), start})
		}
	}
	return out, nil
}

// leavesOf splits an expression at its logical operators and returns what each piece reads.
func leavesOf(text string) [][]Read {
	toks, _ := lex(text)
	out := [][]Read{nil}
	for i, t := range toks {
		if t.kind == 'o' && strings.Contains("&|?:", t.text) {
			out = append(out, nil)
		}
		if i < 2 || t.kind != 'i' || toks[i-1].text != "." || toks[i-2].kind != 'i' || i > 2 && toks[i-3].text == "." || i+1 < len(toks) && toks[i+1].text == "(" {
			continue
		}
		root := toks[i-2].text
		if !slices.Contains([]string{"h", "me", "v", "p"}, root) {
			root = "m"
		}
		out[len(out)-1] = append(out[len(out)-1], Read{root, t.text})
	}
	return slices.DeleteFunc(out, func(l []Read) bool { return l == nil })
}

// offset turns a line and column of the expression engine into a character offset.
func offset(text string, line, col int) (int, bool) {
	off := 0
	for n, l := range strings.SplitAfter(text, "\n") {
		if n+1 == line {
			return off + col, true
		}
		off += utf8.RuneCountInString(l)
	}
	return off, false
}

var (
	reField    = regexp.MustCompile(`undefined field '([^']*)'`)
	reName     = regexp.MustCompile(`undeclared reference to '([^']*)'`)
	reOverload = regexp.MustCompile(`found no matching overload for '([^']*)' applied to '(.*)'`)
	reRange    = regexp.MustCompile(`expression of type '([^']*)' cannot be range`)
	reExpect   = regexp.MustCompile(`expected type '([^']*)' but found '([^']*)'`)
	reSyntax   = regexp.MustCompile(`Syntax error: [a-z ]*(?:at )?'([^']*)'`)
)

// translate says in Chinese what the expression engine found, and how far right of its place the culprit stands.
func translate(msg, text string, off int) (string, int) {
	if m := reField.FindStringSubmatch(msg); m != nil {
		r := []rune(text)
		fix := 0
		if off < len(r) && r[off] == '.' {
			fix = 1
		}
		root := ""
		for i := off - 1; i >= 0 && (r[i] == '_' || r[i] >= '0' && r[i] <= 'z'); i-- {
			root = string(r[i]) + root
		}
		where := map[string]string{"h": "户的事实", "me": "人的事实", "v": "村的事实", "p": "参数"}[root]
		if where == "" {
			where = "事实"
		}
		return fmt.Sprintf("没有代码为 %s 的%s：先登记，或改正代码", m[1], where), fix
	}
	if m := reName.FindStringSubmatch(msg); m != nil {
		if m[1] == "me" {
			return "这里没有 me：me 只用于 of: person 的规则、计算项和 of: member 的栏目", 0
		}
		return fmt.Sprintf("不认识 %s：只能用 h、m、me、v、p、today", m[1]), 0
	}
	if m := reOverload.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("%s 不能用在 %s 上", opName(m[1]), typeName(m[2])), 0
	}
	if m := reRange.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("%s不是列表，不能用 exists、all、filter、map", typeName(m[1])), 0
	}
	if m := reExpect.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("这里要%s，得到的是%s", typeName(m[1]), typeName(m[2])), 0
	}
	if m := reSyntax.FindStringSubmatch(msg); m != nil {
		if m[1] == "" || m[1] == "<EOF>" {
			return "表达式没有写完", 0
		}
		return fmt.Sprintf("表达式在“%s”处看不懂", m[1]), 0
	}
	return "表达式有误：" + msg, 0
}

func opName(s string) string {
	s = strings.Trim(s, "_")
	return strings.NewReplacer("?_:", "?:", "@in", "in").Replace(s)
}

func typeName(s string) string {
	return strings.NewReplacer("list(string)", "多个文字", "list(Person)", "家庭成员列表", "string", "文字", "double", "数值", "bool", "是/否",
		"Household", "户", "Person", "人", "Village", "村", "Params", "参数表", "int", "整数", "list", "列表").Replace(s)
}
