package workbook

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"
)

// scanner pulls tags and text out of XML. It checks only what reading a workbook needs, resolves no
// entity but the five of XML and numbers, and refuses a document type definition. Slices it returns
// are good until the next call.
type scanner struct {
	src  io.Reader
	buf  []byte
	r, w int
	eof  error // what src ended with; io.EOF for a clean end
}

// token is one tag: its local name (the prefix cut off), its raw attributes, and how it stands.
type token struct {
	name    []byte
	attrs   []byte
	closing bool // </name>
	single  bool // <name/>
}

const (
	scanBuffer = 128 << 10
	maxTag     = 4 << 20
)

// newScanner decodes what r declares to be its encoding and starts before its first tag.
func newScanner(r io.Reader) (*scanner, error) {
	s := &scanner{src: r, buf: make([]byte, scanBuffer)}
	if err := s.fill(); err != nil && err != io.EOF {
		return nil, err
	}
	head := s.buf[:s.w]
	decode, skip := encodingOf(head)
	if decode != nil {
		rest := append([]byte(nil), head[skip:]...)
		s.src, s.w, s.eof = decode(io.MultiReader(bytes.NewReader(rest), failing{s.src, s.eof})), 0, nil
		return s, nil
	}
	s.r = skip
	return s, nil
}

// failing goes on with r unless it has already ended.
type failing struct {
	r   io.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.r.Read(p)
}

// fill reads more behind the unread bytes; it returns an error only when nothing more came.
func (s *scanner) fill() error {
	if s.eof != nil {
		return s.eof
	}
	if s.r > 0 {
		copy(s.buf, s.buf[s.r:s.w])
		s.w -= s.r
		s.r = 0
	}
	if s.w == len(s.buf) {
		if len(s.buf) >= maxTag {
			return errDamaged
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.w:])
		s.w += n
		if err != nil {
			s.eof = err
		}
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// next skips text and returns the next tag; io.EOF at the end of the document.
func (s *scanner) next() (token, error) {
	for {
		b := s.buf[s.r:s.w]
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			s.r = s.w
			if err := s.fill(); err != nil {
				return token{}, err
			}
			continue
		}
		s.r += i
		if raw := simpleTag(b[i:]); raw != nil {
			s.r += len(raw) + 2
			return parseTag(raw), nil
		}
		end, err := s.tagEnd()
		if err != nil {
			return token{}, err
		}
		if end == 0 { // a comment, CDATA or instruction, already skipped
			continue
		}
		raw := s.buf[s.r+1 : s.r+end]
		s.r += end + 1
		return parseTag(raw), nil
	}
}

// simpleTag returns what stands between the < at the start of b and its > when that needs no careful
// look: no markup, no quoted '>' possible. Nearly all tags are such; nil sends the rest to tagEnd.
func simpleTag(b []byte) []byte {
	if len(b) < 3 || b[1] == '!' || b[1] == '?' {
		return nil
	}
	end := bytes.IndexByte(b, '>')
	if end < 2 {
		return nil
	}
	raw := b[1:end]
	last := len(raw) - 1
	if raw[last] == '/' {
		last--
	}
	switch {
	case bytes.IndexByte(raw, '"') < 0 && bytes.IndexByte(raw, '\'') < 0:
		return raw
	case last > 0 && raw[last] == '"' && raw[last-1] != '=' && raw[last-1] > ' ' && bytes.IndexByte(raw, '\'') < 0:
		return raw
	}
	return nil
}

// value is the short way through the commonest cells: it appends the text between open (which must
// stand here) and the first tag, if that is shut, to dst. Otherwise it moves nothing.
func (s *scanner) value(dst []byte, open, shut string) ([]byte, bool) {
	b := s.buf[s.r:s.w]
	if len(b) < len(open) || string(b[:len(open)]) != open {
		return dst, false
	}
	b = b[len(open):]
	i := bytes.IndexByte(b, '<')
	if i < 0 || len(b)-i < len(shut) || string(b[i:i+len(shut)]) != shut {
		return dst, false
	}
	s.r += len(open) + i + len(shut)
	return appendUnescaped(dst, b[:i]), true
}

// tagEnd returns the offset of the '>' that ends the tag at s.r, or 0 after skipping a tag that is none.
func (s *scanner) tagEnd() (int, error) {
	for s.w-s.r < 2 {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	switch s.buf[s.r+1] {
	case '!':
		return 0, s.skipMarkup()
	case '?':
		return 0, s.skipTo("?>")
	}
	var quote byte
	for i := 1; ; i++ {
		if s.r+i == s.w {
			if err := s.more(); err != nil {
				return 0, err
			}
		}
		switch c := s.buf[s.r+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, nil
		}
	}
}

// more is fill where an end of the document is damage.
func (s *scanner) more() error {
	err := s.fill()
	if err == io.EOF {
		return errDamaged
	}
	return err
}

func (s *scanner) skipMarkup() error {
	for s.w-s.r < 9 {
		if err := s.fill(); err != nil {
			break
		}
	}
	rest := s.buf[s.r:s.w]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.r += 4
		return s.skipTo("-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return s.skipTo("]]>")
	}
	return errUnsafe
}

func (s *scanner) skipTo(mark string) error {
	for {
		if i := bytes.Index(s.buf[s.r:s.w], []byte(mark)); i >= 0 {
			s.r += i + len(mark)
			return nil
		}
		if keep := len(mark) - 1; s.w-s.r > keep {
			s.r = s.w - keep
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// text appends the unescaped text up to the next tag to dst; limit bounds dst's length.
func (s *scanner) text(dst []byte, limit int) ([]byte, error) {
	for {
		i := bytes.IndexByte(s.buf[s.r:s.w], '<')
		for i < 0 {
			if s.w-s.r > limit*8 {
				return dst, errCellLong
			}
			if err := s.more(); err != nil {
				return dst, err
			}
			i = bytes.IndexByte(s.buf[s.r:s.w], '<')
		}
		dst = appendUnescaped(dst, s.buf[s.r:s.r+i])
		s.r += i
		if len(dst) > limit {
			return dst, errCellLong
		}
		for s.w-s.r < 9 && s.fill() == nil {
		}
		rest := s.buf[s.r:s.w]
		if len(rest) < 2 || rest[1] != '!' {
			return dst, nil
		}
		if !bytes.HasPrefix(rest, []byte("<![CDATA[")) {
			if err := s.skipMarkup(); err != nil {
				return dst, err
			}
			continue
		}
		s.r += 9
		var err error
		if dst, err = s.cdata(dst, limit); err != nil {
			return dst, err
		}
	}
}

func (s *scanner) cdata(dst []byte, limit int) ([]byte, error) {
	for {
		if i := bytes.Index(s.buf[s.r:s.w], []byte("]]>")); i >= 0 {
			dst = append(dst, s.buf[s.r:s.r+i]...)
			s.r += i + 3
			return dst, nil
		}
		if s.w-s.r > limit {
			return dst, errCellLong
		}
		if err := s.more(); err != nil {
			return dst, err
		}
	}
}

func parseTag(raw []byte) token {
	var t token
	if len(raw) > 0 && raw[0] == '/' {
		t.closing = true
		raw = raw[1:]
	} else if n := len(raw); n > 0 && raw[n-1] == '/' {
		t.single = true
		raw = raw[:n-1]
	}
	start, end := 0, len(raw)
	for i, c := range raw {
		if c == ':' {
			start = i + 1
		} else if c <= ' ' {
			end = i
			t.attrs = raw[i:]
			break
		}
	}
	t.name = raw[start:end]
	return t
}

// attr returns the raw value of the attribute with this local name, nil when absent.
func (t token) attr(name string) []byte {
	rest := t.attrs
	for {
		var key, value []byte
		var ok bool
		if key, value, rest, ok = nextAttr(rest); !ok {
			return nil
		}
		if string(key) == name {
			return value
		}
	}
}

// attrText is attr with its entities resolved.
func (t token) attrText(name string) string {
	return string(appendUnescaped(nil, t.attr(name)))
}

// nextAttr splits the first name="value" off; the name without its prefix.
func nextAttr(b []byte) (key, value, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	start := i
	for i < len(b) && b[i] != '=' && b[i] > ' ' {
		if b[i] == ':' {
			start = i + 1
		}
		i++
	}
	key = b[start:i]
	for i < len(b) && b[i] != '"' && b[i] != '\'' {
		i++
	}
	if i >= len(b) || len(key) == 0 {
		return nil, nil, nil, false
	}
	end := bytes.IndexByte(b[i+1:], b[i])
	if end < 0 {
		return nil, nil, nil, false
	}
	return key, b[i+1 : i+1+end], b[i+2+end:], true
}

// appendUnescaped resolves XML's entities and Excel's _xHHHH_, and makes \r\n one \n.
func appendUnescaped(dst, src []byte) []byte {
	plain := true
	for _, c := range src {
		if c == '&' || c == '_' || c == '\r' {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, src...)
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '&':
			n := 0
			if dst, n = appendEntity(dst, src[i:]); n > 0 {
				i += n
				continue
			}
		case c == '_' && i+7 <= len(src) && src[i+1] == 'x' && src[i+6] == '_':
			if v, err := strconv.ParseUint(string(src[i+2:i+6]), 16, 16); err == nil {
				dst = utf8.AppendRune(dst, rune(v))
				i += 7
				continue
			}
		case c == '\r':
			if i+1 >= len(src) || src[i+1] != '\n' {
				dst = append(dst, '\n')
			}
			i++
			continue
		}
		dst = append(dst, src[i])
		i++
	}
	return dst
}

// appendEntity resolves the entity at the start of b and returns its length, 0 when it is none we know.
func appendEntity(dst, b []byte) ([]byte, int) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return dst, 0
	}
	name := b[1:end]
	if name[0] == '#' {
		base, digits := 10, name[1:]
		if len(digits) > 1 && (digits[0] == 'x' || digits[0] == 'X') {
			base, digits = 16, digits[1:]
		}
		v, err := strconv.ParseUint(string(digits), base, 32)
		if err != nil || v > utf8.MaxRune {
			return dst, 0
		}
		return utf8.AppendRune(dst, rune(v)), end + 1
	}
	var c byte
	switch string(name) {
	case "amp":
		c = '&'
	case "lt":
		c = '<'
	case "gt":
		c = '>'
	case "quot":
		c = '"'
	case "apos":
		c = '\''
	default:
		return dst, 0
	}
	return append(dst, c), end + 1
}
