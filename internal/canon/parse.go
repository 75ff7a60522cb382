package canon

import (
	"fmt"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Parse reads JSON into the profile's values: Object, []any, string, bool, int64. It refuses what
// the profile lacks (fractions, exponents, nulls, doubled keys, text outside NFC, half surrogates,
// bytes after the value), naming the byte. Every act and every row of the register passes here, so
// it is written out rather than built on encoding/json's tokens.
func Parse(b []byte) (any, error) {
	v, _, err := ParseExact(b)
	return v, err
}

// ParseExact is Parse that also reports whether b is the canonical form of what it says, so that it need not be written again.
// It may say no of bytes that are.
func ParseExact(b []byte) (v any, exact bool, err error) {
	p := parsers.Get().(*parser)
	defer func() {
		p.b, p.shared = nil, ""
		p.drop(0)
		parsers.Put(p)
	}()
	p.b, p.i, p.loose = b, 0, false
	if len(b) <= mostShared {
		p.shared = string(b)
	}
	if v, err = p.value(0); err != nil {
		return nil, false, err
	}
	if p.space(); p.i != len(b) {
		return nil, false, p.wrong("bytes after the value")
	}
	return v, !p.loose, nil
}

// mostShared is how long a text may be for all its strings to be parts of one copy of it: one request for memory
// instead of hundreds, but whoever keeps one string keeps them all.
const mostShared = 32 << 10

var parsers = sync.Pool{New: func() any { return &parser{parts: make([]part, 0, 128)} }}

type parser struct {
	b      []byte
	i      int
	shared string // b once more, "" when it is long
	loose  bool   // b holds what the canonical form does not
	parts  []part // of the objects and lists that are not at their end
}

type part struct {
	key string
	v   any
}

// drop forgets the parts from one on.
func (p *parser) drop(from int) {
	clear(p.parts[from:])
	p.parts = p.parts[:from]
}

// cut returns a part of the text as a string.
func (p *parser) cut(from, to int) string {
	if p.shared != "" {
		return p.shared[from:to]
	}
	return string(p.b[from:to])
}

func (p *parser) wrong(why string) error { return fmt.Errorf("canonical JSON: byte %d: %s", p.i, why) }

func (p *parser) space() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
			p.loose = true
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.wrong("nested too deep")
	}
	p.space()
	if p.i >= len(p.b) {
		return nil, p.wrong("ends too early")
	}
	switch c := p.b[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	case c == 't':
		return true, p.word("true")
	case c == 'f':
		return false, p.word("false")
	case c == '-' || (c >= '0' && c <= '9'):
		return p.number()
	case c == 'n':
		return nil, p.wrong("null is outside the profile")
	default:
		return nil, p.wrong("not JSON")
	}
}

func (p *parser) word(w string) error {
	if len(p.b)-p.i < len(w) || string(p.b[p.i:p.i+len(w)]) != w {
		return p.wrong("not JSON")
	}
	p.i += len(w)
	return nil
}

func (p *parser) number() (any, error) {
	start := p.i
	if p.b[p.i] == '-' {
		p.i++
	}
	digits := p.i
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		p.i++
	}
	if p.i < len(p.b) && (p.b[p.i] == '.' || p.b[p.i] == 'e' || p.b[p.i] == 'E') {
		return nil, p.wrong("a number must be a plain integer")
	}
	text := p.b[digits:p.i]
	if len(text) == 0 || (text[0] == '0' && (len(text) > 1 || digits > start)) {
		return nil, p.wrong("not an integer as JSON writes it")
	}
	n, err := strconv.ParseInt(p.cut(start, p.i), 10, 64)
	if err != nil || n > MaxInt || n < -MaxInt {
		return nil, p.wrong("an integer beyond 2^53-1")
	}
	return n, nil
}

func (p *parser) object(depth int) (any, error) {
	p.i++
	first, last := len(p.parts), ""
	if p.space(); p.i < len(p.b) && p.b[p.i] == '}' {
		p.i++
		return Object{}, nil
	}
	for {
		if p.space(); p.i >= len(p.b) || p.b[p.i] != '"' {
			return nil, p.wrong("a key is wanted")
		}
		k, err := p.text()
		if err != nil {
			return nil, err
		}
		// Of keys whose order is not plain to see it is not said that they are in order.
		p.loose = p.loose || (len(p.parts) > first && k <= last) || !isLow(k)
		last = k
		if p.space(); p.i >= len(p.b) || p.b[p.i] != ':' {
			return nil, p.wrong("a colon is wanted")
		}
		p.i++
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, part{k, v})
		end, err := p.more('}')
		if err != nil {
			return nil, err
		}
		if end {
			break
		}
	}
	o := make(Object, len(p.parts)-first)
	for _, x := range p.parts[first:] {
		o[x.key] = x.v
	}
	if len(o) != len(p.parts)-first {
		return nil, p.wrong("a key stands twice")
	}
	p.drop(first)
	return o, nil
}

func (p *parser) array(depth int) (any, error) {
	p.i++
	if p.space(); p.i < len(p.b) && p.b[p.i] == ']' {
		p.i++
		return []any{}, nil
	}
	first := len(p.parts)
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, part{"", v})
		end, err := p.more(']')
		if err != nil {
			return nil, err
		}
		if end {
			break
		}
	}
	a := make([]any, len(p.parts)-first)
	for i, x := range p.parts[first:] {
		a[i] = x.v
	}
	p.drop(first)
	return a, nil
}

// more passes the comma before another element, or the closing bracket.
func (p *parser) more(closing byte) (end bool, err error) {
	p.space()
	if p.i < len(p.b) {
		switch p.b[p.i] {
		case ',':
			p.i++
			return false, nil
		case closing:
			p.i++
			return true, nil
		}
	}
	return false, p.wrong("a comma or the end is wanted")
}

func (p *parser) text() (string, error) {
	p.i++
	start, plain := p.i, true
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			s := p.cut(start, p.i)
			p.i++
			if plain {
				return s, nil
			}
			if !utf8.ValidString(s) {
				return "", p.wrong("not valid UTF-8")
			}
			if !normal(s) {
				return "", p.wrong("text is not in Unicode NFC")
			}
			return s, nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.wrong("a control character in a text")
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return "", p.wrong("a text does not end")
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads on a text that holds an escape; p.i stands on the first one.
func (p *parser) escaped(start int) (string, error) {
	out := append([]byte{}, p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			p.i++
			if !utf8.Valid(out) {
				return "", p.wrong("not valid UTF-8")
			}
			if !norm.NFC.IsNormal(out) {
				return "", p.wrong("text is not in Unicode NFC")
			}
			return string(out), nil
		case c < 0x20:
			return "", p.wrong("a control character in a text")
		case c != '\\':
			out = append(out, c)
			p.i++
			continue
		}
		if p.i+1 >= len(p.b) {
			break
		}
		if e := escapes[p.b[p.i+1]]; e != 0 {
			p.loose = p.loose || e == '/'
			out = append(out, e)
			p.i += 2
			continue
		}
		p.loose = true
		r, n := p.unit(p.i)
		if n == 0 {
			return "", p.wrong("an unknown escape")
		}
		if utf16.IsSurrogate(r) {
			low, m := p.unit(p.i + n)
			if r = utf16.DecodeRune(r, low); m == 0 || r == utf8.RuneError {
				return "", p.wrong("half of a surrogate pair stands alone")
			}
			n += m
		}
		out = utf8.AppendRune(out, r)
		p.i += n
	}
	return "", p.wrong("a text does not end")
}

// unit reads a \uXXXX escape at i and its length, 0 when there is none.
func (p *parser) unit(i int) (rune, int) {
	const length = 6
	if i+length > len(p.b) || p.b[i] != '\\' || p.b[i+1] != 'u' {
		return 0, 0
	}
	n, err := strconv.ParseUint(string(p.b[i+2:i+length]), 16, 32)
	if err != nil {
		return 0, 0
	}
	return rune(n), length
}
