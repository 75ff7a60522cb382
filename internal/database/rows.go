package database

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Abreast is how many rows one statement of PutAll takes. Half the work of a statement is its beginning and its end; of 32 rows, each cost
// more again on SQLite.
const Abreast = 8

type manyKey struct {
	text string
	rows int
}

var manyTexts sync.Map // manyKey: string

// PutAll is Put of one INSERT for many rows of so many columns, several by a statement; args are their values, one row after another.
// The text is that of one row; what follows its values has no parameter, and no two rows may meet in one ON CONFLICT.
func (t *Tx) PutAll(ctx context.Context, text string, columns int, args []any) error {
	for n := Abreast * columns; len(args) > 0; {
		if len(args) < n {
			n = columns
		}
		many, err := manyText(text, n/columns)
		if err != nil {
			return err
		}
		if err := t.Put(ctx, many, args[:n:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// manyText repeats the one group of values of an INSERT.
func manyText(text string, n int) (string, error) {
	key := manyKey{text, n}
	if s, ok := manyTexts.Load(key); ok {
		return s.(string), nil
	}
	const values = "VALUES ("
	from := strings.Index(text, values)
	if from < 0 {
		return "", fmt.Errorf("%.60q: no values", text)
	}
	head, rest := text[:from+len(values)-1], text[from+len(values):]
	group, tail, ok := strings.Cut(rest, ")")
	columns := strings.Count(group, "$")
	if !ok || columns == 0 || strings.Contains(tail, "$") {
		return "", fmt.Errorf("%.60q: its values are not parameters alone", text)
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", i*columns+c+1)
		}
		b.WriteByte(')')
	}
	b.WriteString(tail)
	manyTexts.Store(key, b.String())
	return b.String(), nil
}
