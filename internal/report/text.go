package report

import (
	"fmt"
	"strconv"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
)

// The words of the report's own; what the notice says comes from the pack.
const (
	stateClosed   = "已截止"
	stateOpen     = "未截止"
	withheld      = "（涉敏感信息，登录查看）"
	neverReported = "自启动以来未上报"
)

func title(place, campaign string) string { return campaign + "日报（" + place + "）" }

// dayText writes a day as officials do: 9月18日.
func dayText(day string) string {
	if !clock.ValidDay(day) {
		return day
	}
	month, _ := strconv.Atoi(day[5:7])
	date, _ := strconv.Atoi(day[8:])
	return fmt.Sprintf("%d月%d日", month, date)
}

// percent writes a share in ppm with two decimals, cut off.
func percent(ppm int64) string { return fmt.Sprintf("%d.%02d%%", ppm/10_000, ppm%10_000/100) }

func footText(d *Daily) string {
	return fmt.Sprintf("截至%s %s，操作日志共 %d 条，日志根 %s（短码 %s，日志公钥指纹 %s）。此后任何人改动已入日志的记录，凭此根都能查出。",
		dayText(d.Day), d.CutOff, d.Foot.LogSize, d.Foot.Root, d.Foot.Short, d.Foot.Key)
}

// summary is what somebody would have typed.
func summary(d *Daily) []string {
	t := &d.Total
	mark := ""
	if !d.Closed {
		mark = "（未截止，数字还会变）"
	}
	out := []string{
		fmt.Sprintf("%s%s：截至%s %s%s，应排查 %d 户，已排查 %d 户（%s）；今日排查 %d 户，收到排查表 %d 份。",
			d.PhaseName, phaseDay(d.PhaseDay), dayText(d.Day), d.CutOff, mark, t.Households, t.Inspected, percent(t.InspectedPPM), t.InspectedToday, t.SheetsToday),
		fmt.Sprintf("今日发现问题 %d 个，受理 %d 个，作废 %d 个；累计发现 %d 个，受理 %d 个，作废 %d 个，现有 %d 个。",
			t.Problems.FoundToday, t.Problems.AcceptedToday, t.Problems.VoidedToday, t.Problems.Found, t.Problems.Accepted, t.Problems.Voided, t.Problems.Standing),
		fmt.Sprintf("疑点今日新增 %d 个、核销 %d 个，现有 %d 个。", t.Doubts.OpenedToday, t.Doubts.ClosedToday, t.Doubts.Open),
	}
	if d.Version >= 2 && t.Missed > 0 {
		out = append(out, fmt.Sprintf("另有 %d 户因故未能入户（今日 %d 户），尚有 %d 户未排查。", t.Missed, t.MissedToday, t.Left))
	}
	if d.Version >= 3 {
		out = append(out, progressText(d)...)
	}
	townships, villages := 0, 0
	for _, s := range d.Silent {
		if s.Level == duty.LevelTownship {
			townships++
		} else {
			villages++
		}
	}
	if len(d.Silent) > 0 {
		out = append(out, fmt.Sprintf("今日未上报：%d 个乡镇（办事处）、%d 个村。", townships, villages))
	}
	if t.SheetsLate > 0 {
		out = append(out, fmt.Sprintf("今日收到的排查表中有 %d 份是以前各日所做、补传到达的，已按所做之日重列。", t.SheetsLate))
	}
	return out
}

func phaseDay(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("第 %d 天", n)
}

// silent lists who still has households to inspect and reported nothing in this report.
func silent(d *Daily, areas []duty.Area) []Silent {
	level := make(map[string]string, len(areas))
	for _, a := range areas {
		level[a.Code] = a.Level
	}
	out := []Silent{}
	for _, rows := range [][]Row{d.Townships, d.Villages} {
		for _, r := range rows {
			if s, ok := silentRow(r, level[r.Code], d.Day); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// silentRow reports whether an area that has households left to inspect reported no sheet on a day.
func silentRow(r Row, level, day string) (Silent, bool) {
	if r.Households <= r.Inspected || r.LastReportedOn == day {
		return Silent{}, false
	}
	s := Silent{Code: r.Code, Name: r.Township + r.Name, Level: level, Households: r.Households, Inspected: r.Inspected, Since: r.LastReportedOn}
	s.Days, s.Text = silence(s.Since, day)
	return s, true
}

// silence counts the reports without a sheet and says it.
func silence(since, day string) (int, string) {
	if since == "" {
		return 0, neverReported
	}
	n := clock.Days(since, day)
	return n, fmt.Sprintf("%s以后未上报（%d 天）", dayText(since), n)
}
