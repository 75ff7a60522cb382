package intake

import (
	"slices"
	"strings"
)

// codeList finds a code by the spellings of its entry.
type codeList struct {
	bySpelling map[string]string
	order      map[string]int
	names      []string // for messages
	longest    int
}

func newCodeList(l List) *codeList {
	c := &codeList{bySpelling: map[string]string{}, order: map[string]int{}}
	for i, e := range l.Entries {
		c.order[e.Code] = i
		c.names = append(c.names, e.Name)
	}
	// Names go first, so that no alias can take another entry's name.
	for _, e := range l.Entries {
		c.bySpelling[codeKey(e.Name)] = e.Code
	}
	for _, e := range l.Entries {
		for _, a := range e.Aliases {
			if _, taken := c.bySpelling[codeKey(a)]; !taken {
				c.bySpelling[codeKey(a)] = e.Code
			}
		}
	}
	return c
}

// codeKey is the form in which spellings are compared: no spaces, half-width, no numbering in front.
func codeKey(s string) string {
	s = strings.ToUpper(strings.ReplaceAll(tight(s), ",", "、"))
	if i := strings.IndexAny(s, ".、)"); i > 0 && i <= 2 && i+1 < len(s) {
		if _, ok := digits(s[:i]); ok {
			s = strings.TrimPrefix(s[i:], "、")
			s = strings.TrimLeft(s, ".)")
		}
	}
	return s
}

// find returns the code of one value.
func (c *codeList) find(s string) (string, bool) {
	code, ok := c.bySpelling[codeKey(s)]
	return code, ok
}

// separators between the values of one cell. A name may contain one itself (种苗、化肥等物资帮扶).
const separators = ",，、;；/|\n+ "

// findAll splits a cell into values, the longest known names first, and returns their codes in the
// list's order, each once, and the pieces it does not know.
func (c *codeList) findAll(s string) (codes, unknown []string) {
	s = strings.Trim(strings.ReplaceAll(s, "\r", ""), separators+"。.　")
	if code, ok := c.find(s); ok {
		return []string{code}, nil
	}
	pieces := pieces(s)
	seen := map[string]bool{}
	for i := 0; i < len(pieces); {
		found := false
		for j := min(len(pieces), i+12); j > i && !found; j-- {
			code, ok := c.find(s[pieces[i].from:pieces[j-1].to])
			if ok {
				if !seen[code] {
					seen[code] = true
					codes = append(codes, code)
				}
				i, found = j, true
			}
		}
		if !found {
			unknown = append(unknown, s[pieces[i].from:pieces[i].to])
			i++
		}
	}
	slices.SortFunc(codes, func(a, b string) int { return c.order[a] - c.order[b] })
	return codes, unknown
}

type span struct{ from, to int }

func pieces(s string) []span {
	var out []span
	from := -1
	for i, r := range s {
		if strings.ContainsRune(separators, r) || r == '　' {
			if from >= 0 {
				out = append(out, span{from, i})
			}
			from = -1
		} else if from < 0 {
			from = i
		}
	}
	if from >= 0 {
		out = append(out, span{from, len(s)})
	}
	return out
}

// some is a list of a few names for a message.
func (c *codeList) some() string {
	const few = 8
	if len(c.names) <= few {
		return strings.Join(c.names, "、")
	}
	return strings.Join(c.names[:few], "、") + "等"
}
