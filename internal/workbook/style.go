package workbook

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// shape is what a number format makes of a number.
type shape uint8

const (
	asNumber shape = iota
	asDay
	asMonth
	asInstant // day and time of day
	asTime
	asPercent
	asText
	asPadded // zeros only ("000000"): codes with leading zeros; the width is in the high bits
)

type format struct {
	shape shape
	width uint8 // of asPadded
}

// builtin formats that are not plain numbers; 27–36 and 50–58 are what Chinese Windows makes of them.
func builtin(id int) format {
	switch id {
	case 9, 10:
		return format{shape: asPercent}
	case 14, 15, 16, 28, 29, 30, 31, 51, 53, 54, 58:
		return format{shape: asDay}
	case 17, 27, 36, 50, 52, 57:
		return format{shape: asMonth}
	case 18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56:
		return format{shape: asTime}
	case 22:
		return format{shape: asInstant}
	case 49:
		return format{shape: asText}
	}
	return format{}
}

// formatOf reads a custom number format.
func formatOf(code string) format {
	bare, hours := stripFormat(code)
	if bare == "@" {
		return format{shape: asText}
	}
	if len(bare) > 1 && strings.Trim(bare, "0") == "" {
		return format{asPadded, uint8(min(len(bare), 60))}
	}
	if strings.Contains(bare, "%") {
		return format{shape: asPercent}
	}
	if strings.Contains(bare, "general") || strings.ContainsAny(bare, "0#?") && !strings.ContainsAny(bare, "yd") {
		return format{}
	}
	day := strings.ContainsAny(bare, "yde")
	clock := hours || strings.ContainsAny(bare, "hs")
	switch {
	case day && clock:
		return format{shape: asInstant}
	case clock:
		return format{shape: asTime}
	case strings.Contains(bare, "m") && !strings.Contains(bare, "d") && strings.ContainsAny(bare, "ye"):
		return format{shape: asMonth}
	case day || strings.Contains(bare, "m"):
		return format{shape: asDay}
	}
	return format{}
}

// stripFormat drops quoted text, escapes, brackets and all sections but the first; hours is true for [h].
func stripFormat(code string) (bare string, hours bool) {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if j := strings.IndexByte(code[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			j := strings.IndexByte(code[i:], ']')
			if j < 0 {
				return strings.ToLower(b.String()), hours
			}
			switch strings.ToLower(strings.Trim(code[i:i+j+1], "[]")) {
			case "h", "hh", "m", "mm", "s", "ss":
				hours = true
			}
			i += j
		case ';':
			return strings.ToLower(b.String()), hours
		default:
			if c < 0x80 && c != ' ' {
				b.WriteByte(c)
			}
		}
	}
	return strings.ToLower(b.String()), hours
}

// readStyles returns the format of each cell style.
func readStyles(r io.Reader) ([]format, error) {
	s, err := newScanner(r)
	if err != nil {
		return nil, err
	}
	custom := map[int]format{}
	var out []format
	inCells := false
	for {
		tag, err := s.next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch string(tag.name) {
		case "numFmt":
			if id, err := strconv.Atoi(tag.attrText("numFmtId")); err == nil {
				custom[id] = formatOf(tag.attrText("formatCode"))
			}
		case "cellXfs":
			inCells = !tag.closing && !tag.single
		case "xf":
			if !inCells || tag.closing {
				continue
			}
			if len(out) >= 1<<17 {
				return nil, errTooLarge
			}
			id, _ := strconv.Atoi(tag.attrText("numFmtId"))
			f, ok := custom[id]
			if !ok {
				f = builtin(id)
			}
			out = append(out, f)
		}
	}
}

// plainDigits is the longest number whose text needs no thought: Excel shows 15 significant digits.
const plainDigits = 15

// appendNumber appends a number cell as a person sees it, and says of what kind the cell then is and
// whether digits were lost: beyond 15 digits Excel has put others in their place.
func appendNumber(dst, raw []byte, f format, date1904 bool) (out []byte, kind Kind, lossy bool) {
	switch f.shape {
	case asDay, asMonth, asInstant, asTime:
		if v, err := strconv.ParseFloat(string(raw), 64); err == nil {
			if out, ok := appendSerial(dst, v, f.shape, date1904); ok {
				return out, KindDate, false
			}
		}
	case asPercent:
		if v, err := strconv.ParseFloat(string(raw), 64); err == nil {
			return append(appendDecimal(dst, v*100), '%'), KindNumber, false
		}
	}
	simple, digits := true, 0
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' || c == '-' && i == 0:
		default:
			simple = false
		}
	}
	if simple && digits <= plainDigits {
		if f.shape == asPadded && digits == len(raw) {
			for n := digits; n < int(f.width); n++ {
				dst = append(dst, '0')
			}
		}
		return append(dst, raw...), KindNumber, false
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return append(dst, raw...), KindNumber, true
	}
	lossy = math.Abs(v) >= 1e15
	if lossy && simple && digits <= 40 {
		return append(dst, raw...), KindNumber, true // the program that wrote the file kept its digits
	}
	return appendDecimal(dst, v), KindNumber, lossy
}

// appendDecimal writes v with 15 significant digits and no exponent.
func appendDecimal(dst []byte, v float64) []byte {
	if a := math.Abs(v); a != 0 && (a >= 1e40 || a < 1e-20) {
		return strconv.AppendFloat(dst, v, 'E', 14, 64)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', plainDigits-1, 64), 64)
	if err != nil {
		short = v
	}
	return strconv.AppendFloat(dst, short, 'f', -1, 64)
}

// appendSerial writes an Excel serial day.
func appendSerial(dst []byte, v float64, s shape, date1904 bool) ([]byte, bool) {
	if v < 0 || v >= 2958466 { // 9999-12-31
		return dst, false
	}
	day, part := math.Modf(v)
	seconds := int(math.Round(part * 86400))
	if s == asTime && day == 0 || s == asTime && v < 1 {
		return time.Unix(int64(seconds), 0).UTC().AppendFormat(dst, "15:04:05"), true
	}
	n := int(day)
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 60: // Excel believes in 1900-02-29
		base = base.AddDate(0, 0, 1)
	}
	t := base.AddDate(0, 0, n).Add(time.Duration(seconds) * time.Second)
	switch {
	case s == asMonth:
		return t.AppendFormat(dst, "2006-01"), true
	case s == asDay || seconds == 0:
		return t.AppendFormat(dst, "2006-01-02"), true
	}
	return t.AppendFormat(dst, "2006-01-02 15:04:05"), true
}

// DayOfSerial returns the day (YYYY-MM-DD) that Excel's serial number n stands for in the 1900 system.
func DayOfSerial(n int) string {
	out, _ := appendSerial(nil, float64(n), asDay, false)
	return string(out)
}
