package pack

import "strings"

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
