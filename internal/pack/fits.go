package pack

import (
	"slices"

	"gonggu/internal/clock"
)

// maxText bounds a text that a person gives as a fact, in bytes.
const maxText = 2000

// Fits reports whether a value is of a fact's type: texts, int64, bool, []string, codes of the list.
func (p *Pack) Fits(typ, list string, v any) bool {
	switch typ {
	case "text", "photo": // a photo is named by its hash
		s, ok := v.(string)
		return ok && len(s) <= maxText
	case "bool":
		_, ok := v.(bool)
		return ok
	case "int", "money", "hundredths", "ppm":
		_, ok := v.(int64)
		return ok
	case "day":
		s, ok := v.(string)
		return ok && clock.ValidDay(s)
	case "month":
		s, ok := v.(string)
		return ok && clock.ValidDay(s+"-01")
	case "code":
		s, ok := v.(string)
		return ok && p.inList(list, s)
	case "codes":
		l, ok := v.([]string)
		return ok && !slices.ContainsFunc(l, func(s string) bool { return !p.inList(list, s) })
	default:
		return false
	}
}

func (p *Pack) inList(list, code string) bool {
	i := slices.IndexFunc(p.Codes, func(l CodeList) bool { return l.ID == list })
	return i >= 0 && slices.ContainsFunc(p.Codes[i].Entries, func(e Entry) bool { return e.Code == code })
}
