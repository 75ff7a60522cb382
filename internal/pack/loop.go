package pack

import (
	"slices"
	"strings"
)

// levels are the words of a dispatch rule for the unit of the place.
var levels = map[string]bool{"township": true, "village": true}

// loop checks what the county sets for the rectification.
func (l *loader) loop() {
	x := &l.content.Head.Loop
	if x.Line == 0 { // a pack without the rectification
		return
	}
	if x.Order != "" && !strings.Contains(x.Order, "{n}") {
		l.say(x.at("order"), "督办通知书的编号要写出 {n}（序号）的位置，如“督〔{year}〕{n}号”")
	}
	if x.Near < 0 || x.Near > 30 {
		l.say(x.at("near"), "临期的工作日数应在 0 到 30 之间")
	}
	if x.Similar < 1 || x.Similar > 1_000_000 {
		l.say(x.at("similar"), "文字相近的比例以百万分之一计，应在 1 到 1000000 之间")
	}
	if x.Cluster < 0 || x.Cluster == 1 || x.Cluster > 300 {
		l.say(x.at("cluster"), "提示同因问题的户数应在 2 到 300 之间，不提示的写 0")
	}
	l.orderText(x.Wording.First, orderWords)
	l.orderText(x.Wording.Second, append(orderWords, secondWords...))
	l.cited(x.Clauses, x.Mark)
	units := map[string]bool{}
	for u := range l.index.units {
		units[u] = true
	}
	for u := range levels {
		units[u] = true
	}
	seen := map[string]bool{}
	for _, d := range x.Dispatch {
		l.unique(seen, d.ID, d.Mark, "id", "派单规则", reWord)
		l.known(l.index.items, d.Items, d.Mark, "items", "任务")
		l.known(units, []string{d.Lead}, d.Mark, "lead", "单位")
		l.known(units, d.Helping, d.Mark, "helping", "单位")
		l.cited(d.Clauses, d.Mark)
		if d.Workdays < 1 || d.Workdays > 250 {
			l.say(d.at("workdays"), "整改期限应在 1 到 250 个工作日之间")
		}
		for _, a := range d.Areas {
			if !strings.HasPrefix(a, l.content.Head.County) {
				l.say(d.at("areas"), "区划代码 %s 不在本县", a)
			}
		}
	}
	seen = map[string]bool{}
	for _, s := range x.Sources {
		l.unique(seen, s.ID, s.Mark, "id", "问题来源", reWord)
		l.cited(s.Clauses, s.Mark)
	}
}

// orderWords are the placeholders of an order's text, secondWords those that a second order has beside them.
var orderWords, secondWords = []string{"unit", "n", "until"}, []string{"orders", "limit", "left"}

// maxOrderTitle and maxOrderText bound an order's wording, in characters.
const maxOrderTitle, maxOrderText = 40, 600

func (l *loader) orderText(t OrderText, words []string) {
	for _, x := range []struct {
		key, text string
		most      int
		words     []string
	}{{"title", t.Title, maxOrderTitle, nil}, {"say", t.Say, maxOrderText, words}} {
		for _, p := range Parts(x.text) {
			switch {
			case p.Literal != "":
			case len(x.words) == 0:
				l.say(t.at(x.key), "督办通知书的标题里不能写 {…}")
			case p.Root != "" || !slices.Contains(x.words, p.Code):
				l.say(t.at(x.key), "督办通知书的正文里只能写 {%s}", strings.Join(x.words, "} {"))
			}
		}
		if len([]rune(x.text)) > x.most {
			l.say(t.at(x.key), "不超过 %d 个字", x.most)
		}
		if privateText(x.text) {
			l.say(t.at(x.key), "里面有像证件号码或手机号码的数字，不能写进督办通知书")
		}
		l.words(x.text, t.Mark, x.key)
	}
	if t.Line != 0 && t.Title == "" {
		l.say(t.at("title"), "请写督办通知书的标题")
	}
}

// TierKinds are the kinds of unit that may mend, verify or close.
var TierKinds = []string{"village", "team", "helper", "township", "department", "office"}

// tiers checks who verifies whose repair.
func (l *loader) tiers(h *Head) {
	seen := map[string]bool{}
	for _, x := range h.Tiers {
		l.cited(x.Clauses, x.Mark)
		l.oneOf(x.RectifiedBy, TierKinds, x.Mark, "rectified_by")
		for _, list := range []struct {
			key   string
			kinds []string
		}{{"verified_by", x.VerifiedBy}, {"closed_by", x.ClosedBy}} {
			if len(list.kinds) == 0 {
				l.say(x.at("rectified_by"), "“%s”的整改没有写由谁复核（verified_by）和销号（closed_by）：这样的问题永远销不了号", x.RectifiedBy)
			}
			for _, k := range list.kinds {
				l.oneOf(k, TierKinds, x.Mark, list.key)
			}
		}
		if seen[x.RectifiedBy] {
			l.say(x.at("rectified_by"), "“%s”的复核层级写了两次：留一条", x.RectifiedBy)
		}
		seen[x.RectifiedBy] = true
	}
}
