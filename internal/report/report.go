// Package report says where the campaign stands: the daily report, frozen at its cut-off and
// reproducible to the byte, and the overview of a desk. Nobody types a report: everything in it is
// computed from the counts and the ledger, but for one sentence that a unit may add, and the leader's
// review (审签) afterwards. It knows nothing of how a sheet or a
// problem came about. It owns cut_offs, frozen_reports, remarks and
// reviews.
package report

import (
	"strings"

	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// Errors of this package.
var (
	ErrDay     = errs.New(errs.Invalid, "report.day", "日期应写成 2022-09-18 的样子；请改正后重试。")
	ErrEarly   = errs.New(errs.NotFound, "report.too_early", "这一天在专项行动开始之前（或截止时间早于启动时间），没有日报；请选择启动以后的日期。")
	ErrFuture  = errs.New(errs.NotFound, "report.future", "这一天还没有到，没有日报；请选择今天或以前的日期。")
	ErrEnded   = errs.New(errs.NotFound, "report.ended", "这一天在专项行动结束之后，没有日报；请选择行动期间的日期。")
	ErrNone    = errs.New(errs.NotFound, "report.not_frozen", "这一天的日报还没有定稿；请过了截止时间再看，或先看未截止的数字。")
	ErrOutside = errs.New(errs.Forbidden, "report.outside", "日报中这一部分不在您当前岗位的负责范围内；请切换岗位后再看。")
)

// Named is a block of the task list.
type Named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// ItemName is an item of the task list.
type ItemName struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Block string `json:"block"`
}

// ClassName is a class of households as the pack calls it.
type ClassName struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Short string `json:"short"`
}

// Daily is the report of one day about one area: the county, or the part of it that View cut out.
// It holds only texts, whole numbers, booleans and lists, so that its canonical bytes are one.
// Day counts by receipt: after the cut-off of the day before, up to and including its own.
type Daily struct {
	Version    int         `json:"version"`
	County     string      `json:"county"`
	CountyName string      `json:"countyName"`
	Area       string      `json:"area"`
	AreaName   string      `json:"areaName"`
	Title      string      `json:"title"`
	Issuer     string      `json:"issuer"`
	Campaign   string      `json:"campaign"`
	Pack       string      `json:"pack"`
	Day        string      `json:"day"`
	CutOff     string      `json:"cutOff"`
	DueAt      int64       `json:"dueAt"`  // the cut-off's instant, Unix ms
	Closed     bool        `json:"closed"` // false: provisional, the cut-off has not passed
	StateName  string      `json:"stateName"`
	Phase      string      `json:"phase"`
	PhaseName  string      `json:"phaseName"`
	PhaseDay   int         `json:"phaseDay"` // which day of the phase, from 1
	Summary    []string    `json:"summary"`
	Blocks     []Named     `json:"blocks"`
	Items      []ItemName  `json:"items"`
	Classes    []ClassName `json:"classes"`
	Total      Row         `json:"total"`
	Townships  []Row       `json:"townships"`
	Villages   []Row       `json:"villages"`
	Problems   []Problem   `json:"problems"` // found in this report
	Changes    Changes     `json:"changes"`
	Silent     []Silent    `json:"silent"`
	Late       []Late      `json:"late"`
	Reasons    []Named     `json:"reasons" since:"2"` // why a household could not be inspected, as the pack lists them
	Remarks    []Remark    `json:"remarks" since:"2"`
	Progress   Progress    `json:"progress" since:"3"`
	Foot       Foot        `json:"foot"`
}

// Row is what is known of one area. Shares are in ppm.
type Row struct {
	Code            string       `json:"code"`
	Name            string       `json:"name"`
	Township        string       `json:"township"` // the name of the township a village lies in
	Households      int64        `json:"households"`
	HouseholdsToday int64        `json:"householdsToday"` // how the register grew or shrank
	Persons         int64        `json:"persons"`
	PersonsToday    int64        `json:"personsToday"`
	Inspected       int64        `json:"inspected"`
	InspectedToday  int64        `json:"inspectedToday"`
	InspectedPPM    int64        `json:"inspectedPpm"`
	Sheets          int64        `json:"sheets"`
	SheetsToday     int64        `json:"sheetsToday"`
	SheetsLate      int64        `json:"sheetsLate"` // of today's, done before this day
	Unchanged       int64        `json:"unchanged"`
	UnchangedToday  int64        `json:"unchangedToday"`
	UnchangedPPM    int64        `json:"unchangedPpm"`
	LastReportedOn  string       `json:"lastReportedOn"` // the last report with a sheet, "" for none
	Problems        Found        `json:"problems"`
	Blocks          []Found      `json:"blocks"`
	Items           []Found      `json:"items"`
	Classes         []ClassCount `json:"classes"`
	Doubts          Doubts       `json:"doubts"`
	Missed          int64        `json:"missed" since:"2"` // could not be inspected, with a reason
	MissedToday     int64        `json:"missedToday" since:"2"`
	Reasons         []Reason     `json:"reasons" since:"2"`
	Left            int64        `json:"left" since:"2"`  // neither inspected nor missed
	Owned           int64        `json:"owned" since:"2"` // somebody answers for them
}

// Reason counts the households that could not be inspected for one reason of the pack's list.
type Reason struct {
	Code string `json:"code"`
	N    int64  `json:"n"`
}

// Remark is the one sentence that a unit adds to the day's report, under the name that it then had.
type Remark struct {
	Unit string `json:"unit"`
	Name string `json:"name"`
	Area string `json:"area"`
	Say  string `json:"say"`
	At   int64  `json:"at"` // received, Unix ms
}

// Found counts problems of an item or block (Code), or all ("" ). Accepted and Voided count events,
// so a problem that was accepted and then voided stands in both; Standing is what is open: neither voided, merged nor closed.
type Found struct {
	Code          string `json:"code"`
	FoundToday    int64  `json:"foundToday"`
	Found         int64  `json:"found"`
	AcceptedToday int64  `json:"acceptedToday"`
	Accepted      int64  `json:"accepted"`
	VoidedToday   int64  `json:"voidedToday"`
	Voided        int64  `json:"voided"`
	Standing      int64  `json:"standing"`
	Closed        int64  `json:"closed" since:"3"`    // stand as closed now
	GoneToday     int64  `json:"goneToday" since:"3"` // closed or merged today, less what was reopened or taken out again
}

// ClassCount counts the households of a class; classes overlap and do not add up.
type ClassCount struct {
	ID             string `json:"id"`
	Households     int64  `json:"households"`
	Inspected      int64  `json:"inspected"`
	InspectedToday int64  `json:"inspectedToday"`
}

// Doubts counts doubts; Closed are the confirmed, refuted and vanished ones together.
type Doubts struct {
	Opened         int64 `json:"opened"`
	OpenedToday    int64 `json:"openedToday"`
	Confirmed      int64 `json:"confirmed"`
	ConfirmedToday int64 `json:"confirmedToday"`
	Refuted        int64 `json:"refuted"`
	RefutedToday   int64 `json:"refutedToday"`
	Gone           int64 `json:"gone"`
	GoneToday      int64 `json:"goneToday"`
	Closed         int64 `json:"closed"`
	ClosedToday    int64 `json:"closedToday"`
	Open           int64 `json:"open"`
}

// Problem is a line of the problem list. It names no person: what is sensitive says only its item,
// because the report leaves the county on paper.
type Problem struct {
	Number    string   `json:"number"`
	Item      string   `json:"item"`
	ItemName  string   `json:"itemName"`
	Area      string   `json:"area"` // the village, or the area above it
	Township  string   `json:"township"`
	Village   string   `json:"village"`
	Say       string   `json:"say"`
	Withheld  bool     `json:"withheld"`
	Lead      string   `json:"lead"`
	LeadName  string   `json:"leadName"`
	Helping   []string `json:"helping"`
	State     string   `json:"state"`
	StateName string   `json:"stateName"`
	FoundOn   string   `json:"foundOn"`
	Reason    string   `json:"reason"` // why it was voided, declined, returned or reopened
	DueOn     string   `json:"dueOn" since:"3"`
	Unit      string   `json:"unit" since:"3"` // who led it when it was closed, returned, declined or reopened
	UnitName  string   `json:"unitName" since:"3"`

	key       int64
	sensitive bool
}

// Changes is what became different since the report before.
type Changes struct {
	Since      string    `json:"since"` // the day of the report before
	Households int64     `json:"households"`
	Persons    int64     `json:"persons"`
	Inspected  int64     `json:"inspected"`
	Sheets     int64     `json:"sheets"`
	Found      int64     `json:"found"`
	Standing   int64     `json:"standing"`
	DoubtsOpen int64     `json:"doubtsOpen"`
	Accepted   []Problem `json:"accepted"`
	Voided     []Problem `json:"voided"`
}

// Silent is a township or village that still has households to inspect and reported no sheet today.
type Silent struct {
	Code       string `json:"code"`
	Name       string `json:"name"`
	Level      string `json:"level"`
	Households int64  `json:"households"`
	Inspected  int64  `json:"inspected"`
	Since      string `json:"since"` // the last report with a sheet, "" when there was none
	Days       int    `json:"days"`  // from that report to this one, 0 when there was none
	Text       string `json:"text"`
}

// Late restates an earlier day for the county or a township, because sheets done on it arrived only today.
type Late struct {
	Area      string  `json:"area"`
	Name      string  `json:"name"`
	Day       string  `json:"day"`
	Sheets    Restate `json:"sheets"`
	Inspected Restate `json:"inspected"`
	Found     Restate `json:"found"`
}

// Restate is one number of an earlier day.
type Restate struct {
	Printed int64 `json:"printed"` // what that day's report said (by receipt)
	Then    int64 `json:"then"`    // done that day, as its report knew it
	Arrived int64 `json:"arrived"` // done that day, arrived in this report
	Now     int64 `json:"now"`     // done that day, as now known
}

// Foot ties the report to the log: size and root at the cut-off, and the root's short form.
type Foot struct {
	LogSize int64  `json:"logSize"`
	Root    string `json:"root"`
	Short   string `json:"short"`
	Key     string `json:"key"` // fingerprint of the log's public key
	Text    string `json:"text"`
}

// View returns the part of the report that a scope may see, narrowed to area when that is not empty.
// A department sees the counts, and of the problems those that it leads or helps with. Code: report.outside.
func (d *Daily) View(scope duty.Scope, area string) (*Daily, error) {
	scope = scope.Narrow(area)
	in := scope.Area()
	if scope.Empty() || !strings.HasPrefix(in, d.Area) {
		return nil, ErrOutside
	}
	v := *d
	if in != d.Area {
		top, ok := d.row(in)
		if !ok { // below villages, or a place that the report does not know
			return nil, ErrOutside
		}
		v.Area, v.AreaName, v.Total = in, top.Township+top.Name, top
		v.Title = title(v.CountyName+v.AreaName, d.Campaign)
	}
	v.Townships = keep(d.Townships, func(r Row) bool { return scope.Covers(r.Code) })
	v.Villages = keep(d.Villages, func(r Row) bool { return scope.Covers(r.Code) })
	v.Silent = keep(d.Silent, func(s Silent) bool { return scope.Covers(s.Code) })
	v.Late = keep(d.Late, func(l Late) bool { return scope.Covers(l.Area) })
	v.Remarks = keep(d.Remarks, func(r Remark) bool { return scope.Covers(r.Area) })
	sees := func(p Problem) bool { return scope.Covers(p.Area) && involves(scope.Unit(), p) }
	v.Problems = keep(d.Problems, sees)
	v.Changes = changes(v.Total, d.Changes.Since)
	v.Changes.Accepted = keep(d.Changes.Accepted, sees)
	v.Changes.Voided = keep(d.Changes.Voided, sees)
	v.Progress = d.Progress.within(scope, in, sees)
	v.Summary = summary(&v)
	return &v, nil
}

func involves(unit string, p Problem) bool {
	if unit == "" || p.Lead == unit {
		return true
	}
	for _, h := range p.Helping {
		if h == unit {
			return true
		}
	}
	return false
}

func (d *Daily) row(code string) (Row, bool) {
	for _, rows := range [][]Row{d.Townships, d.Villages} {
		for _, r := range rows {
			if r.Code == code {
				return r, true
			}
		}
	}
	return Row{}, false
}

// keep returns what fits, never nil.
func keep[T any](in []T, fits func(T) bool) []T {
	out := []T{}
	for _, v := range in {
		if fits(v) {
			out = append(out, v)
		}
	}
	return out
}
