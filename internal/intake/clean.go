package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// settled holds for texts of ASCII and ideographs (U+4000 to U+9FFF) only, which is nearly all: nothing in them is made another.
func settled(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= ' ' && c < 0x7F:
		case c >= 0xE4 && c <= 0xE9 && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80:
			i += 2
		default:
			return false
		}
	}
	return true
}

// clean is the normal form of a text: NFC, full-width digits, letters and spaces made half-width,
// spaces of every kind made plain and trimmed, control and zero-width characters dropped. Chinese
// punctuation stays.
func clean(s string) string {
	if settled(s) {
		return strings.Trim(s, " ")
	}
	return cleaned(s)
}

func cleaned(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u3000' || unicode.Is(unicode.Zs, r):
			r = ' '
		case r < ' ' || r >= 0x7F && r < 0xA0, r == utf8.RuneError,
			r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r == 0x2060, r == 0xFEFF:
			continue
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
			r -= 0xFEE0
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(strings.Trim(b.String(), " "))
}

// half makes the punctuation that numbers and labels are written with half-width too.
var half = strings.NewReplacer("（", "(", "）", ")", "，", ",", "．", ".", "。", ".", "－", "-", "—", "-", "–", "-", "−", "-", "／", "/", "：", ":",
	"％", "%", "＊", "*", "【", "[", "】", "]", "～", "~", "＋", "+")

// tight is clean without any space, with half-width punctuation: the form in which numbers, labels and
// names of places are compared.
func tight(s string) string {
	if settled(s) {
		return strings.ReplaceAll(s, " ", "")
	}
	return norm.NFC.String(strings.ReplaceAll(half.Replace(clean(s)), " ", "")) // without its space an accent may join its letter
}

// units that may stand in brackets behind a label.
var labelUnits = map[string]bool{
	"元": true, "万元": true, "元/年": true, "元/月": true, "亩": true, "平方米": true, "㎡": true, "m2": true, "人": true, "户": true,
	"个": true, "月": true, "个月": true, "公里": true, "千米": true, "km": true, "%": true, "岁": true, "必填": true, "选填": true, "多选": true, "单选": true,
}

// labelKey is the form in which labels are compared; a unit or "必填" in brackets at its end is cut off.
func labelKey(s string) string {
	key, _ := splitLabel(s)
	return key
}

// splitLabel also gives the unit.
func splitLabel(s string) (key, unit string) {
	key = strings.ToLower(strings.Trim(tight(s), "*:"))
	for strings.HasSuffix(key, ")") {
		i := strings.LastIndexByte(key, '(')
		if i <= 0 || !labelUnits[key[i+1:len(key)-1]] {
			break
		}
		if u := key[i+1 : len(key)-1]; unit == "" {
			unit = u
		}
		key = strings.Trim(key[:i], "*:")
	}
	return key, unit
}

var dots = strings.NewReplacer("•", "·", "・", "·", "．", "·", "‧", "·", "∙", "·")

// personName is a name as it is kept: no spaces between Chinese characters, one kind of middle dot.
func personName(s string) string {
	if s = clean(s); !settled(s) {
		s = dots.Replace(s)
	}
	if !strings.ContainsRune(s, ' ') {
		return s
	}
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		if r == ' ' && (i+1 < len(runes) && runes[i+1] == ' ' || i > 0 && unicode.Is(unicode.Han, runes[i-1]) || i+1 < len(runes) && unicode.Is(unicode.Han, runes[i+1])) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
