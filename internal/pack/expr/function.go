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
	return int((y.Unix() - x.Unix()) / 86400), nil
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
	n := d.Year() - b.Year()
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

func day(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil || len(s) != 10 {
		return t, errDay
	}
	return t, nil
}
