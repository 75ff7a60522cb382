package report

import (
	"fmt"
	"reflect"
	"strconv"

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
		t := v.Type()
		o := make(canon.Object, t.NumField())
		for i := range t.NumField() {
			if !t.Field(i).IsExported() {
				continue
			}
			if since, _ := strconv.Atoi(t.Field(i).Tag.Get("since")); since > version {
				continue
			}
			x, err := value(v.Field(i), version)
			if err != nil {
				return nil, err
			}
			o[t.Field(i).Tag.Get("json")] = x
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
