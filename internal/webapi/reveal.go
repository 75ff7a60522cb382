package webapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/access"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

var errIDInAddress = errs.New(errs.Invalid, "household.id_in_address", "证件号码不能放在网址里查询；请在“户”页面的搜索框里输入。")

// sensitive are the field groups of which the page shows a value in the open.
func (v *HouseholdView) sensitive() []string {
	var out []string
	add := func(list []FactView) {
		for _, f := range list {
			if f.Sensitive != "" && !f.Masked && !slices.Contains(out, f.Sensitive) {
				out = append(out, f.Sensitive)
			}
		}
	}
	add(v.Facts)
	for _, m := range v.Members {
		add(m.Facts)
	}
	slices.Sort(out)
	for i, g := range out {
		out[i] = named(groupNames, g)
	}
	return out
}

var groupNames = map[string]string{string(duty.Identity): "证件号码", string(duty.Contact): "电话", string(duty.Health): "健康和残疾", string(duty.Finance): "账号"}

// findHouseholds looks for an ID number, whole or by its last four. Who looked is on record before
// the answer; the number itself is not: a log is read by others.
func (a *API) findHouseholds(ctx context.Context, by duty.Actor, in *findRequest) (Page[HouseholdRow], error) {
	whole, tail := strings.TrimSpace(in.Body.IDNumber), strings.ToUpper(strings.TrimSpace(in.Body.LastFour))
	action, f := access.FindID, roster.Filter{Area: in.Body.Area, Text: whole, Limit: roster.MaxPage}
	scope := by.Scope(duty.ReadHousehold).Narrow(in.Body.Area)
	switch {
	case tail == "" && roster.IsIDNumber(whole):
	case tail == "":
		return Page[HouseholdRow]{}, errs.New(errs.Invalid, "household.id_number", "证件号码要写完整（15、18、20 或 22 位），或只写后四位。")
	case !by.Sees(duty.Identity):
		return Page[HouseholdRow]{}, errs.New(errs.Forbidden, "household.tail_forbidden", "您当前的岗位不能按证件号后四位查找；请改用姓名或户编号。")
	case !roster.IsIDTail(tail):
		return Page[HouseholdRow]{}, errs.New(errs.Invalid, "household.tail", "后四位应是四个数字，最后一位可以是 X。")
	case len(scope.Area()) < townshipDigits:
		return Page[HouseholdRow]{}, errs.New(errs.Invalid, "household.tail_scope", "按证件号后四位查找只在一个乡镇或村里进行；请先在左侧选择乡镇或村。")
	default:
		action, f.Text, f.Tail = access.FindTail, "", tail
	}
	page, err := a.householdLines(ctx, by, f)
	if err != nil {
		return page, err
	}
	return page, a.Access.Note(ctx, look(by, action, scope.Area(), "", fmt.Sprintf("找到 %d 户", len(page.Rows))))
}

// townshipDigits is the length of a township's area code.
const townshipDigits = 9

func (a *API) reveal(ctx context.Context, by duty.Actor, in *revealRequest) (Revealed, error) {
	out := Revealed{Values: map[string]string{}}
	reason, err := access.Reason(in.Body.Reason)
	if err != nil {
		return out, err
	}
	h, err := a.household(ctx, by, duty.Reveal, in.ID)
	if err != nil {
		return out, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	var names []string
	for _, path := range in.Body.Facts {
		f, x, ok := s.at(h, path)
		if !ok || !by.Sees(duty.Group(f.Sensitive)) {
			return out, errs.New(errs.NotFound, "household.no_fact", "没有这一项，或您无权查看。")
		}
		out.Values[path] = s.pack.Text(f, x)
		names = append(names, f.Name)
	}
	// On record before anything is shown.
	return out, a.Access.Note(ctx, look(by, access.Reveal, h.ID, reason, strings.Join(names, "、")))
}

// at finds a fact by its path: "h.code" or "m.<person>.code".
func (s *shower) at(h *roster.Household, path string) (pack.Fact, any, bool) {
	parts := strings.Split(path, ".")
	switch {
	case len(parts) == 2 && parts[0] == "h":
		f, ok := s.pack.Fact("h", parts[1])
		x, known := h.Facts[parts[1]]
		return f, x, ok && known
	case len(parts) == 3 && parts[0] == "m":
		for _, p := range h.Members {
			if p.ID == parts[1] {
				f, ok := s.pack.Fact("m", parts[2])
				x, known := p.Facts[parts[2]]
				return f, x, ok && known
			}
		}
	}
	return pack.Fact{}, nil, false
}
