// Package canon is the one byte form of a value: RFC 8785 in a narrow profile (objects, arrays,
// strings in NFC, booleans, integers within ±(2^53−1); no floats, no nulls). Two programs that
// agree on a value agree on its bytes, and so on its SHA-256. The corpus in testdata/conformance
// holds the Go and the TypeScript form together.
package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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

// Marshal returns the canonical bytes of v, built of Object, []any, string, bool and integers
// (and slices or maps of strings). Anything else is an error naming the place.
func Marshal(v any) ([]byte, error) {
	return appendValue(make([]byte, 0, 512), v, "", 0)
}

// Hash returns the lower-case hex SHA-256 of v's canonical bytes.
func Hash(v any) (string, error) {
	b, err := Marshal(v)
	if err != nil {
		return "", err
	}
	return HashBytes(b), nil
}

// HashBytes returns the lower-case hex SHA-256 of b.
func HashBytes(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func appendValue(dst []byte, v any, path string, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: nested deeper than %d", path, maxDepth)
	}
	switch x := v.(type) {
	case string:
		return appendString(dst, x, path)
	case bool:
		return strconv.AppendBool(dst, x), nil
	case int:
		return appendInt(dst, int64(x), path)
	case int64:
		return appendInt(dst, x, path)
	case json.Number:
		n, err := strconv.ParseInt(string(x), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %s is not an integer", path, x)
		}
		return appendInt(dst, n, path)
	case Object:
		return appendObject(dst, x, path, depth)
	case map[string]string:
		o := make(Object, len(x))
		for k, s := range x {
			o[k] = s
		}
		return appendObject(dst, o, path, depth)
	case []any:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = appendValue(dst, e, path+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case []string:
		a := make([]any, len(x))
		for i, s := range x {
			a[i] = s
		}
		return appendValue(dst, a, path, depth)
	case []Object:
		a := make([]any, len(x))
		for i, s := range x {
			a[i] = s
		}
		return appendValue(dst, a, path, depth)
	case nil:
		return nil, fmt.Errorf("%s: null is outside the profile", path)
	default:
		return nil, fmt.Errorf("%s: %T is outside the profile", path, v)
	}
}

func appendInt(dst []byte, n int64, path string) ([]byte, error) {
	if n > MaxInt || n < -MaxInt {
		return nil, fmt.Errorf("%s: integer %d is beyond 2^53-1", path, n)
	}
	return strconv.AppendInt(dst, n, 10), nil
}

func appendObject(dst []byte, o Object, path string, depth int) ([]byte, error) {
	keys := make([]string, 0, len(o))
	// Below U+E000 the order of UTF-8 bytes is that of UTF-16 units, and cheaper to have.
	low := true
	for k := range o {
		keys = append(keys, k)
		for i := 0; i < len(k); i++ {
			if k[i] >= 0xEE {
				low = false
			}
		}
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
		if dst, err = appendString(dst, k, path); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = appendValue(dst, o[k], path+"."+k, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, s, path string) ([]byte, error) {
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
		return nil, fmt.Errorf("%s: not valid UTF-8", path)
	}
	if !norm.NFC.IsNormalString(s) {
		return nil, fmt.Errorf("%s: text is not in Unicode NFC", path)
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

// From turns a Go value into the profile's values through its JSON tags; a null or a fraction is an
// error. For wire types and reports, not for hot paths.
func From(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Parse(b)
}
