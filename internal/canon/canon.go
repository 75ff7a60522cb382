// Package canon is the one byte form of a value: RFC 8785 in a narrow profile (objects, arrays,
// strings in NFC, booleans, integers within ±(2^53−1); no floats, no nulls). Two programs that
// agree on a value agree on its bytes, and so on its SHA-256. The corpus in testdata/conformance
// holds the Go and the TypeScript form together.
package canon

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxInt is the largest integer of the profile; JavaScript holds it exactly.
const MaxInt = 1<<53 - 1

// maxDepth bounds nesting, so that no input can exhaust the stack.
const maxDepth = 64

// Object is a JSON object of the profile.
type Object = map[string]any

// Part is an object of which only some keys are written: no copy is made of the rest.
type Part struct {
	Of   Object
	Keep func(key string) bool
}

// Marshal returns the canonical bytes of v, built of Object, Part, []any, string, bool and integers
// (and slices or maps of strings). Anything else is an error naming the place.
func Marshal(v any) ([]byte, error) {
	w := spare.Get().(*[]byte)
	defer spare.Put(w)
	b, err := appendValue((*w)[:0], v, 0)
	if err != nil {
		return nil, said(err)
	}
	keep(w, b)
	return bytes.Clone(b), nil
}

// Append appends the canonical bytes of v, for whoever writes a larger value piece by piece and keeps its keys in order himself.
func Append(dst []byte, v any) ([]byte, error) {
	b, err := appendValue(dst, v, 0)
	if err != nil {
		return nil, said(err)
	}
	return b, nil
}

// AppendText is Append of a text, which it does not put into an interface.
func AppendText(dst []byte, s string) ([]byte, error) { return appendString(dst, s) }

// spare are buffers to write in: a value's bytes are copied out once their length is known.
var spare = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// keep leaves a buffer that grew for the next value, unless it grew very large.
func keep(w *[]byte, b []byte) {
	if cap(b) <= 1<<20 {
		*w = b[:0]
	}
}

// Hash returns the lower-case hex SHA-256 of v's canonical bytes.
func Hash(v any) (string, error) {
	w := spare.Get().(*[]byte)
	defer spare.Put(w)
	b, err := appendValue((*w)[:0], v, 0)
	if err != nil {
		return "", said(err)
	}
	keep(w, b)
	return HashBytes(b), nil
}

// Equal reports whether two values of the profile have the same canonical bytes. A list of strings may be []string on one side.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case Object:
		y, ok := b.(Object)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !Equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		if y, ok := b.([]string); ok {
			return Equal(y, x)
		}
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, Equal)
	case []string:
		if y, ok := b.([]string); ok {
			return slices.Equal(x, y)
		}
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, func(s string, v any) bool { t, ok := v.(string); return ok && s == t })
	case string, bool, int64:
		return a == b
	default: // what is rare is written out
		h, err1 := Hash(a)
		g, err2 := Hash(b)
		return err1 == nil && err2 == nil && h == g
	}
}

// HashBytes returns the lower-case hex SHA-256 of b.
func HashBytes(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// placed is an error with its place, which is put together only when there is an error.
type placed struct {
	path string
	why  error
}

func (p *placed) Error() string { return p.path + ": " + p.why.Error() }

func (p *placed) Unwrap() error { return p.why }

func in(path string, err error) error {
	if p, ok := err.(*placed); ok {
		return &placed{path + p.path, p.why}
	}
	return &placed{path, err}
}

// said gives an error of the whole value an empty place, as those of its parts have theirs.
func said(err error) error {
	if _, ok := err.(*placed); ok {
		return err
	}
	return &placed{"", err}
}

func appendValue(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch x := v.(type) {
	case string:
		return appendString(dst, x)
	case bool:
		return strconv.AppendBool(dst, x), nil
	case int:
		return appendInt(dst, int64(x))
	case int64:
		return appendInt(dst, x)
	case json.Number:
		n, err := strconv.ParseInt(string(x), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not an integer", x)
		}
		return appendInt(dst, n)
	case Object:
		return appendObject(dst, x, nil, depth)
	case Part:
		return appendObject(dst, x.Of, x.Keep, depth)
	case map[string]string:
		o := make(Object, len(x))
		for k, s := range x {
			o[k] = s
		}
		return appendObject(dst, o, nil, depth)
	case []any:
		return appendList(dst, x, func(dst []byte, e any) ([]byte, error) { return appendValue(dst, e, depth+1) })
	case []string:
		return appendList(dst, x, appendString)
	case []Object:
		return appendList(dst, x, func(dst []byte, e Object) ([]byte, error) { return appendValue(dst, e, depth+1) })
	case nil:
		return nil, errors.New("null is outside the profile")
	default:
		return nil, fmt.Errorf("%T is outside the profile", v)
	}
}

func appendList[T any](dst []byte, list []T, one func([]byte, T) ([]byte, error)) ([]byte, error) {
	dst = append(dst, '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = one(dst, e); err != nil {
			return nil, in("["+strconv.Itoa(i)+"]", err)
		}
	}
	return append(dst, ']'), nil
}

func appendInt(dst []byte, n int64) ([]byte, error) {
	if n > MaxInt || n < -MaxInt {
		return nil, fmt.Errorf("integer %d is beyond 2^53-1", n)
	}
	return strconv.AppendInt(dst, n, 10), nil
}

// usual is how many keys most objects have at most: their order is found without asking for memory.
const usual = 48

func appendObject(dst []byte, o Object, kept func(string) bool, depth int) ([]byte, error) {
	var room [usual]string
	keys := room[:0]
	// Below U+E000 the order of UTF-8 bytes is that of UTF-16 units, and cheaper to have.
	low := true
	for k := range o {
		if kept != nil && !kept(k) {
			continue
		}
		keys = append(keys, k)
		low = low && isLow(k)
	}
	if low {
		slices.Sort(keys)
	} else {
		slices.SortFunc(keys, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
	}
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendString(dst, k); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = appendValue(dst, o[k], depth+1); err != nil {
			return nil, in("."+k, err)
		}
	}
	return append(dst, '}'), nil
}

func isLow(k string) bool {
	for i := 0; i < len(k); i++ {
		if k[i] >= 0xEE {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, s string) ([]byte, error) {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"'), nil
	}
	if !utf8.ValidString(s) {
		return nil, errors.New("not valid UTF-8")
	}
	if !normal(s) {
		return nil, errors.New("text is not in Unicode NFC")
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"'), nil
}

// normal is norm.NFC.IsNormalString of a valid text, quicker for what nearly all are made of: ASCII, ideographs and the
// punctuation between them, which nothing joins or takes apart.
func normal(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			continue
		}
		ideograph := c >= 0xE4 && c <= 0xE9                  // U+4000 to U+9FFF
		sign := c == 0xE3 && s[i+1] == 0x80 && s[i+2] < 0xAA // U+3000 to U+3029
		wide := c == 0xEF && s[i+1] == 0xBC                  // U+FF00 to U+FF3F
		if !ideograph && !sign && !wide {
			return norm.NFC.IsNormalString(s)
		}
		i += 3
	}
	return true
}

// From turns a Go value into the profile's values through its JSON tags; a null or a fraction is an
// error. For wire types and reports, not for hot paths.
func From(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Parse(b)
}
