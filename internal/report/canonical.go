package report

import (
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"gonggu/internal/canon"
)

// Canonical returns the bytes by which the report is kept and compared.
func (d *Daily) Canonical() ([]byte, error) {
	v, err := value(reflect.ValueOf(*d), d.Version)
	if err != nil {
		return nil, err
	}
	return canon.Marshal(v)
}

// value turns the report's structs into the canonical profile's values by their JSON tags. It gives
// what canon.From gives, without writing and parsing three megabytes of JSON inside the lane.
//
// A field that a later version of the form brought (`since`) is left out of an earlier one, so that
// a report frozen long ago is still computed to the same bytes.
func value(v reflect.Value, version int) (any, error) {
	switch v.Kind() {
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		o := make(canon.Object, len(fields))
		for _, f := range fields {
			if f.since > version {
				continue
			}
			x, err := value(v.Field(f.at), version)
			if err != nil {
				return nil, err
			}
			o[f.name] = x
		}
		return o, nil
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			x, err := value(v.Index(i), version)
			if err != nil {
				return nil, err
			}
			list[i] = x
		}
		return list, nil
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int64:
		return v.Int(), nil
	default:
		return nil, fmt.Errorf("report: %s is outside the canonical profile", v.Type())
	}
}

// field is an exported field as the report's form has it.
type field struct {
	at, since int
	name      string
}

var known sync.Map // the fields of each struct: a report has thousands, and a tag is slow to read

func fieldsOf(t reflect.Type) []field {
	if f, ok := known.Load(t); ok {
		return f.([]field)
	}
	var out []field
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			since, _ := strconv.Atoi(f.Tag.Get("since"))
			out = append(out, field{i, since, f.Tag.Get("json")})
		}
	}
	known.Store(t, out)
	return out
}
