package inspection

import (
	"encoding/json"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// answers reads what a sheet says, against the pack: known codes, fitting types, sealed values opened.
type answers struct {
	pack   *pack.Pack
	form   *pack.Form
	open   map[string]act.Opening
	sealed roster.Sensitive
}

func (r *answers) read(root string, v any) (assess.Facts, error) {
	o, ok := v.(canon.Object)
	if !ok {
		return nil, ErrBody.At("answers."+root, "应为对象")
	}
	out := make(assess.Facts, len(o))
	for code, x := range o {
		typ, list, known := r.typeOf(root, code)
		if !known {
			return nil, ErrBody.At("answers."+root+"."+code, "表单里没有这一项")
		}
		value, err := r.value(root, code, x)
		if err != nil {
			return nil, err
		}
		if value != "" && !r.pack.Fits(typ, list, value) {
			return nil, ErrBody.At("answers."+root+"."+code, "填写的内容不符合这一项的要求")
		}
		out[code] = value
	}
	return out, nil
}

// typeOf finds a code among the facts, then among the form's own questions.
func (r *answers) typeOf(root, code string) (typ, list string, known bool) {
	if f, ok := r.pack.Fact(root, code); ok {
		return f.Type, f.List, true
	}
	for _, s := range r.form.Sections {
		if (s.Of == "member") != (root == "m") {
			continue
		}
		for _, q := range s.Questions {
			if q.ID == code && q.Fact == "" {
				return q.Type, q.List, true
			}
		}
	}
	return "", "", false
}

// value opens a sealed answer; an open value where a sealed one belongs is refused, so that an ID
// number never stands in the log.
func (r *answers) value(root, code string, x any) (any, error) {
	sealed := r.sealed.Group(root, code) != ""
	o, isObject := x.(canon.Object)
	if !isObject {
		if sealed && x != "" {
			return nil, ErrBody.At("answers."+root+"."+code, "敏感信息必须加密提交，请更新应用")
		}
		return roster.Plain(x), nil
	}
	hash, _ := o["~"].(string)
	opening, ok := r.open[hash]
	if !ok {
		return nil, ErrBody.At("answers."+root+"."+code, "缺少加密信息的内容")
	}
	v, err := canon.Parse([]byte(opening.Value))
	if err != nil || !json.Valid([]byte(opening.Value)) {
		return nil, ErrBody.At("answers."+root+"."+code, "加密信息的内容无法识别")
	}
	return roster.Plain(v), nil
}
