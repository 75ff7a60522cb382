package pack

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// decimal is a number with a fraction as it was written; only the compiler of money and areas takes it.
type decimal string

// column is a field of a struct that stands in a file under a name.
type column struct {
	name     string
	index    int
	optional bool
}

func columns(t reflect.Type) []column {
	var out []column
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("yaml")
		if tag == "" || tag == "-" {
			continue
		}
		name, opt, _ := strings.Cut(tag, ",")
		out = append(out, column{name, i, opt == "optional"})
	}
	return out
}

// decode fills target (a pointer) from n. Every unknown key, missing key and wrong type is a complaint.
func (l *loader) decode(n *node, target any) {
	l.into(n, reflect.ValueOf(target).Elem(), "")
}

func (l *loader) into(n *node, v reflect.Value, key string) {
	switch v.Kind() {
	case reflect.Struct:
		l.intoStruct(n, v, key)
	case reflect.Slice:
		l.intoSlice(n, v, key)
	case reflect.Map:
		if n.kind != mapNode {
			l.say(n.at, "%s这里要写成“代码: 值”的形式", of(key))
			return
		}
		m := make(map[string]any, len(n.keys))
		for _, k := range n.keys {
			m[k] = l.value(n.vals[k], k)
		}
		v.Set(reflect.ValueOf(m))
	case reflect.Interface:
		if x := l.value(n, key); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		l.into(n, p.Elem(), key)
		v.Set(p)
	default:
		l.intoScalar(n, v, key)
	}
}

func of(key string) string {
	if key == "" {
		return ""
	}
	return "“" + key + "”"
}

func (l *loader) intoStruct(n *node, v reflect.Value, key string) {
	if n.kind != mapNode {
		l.say(n.at, "%s这里要写成“名称: 值”的形式", of(key))
		if f := v.FieldByName("Mark"); f.IsValid() {
			f.Set(reflect.ValueOf(Mark{File: n.at.File, Line: n.at.Line, Col: n.at.Col}))
		}
		return
	}
	cols := columns(v.Type())
	mark := Mark{File: n.at.File, Line: n.at.Line, Col: n.at.Col, keys: map[string]Pos{}}
	known := map[string]bool{}
	for _, c := range cols {
		known[c.name] = true
		child, ok := n.vals[c.name]
		if !ok || child.kind == scalarNode && child.typ == "null" {
			if !c.optional {
				l.say(n.at, "缺少“%s”", c.name)
			}
			continue
		}
		mark.keys[c.name] = child.at
		for _, k := range child.keys {
			mark.keys[c.name+"."+k] = child.vals[k].at
		}
		before := len(l.bad)
		l.into(child, v.Field(c.index), c.name)
		if !c.optional && len(l.bad) == before && emptyText(v.Field(c.index)) {
			l.say(child.at, "“%s”不能为空", c.name)
		}
	}
	for _, k := range n.keys {
		if !known[k] {
			l.say(n.kpos[k], "不认识“%s”%s", k, l.suggest(k, cols))
		}
	}
	if f := v.FieldByName("Mark"); f.IsValid() {
		f.Set(reflect.ValueOf(mark))
	}
}

func emptyText(v reflect.Value) bool {
	return v.Kind() == reflect.String && strings.TrimSpace(v.String()) == "" || v.Kind() == reflect.Slice && v.Len() == 0
}

func (l *loader) suggest(key string, cols []column) string {
	var names []string
	for _, c := range cols {
		if strings.HasPrefix(c.name, key[:1]) || strings.Contains(c.name, key) || strings.Contains(key, c.name) {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		for _, c := range cols {
			names = append(names, c.name)
		}
	}
	sort.Strings(names)
	return "：可以写的有 " + strings.Join(names, "、")
}

func (l *loader) intoSlice(n *node, v reflect.Value, key string) {
	if n.kind != listNode {
		l.say(n.at, "%s这里要写成列表（每项前加 - ，或写在 [ ] 里）", of(key))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.list), len(n.list))
	for i, c := range n.list {
		l.into(c, out.Index(i), key)
	}
	v.Set(out)
}

func (l *loader) intoScalar(n *node, v reflect.Value, key string) {
	if n.kind != scalarNode {
		l.say(n.at, "%s这里只要一个值", of(key))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.text)
	case reflect.Bool:
		if n.typ != "bool" {
			l.say(n.at, "%s只能写 true 或 false", of(key))
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.text)
		if err != nil {
			l.say(n.at, "%s要写整数，这里是“%s”", of(key), n.text)
			return
		}
		v.SetInt(int64(i))
	default:
		panic(fmt.Sprintf("pack: no decoding of %s", v.Kind()))
	}
}

// value decodes what a file leaves open: text, bool, int64, decimal, []string.
func (l *loader) value(n *node, key string) any {
	switch n.kind {
	case listNode:
		out := make([]string, len(n.list))
		for i, c := range n.list {
			if c.kind != scalarNode {
				l.say(c.at, "%s的列表里只能是文字", of(key))
				continue
			}
			out[i] = c.text
		}
		return out
	case mapNode:
		l.say(n.at, "%s这里只要一个值", of(key))
		return nil
	}
	switch n.typ {
	case "bool":
		return n.text == "true"
	case "int":
		i, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 10, 64)
		if err != nil {
			l.say(n.at, "%s要写十进制整数，这里是“%s”", of(key), n.text)
			return nil
		}
		return i
	case "float":
		return decimal(n.text)
	case "null":
		l.say(n.at, "%s没有值：不知道的事实不要写", of(key))
		return nil
	}
	return n.text
}

// encode is the inverse of decode: what a compiled pack's JSON is made of.
func encode(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for _, c := range columns(v.Type()) {
			f := v.Field(c.index)
			if c.optional && f.IsZero() {
				continue
			}
			out[c.name] = encode(f)
		}
		return out
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = encode(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = encode(it.Value())
		}
		return out
	case reflect.Interface, reflect.Pointer:
		return encode(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int64:
		return v.Int()
	}
	panic(fmt.Sprintf("pack: no encoding of %s", v.Kind()))
}
