package roster

import (
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// surnames are read otherwise as a family name than the library reads the character.
var surnames = map[rune]byte{
	'单': 's', '曾': 'z', '仇': 'q', '解': 'x', '查': 'z', '盖': 'g', '任': 'r', '尉': 'y', '乐': 'y', '区': 'o', '朴': 'p', '缪': 'm', '翟': 'z',
	'种': 'c', '重': 'c', '晁': 'c', '召': 's', '折': 's', '冼': 'x', '洗': 'x', '员': 'y', '繁': 'p', '宓': 'm', '秘': 'b', '燕': 'y', '覃': 'q', '郇': 'x',
	'令': 'l', '阚': 'k', '那': 'n', '祭': 'z', '逄': 'p', '褚': 'c', '车': 'c', '佴': 'n', '乜': 'n', '黑': 'h', '盛': 's', '肖': 'x', '葛': 'g', '宁': 'n', '哈': 'h', '纪': 'j', '应': 'y', '占': 'z', '詹': 'z',
}

var pinyinArgs = pinyin.Args{Style: pinyin.FirstLetter, Separator: ""}

// firstHan to lastHan are the characters whose initials are remembered; names are made of a few thousand of them.
const firstHan, lastHan = 0x4E00, 0x9FFF

var initials [lastHan - firstHan + 1]atomic.Pointer[string]

func initial(r rune) string {
	common := r >= firstHan && r <= lastHan
	if common {
		if s := initials[r-firstHan].Load(); s != nil {
			return *s
		}
	}
	s := ""
	if p := pinyin.SinglePinyin(r, pinyinArgs); len(p) > 0 {
		s = p[0]
	}
	if common {
		initials[r-firstHan].Store(&s)
	}
	return s
}

// Initials returns the pinyin initials of a name ("李建国" → "ljg"), by which people search.
func Initials(name string) string {
	var b strings.Builder
	for i, r := range []rune(name) {
		switch {
		case i == 0 && surnames[r] != 0:
			b.WriteByte(surnames[r])
		case unicode.Is(unicode.Han, r):
			b.WriteString(initial(r))
		case r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
