package pack_test

import (
	"strings"
	"testing"

	"gonggu/internal/clock"
	"gonggu/internal/pack"
)

func at(t *testing.T, day, hhmm string) int64 {
	t.Helper()
	ms, ok := clock.At(day, hhmm)
	if !ok {
		t.Fatal(day, hhmm)
	}
	return ms
}

func TestRemindersFallOnWorkingDaysAndMakeUpForAMissedOne(t *testing.T) {
	p := shenqiu(t)
	c := p.Calendar()
	for _, x := range []struct {
		days            int
		last, today     string
		from, to, fires string
	}{
		{-3, "2022-09-29", "2022-09-30", "2022-10-10", "2022-10-10", "2022-09-30"},
		{-1, "2022-09-29", "2022-09-30", "2022-10-01", "2022-10-08", "2022-09-30"}, // all that fall in the holidays, and the day after
		{1, "2022-09-30", "2022-10-08", "2022-09-30", "2022-10-07", "2022-10-08"},
		{0, "2022-09-29", "2022-09-30", "2022-09-30", "2022-10-07", "2022-09-30"},
		{0, "2022-10-10", "2022-10-12", "2022-10-11", "2022-10-12", "2022-10-12"}, // the 11th was missed
	} {
		s := pack.Reminder{Days: x.days}
		from, to, ok := s.DueRange(c, x.last, x.today)
		if !ok || from != x.from || to != x.to {
			t.Errorf("%+d on %s: %s to %s", x.days, x.today, from, to)
		}
		if f := s.Fires(c, to); f != x.fires {
			t.Errorf("%+d of %s fires on %s", x.days, to, f)
		}
	}
	if _, _, ok := (pack.Reminder{Days: -3}).DueRange(c, "2022-10-08", "2022-10-08"); ok {
		t.Error("a day looked at twice speaks twice")
	}
	// Each due day is spoken of exactly once, whatever the days on which it was looked.
	for days := -5; days <= 5; days++ {
		said := map[string]int{}
		last := "2022-09-01"
		for _, today := range []string{"2022-09-02", "2022-09-13", "2022-09-30", "2022-10-08", "2022-10-09", "2022-10-28"} {
			if from, to, ok := (pack.Reminder{Days: days}).DueRange(c, last, today); ok {
				for d := from; d <= to; d = clock.AddDays(d, 1) {
					said[d]++
				}
			}
			last = today
		}
		for d := "2022-09-15"; d <= "2022-10-15"; d = clock.AddDays(d, 1) {
			if said[d] != 1 {
				t.Errorf("%+d: %s was spoken of %d times", days, d, said[d])
			}
		}
	}
}

func TestQuietHoursHoldUntilTheNextWorkingMorning(t *testing.T) {
	c := shenqiu(t).Calendar()
	night := pack.Quiet{From: "21:00", To: "07:30", WorkdaysOnly: true}
	for _, x := range []struct {
		q                       pack.Quiet
		day, at, until, untilAt string
	}{
		{night, "2022-09-29", "20:59", "2022-09-29", "20:59"},
		{night, "2022-09-29", "21:00", "2022-09-30", "07:30"},
		{night, "2022-09-30", "03:00", "2022-09-30", "07:30"},
		{night, "2022-09-30", "22:00", "2022-10-08", "07:30"}, // the National Day, then a Saturday that is worked
		{night, "2022-10-03", "12:00", "2022-10-08", "07:30"},
		{pack.Quiet{From: "21:00", To: "07:30"}, "2022-10-03", "12:00", "2022-10-03", "12:00"},
		{pack.Quiet{From: "12:00", To: "14:00"}, "2022-10-03", "12:30", "2022-10-03", "14:00"},
		{pack.Quiet{From: "12:00", To: "14:00"}, "2022-10-03", "14:00", "2022-10-03", "14:00"},
		{pack.Quiet{}, "2022-10-03", "03:00", "2022-10-03", "03:00"},
	} {
		if got := x.q.Until(c, at(t, x.day, x.at)); got != at(t, x.until, x.untilAt) {
			t.Errorf("%s %s waits until %s", x.day, x.at, clock.Text(got))
		}
	}
}

// Tiers know their kinds of unit. What leaves the county says counts, numbers, unit and day; a placeholder for anything else, or a number like a phone's, is refused.
func TestWhatThePackSaysOfTheLoopIsHeldToItsRules(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`title: "{n}个问题{left}"`, `title: ‸"{h.head}有问题明天到期"`, "提醒里只能写 {n} {numbers} {unit} {due} {left}"},
		{`out: "【巩固】{unit}有{n}个问题{due}到期，{left}：{numbers}。请登录系统在“问题”里办理。"`, `out: ‸"请打13800138000"`, "像证件号码或手机号码"},
		{`days: -1, to: unit`, `days: -1, to: ‸village`, "“to”不能写“village”：只能是 owner、unit、office"},
		{`days: 1, to: unit,`, `days: 1, to: unit, draft: ‸true,`, "draft: true 只能写在 to: office 的提醒上"},
		{`days: 3, to: office`, `days: ‸300, to: office`, "到期前后 60 个工作日以内"},
		{`from: "21:00"`, `from: ‸"9点"`, "不是时刻"},
		{`timeout_seconds: 10`, `timeout_seconds: ‸0`, "1 到 60 秒"},
		{`retry_minutes: [1,`, `retry_minutes: ‸[0,`, "重发间隔写"},
		{`title: "{n}个问题{left}"`, `title: ‸"请签到打卡"`, "不能有打卡签到"},
		{`rectified_by: team,`, `rectified_by: ‸village,`, "“village”的复核层级写了两次"},
		{`rectified_by: department, verified_by: [office]`, `rectified_by: department, verified_by: ‸[bureau]`, "不能写“bureau”"},
		{`rectified_by: department, verified_by: [office]`, `rectified_by: ‸department, verified_by: []`, "没有写由谁复核"},
		{`digest: "今天有{n}个问题要催办"`, `digest: ‸"{unit}的问题要催办"`, "合并提醒的标题里只能写 {n}"},
		{`first: {title: 问题整改督办通知书}`, `first: {title: 问题整改督办通知书, say: ‸"{orders}已逾期"}`, "督办通知书的正文里只能写 {unit} {n} {until}"},
		{`second: {title: 再次督办通知书,`, `second: {title: ‸"{unit}再次督办通知书",`, "标题里不能写"},
		{`say: "{orders}交办{unit}的问题中`, `say: ‸"{orders}交办{h.head}的问题中`, "督办通知书的正文里只能写 {unit} {n} {until} {orders} {limit} {left}"},
		{`say: "{orders}交办{unit}的问题中`, `say: ‸"请打13800138000，{orders}交办{unit}的问题中`, "像证件号码或手机号码"},
	} {
		files := shenqiuFiles(t)
		where := spoil(t, files, "pack.yaml", c.from, c.to)
		_, bad := pack.Load(files)
		found := false
		for _, b := range bad {
			found = found || strings.HasPrefix(b.String(), where+": ") && strings.Contains(b.Say, c.want)
		}
		if !found {
			t.Errorf("%s: %v, wanted at %s", c.to, bad, where)
		}
	}
	for text, want := range map[string]bool{"问题白集-0457": false, "2022年10月10日": false, "110101199003071234": true, "电话13800138000。": true, "编号20221010": false} {
		if pack.Private(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
