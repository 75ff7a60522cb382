package expr

import (
	"errors"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

var (
	errZero = errors.New("division by zero")
	errDay  = errors.New("not a day")
)

// functions are exactly the three that the profile adds.
func functions() []cel.EnvOption {
	text, number := cel.StringType, cel.DoubleType
	return []cel.EnvOption{
		cel.Function("days", cel.Overload("days_text_text", []*cel.Type{text, text}, number, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			n, err := Days(string(a.(types.String)), string(b.(types.String)))
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Double(n)
		}))),
		cel.Function("age_on", cel.Overload("age_on_text_text", []*cel.Type{text, text}, number, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			n, err := AgeOn(string(a.(types.String)), string(b.(types.String)))
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Double(n)
		}))),
		cel.Function("div", cel.Overload("div_number_number", []*cel.Type{number, number}, number, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			if b.(types.Double) == 0 {
				return types.WrapErr(errZero)
			}
			return a.(types.Double) / b.(types.Double)
		}))),
	}
}

// Days returns the number of days from a to b, each "2006-01-02", or a month "2006-01", which stands for its first day.
func Days(a, b string) (int, error) {
	x, err := day(firstOf(a))
	if err != nil {
		return 0, err
	}
	y, err := day(firstOf(b))
	if err != nil {
		return 0, err
	}
	return int((y.midnight() - x.midnight()) / 86400), nil
}

// AgeOn returns the whole years from birth to day; who is born on 29 February grows older on 1 March.
func AgeOn(birth, on string) (int, error) {
	b, err := day(birth)
	if err != nil {
		return 0, err
	}
	d, err := day(on)
	if err != nil {
		return 0, err
	}
	n := d.year - b.year
	if birth[5:] > on[5:] {
		n--
	}
	return n, nil
}

func firstOf(s string) string {
	if len(s) == len("2006-01") {
		return s + "-01"
	}
	return s
}

// date is a day taken apart: time.Parse takes most of the time of an age.
type date struct{ year, month, day int }

func (d date) midnight() int64 {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Unix()
}

// lengths are the days of the months of a leap year.
var lengths = [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func day(s string) (date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return date{}, errDay
	}
	var d date
	for i := range len(s) {
		if i == 4 || i == 7 {
			continue
		}
		n := int(s[i]) - '0'
		if n < 0 || n > 9 {
			return date{}, errDay
		}
		switch {
		case i < 4:
			d.year = d.year*10 + n
		case i < 7:
			d.month = d.month*10 + n
		default:
			d.day = d.day*10 + n
		}
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > lengths[d.month-1] ||
		d.month == 2 && d.day == 29 && (d.year%4 != 0 || d.year%100 == 0 && d.year%400 != 0) {
		return date{}, errDay
	}
	return d, nil
}
