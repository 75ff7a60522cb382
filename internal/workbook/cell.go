package workbook

// cellHead is what the tag of a cell says.
type cellHead struct {
	ref, style, kind []byte // raw; empty when absent
	single           bool
}

// headOf reads a cell's tag in whatever form it has.
func headOf(t token) cellHead {
	h := cellHead{single: t.single}
	for rest := t.attrs; ; {
		key, value, after, ok := nextAttr(rest)
		if !ok {
			return h
		}
		rest = after
		if len(key) == 1 && len(value) > 0 {
			h.take(key[0], value)
		}
	}
}

func (h *cellHead) take(key byte, value []byte) {
	switch key {
	case 'r':
		h.ref = value
	case 's':
		h.style = value
	case 't':
		h.kind = value
	}
}

// cellHead is the short way through the tag of a cell as nearly all programs write it, <c r="A1" s="2" t="s">, where it stands
// here whole. Otherwise it moves nothing.
func (s *scanner) cellHead() (h cellHead, ok bool) {
	b := s.buf[s.r:s.w]
	if len(b) < 3 || b[0] != '<' || b[1] != 'c' || b[2] != ' ' {
		return h, false
	}
	for i := 3; i+3 < len(b) && b[i] > ' ' && b[i+1] == '=' && b[i+2] == '"'; {
		from := i + 3
		to := from
		for to < len(b) && b[to] != '"' {
			to++
		}
		if to+2 >= len(b) {
			return h, false
		}
		if to > from {
			h.take(b[i], b[from:to])
		}
		switch {
		case b[to+1] == '>':
			s.r += to + 2
			return h, true
		case b[to+1] == '/' && b[to+2] == '>':
			h.single = true
			s.r += to + 3
			return h, true
		case b[to+1] != ' ':
			return h, false
		}
		i = to + 2
	}
	return h, false
}
