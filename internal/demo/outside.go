package demo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/synth"
	"gonggu/internal/workbook"
)

// What others have found: rows of the first day's workbook, one for so many households, and within these bounds.
const (
	householdsPerRow = 250
	leastRows        = 8
	mostRows         = 400
)

type matter struct{ item, say, where string }

// matters are what others find fault with, by item of the task list; an item that a pack does not have is not spoken of.
var matters = []matter{
	{"3.2.4", "供水管网老化，用水高峰时水压不足", "village"},
	{"3.4.1", "村内背街小巷垃圾清运不及时", "village"},
	{"3.3.6", "农家书屋长期不开门，设施闲置", "village"},
	{"3.2.3", "住房屋顶漏雨，维修没有完成", "household"},
	{"3.3.2", "公益岗位人员不在岗，考勤记录不全", "township"},
	{"3.1.3", "驻村工作队轮换后帮扶资料没有交接", "township"},
	{"3.3.5", "衔接资金项目完工后没有及时验收", "unit"},
	{"3.2.1", "控辍保学台账与学籍信息不一致", "unit"},
	{"3.4.2", "家庭收入核算漏记支出，与实际不符", "household"},
}

// organs are who finds it, by source; others are 上级.
var organs = map[string]string{"assessment": "省考核评估组", "inspection": "市督查组", "audit": "市审计局", "petition": "县信访局", "media": "县委网信办", "patrol": "省委巡视组"}

// others enters what others have found: on the second day a workbook of what is left from earlier years, then by form what comes in.
func (w *walk) others(ctx context.Context) error {
	first := w.pack.Head.Phases[0].From
	n := clock.Days(first, w.day)
	if n < 1 || w.o.Households < leastRows {
		return nil
	}
	if n == 1 {
		return w.workbook(ctx)
	}
	var subs []pending
	for i := range 1 + w.o.Households/10_000 {
		id := fmt.Sprintf("%s/%d", w.day, i)
		if w.chance(id, "comes in") < 45 || w.state.Loop.Outside < 2 || w.day == w.o.Through {
			sub, err := w.petition(ctx, id)
			if err != nil {
				return err
			}
			subs = append(subs, sub...)
		}
		if w.chance(id, "two at once") < 10 || (w.state.Loop.Split == 0 && len(w.double) == 0) {
			subs = append(subs, w.twofold(id)...)
		}
	}
	more, err := w.again(ctx)
	if err != nil {
		return err
	}
	return w.submit(ctx, append(subs, more...))
}

// letters is the source of what people write; a pack that has none takes any.
const letters = "petition"

// source says where a problem came from, drawn for an id: from a source if the pack has it, and then of this year, else from any of its years.
func (p *player) source(id, from string) (pack.Source, canon.Object) {
	list := p.pack.Head.Loop.Sources
	s := list[p.chance(id, "source")%len(list)]
	named := slices.IndexFunc(list, func(x pack.Source) bool { return x.ID == from })
	if named >= 0 {
		s = list[named]
	}
	today := clock.Day(p.clock.Now())
	this, _ := strconv.Atoi(today[:4])
	year := this - p.chance(id, "year")%(this-cmp.Or(s.Since, this)+1)
	if named >= 0 {
		year = this
	}
	on := clock.AddDays(today, -1-p.chance(id, "days ago")%20)
	if year < this {
		on = fmt.Sprintf("%d-%02d-%02d", year, 1+p.chance(id, "month")%12, 1+p.chance(id, "day")%28)
	}
	reference := fmt.Sprintf("%d-%04d", year, p.chance(id, "reference")*97%10_000)
	return s, canon.Object{"source": s.ID, "year": int64(year), "reference": reference, "organ": cmp.Or(organs[s.ID], "上级反馈"), "found_on": on}
}

// workbook uploads a list in the form of the template.
func (w *walk) workbook(ctx context.Context) error {
	known := slices.DeleteFunc(slices.Clone(matters), func(m matter) bool { return !w.lists(m.item) })
	if len(known) == 0 || len(w.pack.Head.Loop.Sources) == 0 {
		return nil
	}
	villages := slices.DeleteFunc(w.synth.Villages(), func(v synth.Village) bool { return v.Households == 0 })
	var b bytes.Buffer
	book := workbook.NewWriter(&b)
	s, err := book.Sheet("外部问题", workbook.Layout{Heading: []string{"来源", "年度", "文号或线索编号", "反馈单位", "发现日期", "乡镇", "村", "户编号", "责任单位", "任务项", "问题内容", "涉及病情或收入", "牵头单位"}})
	if err != nil {
		return err
	}
	for i := range min(max(w.o.Households/householdsPerRow, leastRows), mostRows) {
		id := fmt.Sprintf("row/%d", i)
		m := known[i%len(known)]
		v := villages[(w.chance(id, "village")*101+w.chance(id, "village/2"))%len(villages)]
		source, o := w.source(id, "")
		year, _ := o["year"].(int64)
		cell := map[string]string{"township": v.Township.Name}
		switch m.where {
		case "village":
			cell["village"] = v.Code
		case "household":
			cell["household"] = w.synth.Household(v.Code, 1+w.chance(id, "household")%v.Households).Number
		case "unit":
			cell = map[string]string{"unit": w.leads(m.item)}
		}
		values := []string{source.Name, strconv.FormatInt(year, 10), text(o, "reference"), text(o, "organ"), text(o, "found_on"), cell["township"], cell["village"], cell["household"], cell["unit"], m.item, m.say, "", ""}
		row := make([]workbook.Value, len(values))
		for k, x := range values {
			row[k] = workbook.Text(x)
		}
		if err := s.Row(row...); err != nil {
			return err
		}
	}
	if err := book.Close(); err != nil {
		return err
	}
	office := w.people["office"]
	by, err := duty.ActorOf(ctx, w.county.DB, w.county.Code, office.Person, office.ID)
	if err != nil {
		return err
	}
	list, err := w.county.Outside.Enter(ctx, by, b.Bytes())
	if err != nil {
		return err
	}
	for _, f := range list.Faults {
		if !strings.HasPrefix(f.Column, "户编号") { // a row of the export that the import rejected
			return fmt.Errorf("outside problems, row %d: %s %s", f.Row, f.Column, f.Reason)
		}
	}
	w.state.Loop.Workbook += list.Entered
	w.state.Problems += list.Entered
	return nil
}

func text(o canon.Object, k string) string { s, _ := o[k].(string); return s }

func (p *player) lists(item string) bool {
	return slices.ContainsFunc(p.pack.Items, func(i pack.Item) bool { return i.Code == item })
}

// leads is the name of the department that leads an item.
func (p *player) leads(item string) string {
	for _, i := range p.pack.Items {
		for _, u := range p.pack.Units {
			if i.Code == item && u.Kind == "department" && slices.Contains(i.Lead, u.Code) {
				return u.Name
			}
		}
	}
	return ""
}

// petition is somebody's letter about what an inspector has found already: the two may be one.
func (w *walk) petition(ctx context.Context, id string) ([]pending, error) {
	if len(w.pack.Head.Loop.Sources) == 0 {
		return nil, nil
	}
	list, _, err := problem.List(ctx, w.county.DB, w.county.Code, duty.Everything(w.county.Code), problem.Filter{State: "open", Limit: 400})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p problem.Problem) bool {
		return p.Household == 0 || p.Member != "" || p.Origin == problem.OriginOutside || p.Cluster != "" || w.written[p.ID]
	})
	if len(list) == 0 {
		return nil, nil
	}
	if w.day == w.o.Through { // what a visitor finds where the desk opens
		if near := slices.DeleteFunc(slices.Clone(list), func(p problem.Problem) bool { return !strings.HasPrefix(p.Area, w.people["township"].Area) }); len(near) > 0 {
			list = near
		}
	}
	p := list[w.chance(id, "about")%len(list)]
	w.written[p.ID] = true
	say := "群众来信反映：" + p.Say
	if p.Sensitive != "" {
		say = "群众来信反映该户情况没有得到解决"
	}
	_, body := w.source(id, letters)
	return w.enter(body, canon.Object{"household": p.Subject, "item": p.Item, "sensitive": p.Sensitive}, say), nil
}

// twofold is a letter about a village that names two matters at once.
func (w *walk) twofold(id string) []pending {
	a, b := matters[0], matters[1]
	if len(w.pack.Head.Loop.Sources) == 0 || !w.lists(a.item) || !w.lists(b.item) {
		return nil
	}
	villages := w.synth.Villages()
	v := villages[(w.chance(id, "village")*101+w.chance(id, "village/2"))%len(villages)]
	_, body := w.source(id, letters)
	subs := w.enter(body, canon.Object{"area": v.Code, "item": a.item, "sensitive": ""}, a.say+"；"+b.say)
	w.double = append(w.double, subs[0].sub.Act.Subject)
	return subs
}

// enter is one problem by the form.
func (w *walk) enter(source, about canon.Object, say string) []pending {
	office := w.people["office"]
	sub := w.step(office, problem.KindEnter, w.nextID(), nil)
	a := sub.Act
	body := canon.Object{"household": "", "unit": "", "area": "", "lead": "", "helping": []any{}, "say": say}
	for _, o := range []canon.Object{source, about} {
		for k, v := range o {
			body[k] = v
		}
	}
	if text(body, "sensitive") != "" {
		body["say"] = w.commit(&sub, "say", say)
	}
	seen, err := act.Seen(a.Pack, a.Kind, a.Subject, 0, canon.Object{}, body)
	if err != nil {
		panic(err) // texts and numbers are always values of the profile
	}
	a.Seen, a.Body = seen, body
	w.state.Loop.Outside++
	w.state.Problems++
	return []pending{{office.Person, sub}}
}

// again finds some of what is known in another source too: one problem with several.
func (w *walk) again(ctx context.Context) ([]pending, error) {
	list, _, err := problem.List(ctx, w.county.DB, w.county.Code, duty.Everything(w.county.Code), problem.Filter{State: "open", Source: problem.AnySource, Limit: 200})
	if err != nil {
		return nil, err
	}
	var subs []pending
	for i := range list {
		p := &list[i]
		if w.said["source/"+p.ID] || !w.some(p.ID, "source", 4, 1) {
			continue
		}
		_, body := w.source("again/"+p.ID, "")
		body["reference"] = text(body, "reference") + "-2"
		w.state.Loop.Sources++
		subs = append(subs, w.flat(w.people["office"], problem.KindSource, p.ID, body))
	}
	return subs, nil
}
