package database

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// Where composes the conditions of a list. Every condition is constant text with `?` for its
// arguments; the placeholders come out as $1, $2 … in ascending order.
type Where struct {
	text strings.Builder
	args []any
}

// And adds a condition.
func (w *Where) And(cond string, args ...any) *Where {
	if w.text.Len() == 0 {
		w.text.WriteString(" WHERE ")
	} else {
		w.text.WriteString(" AND ")
	}
	w.text.WriteString("(" + w.number(cond, args) + ")")
	return w
}

func (w *Where) number(text string, args []any) string {
	var b strings.Builder
	n := 0
	for _, part := range strings.SplitAfter(text, "?") {
		if strings.HasSuffix(part, "?") {
			w.args = append(w.args, args[n])
			n++
			b.WriteString(strings.TrimSuffix(part, "?") + "$" + strconv.Itoa(len(w.args)))
		} else {
			b.WriteString(part)
		}
	}
	if n != len(args) {
		panic("database: " + text + " has not as many ? as arguments")
	}
	return b.String()
}

// SQL returns head, the conditions and tail (which may hold further `?`) with all arguments.
func (w *Where) SQL(head, tail string, tailArgs ...any) (string, []any) {
	c := &Where{args: append([]any{}, w.args...)}
	t := c.number(tail, tailArgs)
	return head + w.text.String() + " " + t, c.args
}

// In returns "?, ?, ?" for n values.
func In(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// Anys turns a slice into arguments.
func Anys[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// Collect reads all rows and closes them. The result is never nil.
func Collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Missing reports whether err says that a QueryRow found nothing.
func Missing(err error) bool { return errors.Is(err, sql.ErrNoRows) }
