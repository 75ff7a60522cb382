package intake

import (
	"strings"
)

// Identity is what a 证件号码 says.
type Identity struct {
	Text   string // the number in its normal form; empty when the person has none (999999…)
	ID     string // the resident ID in it: 18 characters, or 15 of an old one; of a disability certificate its first 18
	Birth  string // YYYY-MM-DD, when ID's date is possible
	Male   bool   // meaningful when ID is not empty
	Code   string // intake.id_shape, intake.id_date or intake.id_check when something is wrong
	Absent bool   // the number says that there is none
}

// ParseIdentity reads an ID number (18 or 15 characters) or a disability certificate (20 or 22). It
// demands no area: a spouse may come from anywhere, and codes of the past are good.
func ParseIdentity(s string) Identity {
	s = clean(strings.ToUpper(strings.TrimLeft(strings.ReplaceAll(tight(s), "-", ""), "'’‘`")))
	if strings.HasPrefix(s, "999999") {
		return Identity{Absent: true}
	}
	id := Identity{Text: s}
	base := s
	switch len(s) {
	case 15:
		return id.old()
	case 18:
	case 20, 22:
		base = s[:18]
		if s[18] < '1' || s[18] > '7' || s[19] < '1' || s[19] > '4' {
			id.Code = "intake.id_shape"
			return id
		}
	default:
		id.Code = "intake.id_shape"
		return id
	}
	for i := range 18 {
		if c := base[i]; (c < '0' || c > '9') && !(i == 17 && c == 'X') {
			id.Code = "intake.id_shape"
			return id
		}
	}
	y, _ := digits(base[6:10])
	m, _ := digits(base[10:12])
	d, _ := digits(base[12:14])
	birth, ok := day(y, m, d)
	if !ok {
		id.Code = "intake.id_date"
		return id
	}
	if idCheck(base) != base[17] {
		id.Code = "intake.id_check"
		return id
	}
	id.ID, id.Birth, id.Male = base, birth, (base[16]-'0')%2 == 1
	return id
}

// old reads a 15-digit number of before 1999: a two-digit year of the 1900s and no check character.
func (id Identity) old() Identity {
	for i := 0; i < 15; i++ {
		if id.Text[i] < '0' || id.Text[i] > '9' {
			id.Code = "intake.id_shape"
			return id
		}
	}
	y, _ := digits(id.Text[6:8])
	m, _ := digits(id.Text[8:10])
	d, _ := digits(id.Text[10:12])
	birth, ok := day(1900+y, m, d)
	if !ok {
		id.Code = "intake.id_date"
		return id
	}
	id.ID, id.Birth, id.Male = id.Text, birth, (id.Text[14]-'0')%2 == 1
	return id
}

// idCheck is the check character of GB 11643 for the first 17 digits.
func idCheck(s string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// parsePhone reads one or several numbers; the normal form is digits joined by 、.
func parsePhone(s string) (string, bool) {
	fields := strings.FieldsFunc(half.Replace(clean(s)), func(r rune) bool { return strings.ContainsRune(",、;；/| ", r) })
	if joined := tight(s); phone(joined) { // 138 0000 0000
		fields = []string{joined}
	}
	out := make([]string, 0, len(fields))
	for _, f := range fields {
		if !phone(f) {
			return "", false
		}
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(f, "-", ""), "+86"), "86"))
	}
	return strings.Join(out, "、"), len(out) > 0
}

// phone accepts a mobile number, or a landline with its area code.
func phone(s string) bool {
	s = strings.TrimPrefix(strings.ReplaceAll(s, "-", ""), "+")
	if len(s) == 13 {
		s = strings.TrimPrefix(s, "86")
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	switch {
	case len(s) == 11 && s[0] == '1':
		return s[1] >= '3'
	case len(s) >= 10 && len(s) <= 12 && s[0] == '0':
		return true
	}
	return false
}
