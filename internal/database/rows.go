package database

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// abreast are the numbers of rows that one statement takes: few, so that few statements are prepared.
var abreast = [...]int{32, 8, 1}

type manyKey struct {
	text string
	rows int
}

var manyTexts sync.Map // manyKey: string

// PutAll is Put of one INSERT for many rows, several by a statement. The text is that of one row; what follows its values has no
// parameter, and no two rows may meet in one ON CONFLICT.
func (t *Tx) PutAll(ctx context.Context, text string, rows [][]any) error {
	for _, n := range abreast {
		for len(rows) >= n {
			many, err := manyText(text, n)
			if err != nil {
				return err
			}
			args := make([]any, 0, n*len(rows[0]))
			for _, r := range rows[:n] {
				args = append(args, r...)
			}
			if err := t.Put(ctx, many, args...); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// manyText repeats the one group of values of an INSERT.
func manyText(text string, n int) (string, error) {
	if n == 1 {
		return text, nil
	}
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
