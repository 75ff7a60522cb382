package server

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/ident"
	"gonggu/internal/report"
)

// opened are the columns whose stored bytes depend on a key or on a compressor: what they say is what
// counts when two databases are compared and in the canonical dump (design contract 7).
var opened = map[string]func(c *County, get func(column string) any) ([]byte, error){
	"acts.doc": func(_ *County, get func(string) any) ([]byte, error) { return act.Unpack(blob(get("doc"))) },
	"sealed_values.box": func(c *County, get func(string) any) ([]byte, error) {
		return c.Keys.Open(fmt.Sprint("sealed/", c.Code, "/", get("hash")), blob(get("box")))
	},
	"households.secret": func(c *County, get func(string) any) ([]byte, error) {
		return c.Store.OpenBox("household", fmt.Sprint(get("id")), blob(get("secret")))
	},
	"persons.secret": func(c *County, get func(string) any) ([]byte, error) {
		return c.Store.OpenBox("person", fmt.Sprint(get("id")), blob(get("secret")))
	},
	"import_changes.was": func(c *County, get func(string) any) ([]byte, error) {
		key, _ := get("household").(int64)
		return c.Store.OpenBox("was", ident.Public("h", key), blob(get("was")))
	},
	"problems.say": func(c *County, get func(string) any) ([]byte, error) {
		return c.text("problem/", get)
	},
	"doubts.say": func(c *County, get func(string) any) ([]byte, error) {
		return c.text("doubt/", get)
	},
	"frozen_reports.doc": func(_ *County, get func(string) any) ([]byte, error) { return report.Unpack(blob(get("doc"))) },
}

// text opens a sentence that is sealed when it is sensitive.
func (c *County) text(prefix string, get func(string) any) ([]byte, error) {
	say := fmt.Sprint(get("say"))
	if get("sensitive") == "" {
		return []byte(say), nil
	}
	box, err := hex.DecodeString(say)
	if err != nil {
		return nil, err
	}
	return c.Store.OpenBox("text", prefix+fmt.Sprint(get("id")), box)
}

func blob(v any) []byte {
	b, _ := v.([]byte)
	return b
}

// value returns a cell as the canonical dump has it.
func (c *County) value(t *table, i int, row []any) (any, error) {
	open := opened[t.name+"."+t.columns[i]]
	if open == nil {
		return row[i], nil
	}
	return open(c, func(column string) any {
		if k := slices.Index(t.columns, column); k >= 0 {
			return row[k]
		}
		return nil
	})
}

// sameOpened reports whether two cells whose bytes differ say the same.
func (c *County) sameOpened(t *table, i int, a, b []any) bool {
	if opened[t.name+"."+t.columns[i]] == nil {
		return false
	}
	x, err := c.value(t, i, a)
	if err != nil {
		return false
	}
	y, err := c.value(t, i, b)
	return err == nil && bytes.Equal(blob(x), blob(y))
}
