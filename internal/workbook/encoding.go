package workbook

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

var declared = regexp.MustCompile(`^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// encodingOf looks at the first bytes of an XML part: how to decode it (nil for UTF-8), and how many
// bytes of a byte order mark to skip.
func encodingOf(head []byte) (decode func(io.Reader) io.Reader, skip int) {
	via := func(e encoding.Encoding) func(io.Reader) io.Reader {
		return func(r io.Reader) io.Reader { return e.NewDecoder().Reader(r) }
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return nil, 3
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{'<', 0}):
		return via(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), 0
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0, '<'}):
		return via(unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), 0
	}
	m := declared.FindSubmatch(head[:min(len(head), 256)])
	if m == nil {
		return nil, 0
	}
	switch strings.ToLower(string(m[1])) {
	case "gbk", "gb2312", "gb18030", "cp936":
		return via(simplifiedchinese.GB18030), 0
	case "big5":
		return via(traditionalchinese.Big5), 0
	}
	return nil, 0
}

// entryName is a zip entry's name as a person wrote it: Windows zips keep names in GBK without saying so.
func entryName(name string, nonUTF8 bool) string {
	if nonUTF8 && !utf8.ValidString(name) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			return s
		}
	}
	return strings.ToValidUTF8(name, "?")
}
