package report

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// KindFreeze is the act that freezes a report-day's report; only the product itself does it.
const KindFreeze = "report.freeze"

const kindDaily = "daily"

// Errors of freezing.
var (
	ErrFrozen   = errs.New(errs.Conflict, "report.frozen", "这一天的日报已经定稿，不能再次定稿。")
	ErrMismatch = errs.New(errs.Conflict, "report.mismatch", "日报内容与按日志重算的结果不一致，未定稿；系统会重新计算后再试。")
	errNotOurs  = errs.New(errs.Forbidden, "report.system_only", "日报由系统在截止时间自动定稿，不能手工定稿。")
	errNotDue   = errs.New(errs.Invalid, "report.not_due", "截止时间还没有过，日报不能定稿。")
	errBody     = errs.New(errs.Invalid, "act.body", "记录内容不完整，未受理；请检查后重新提交。")
)

// Kinds returns what the acts of this package mean.
func Kinds(book *campaign.Book) map[string]act.Kind {
	return map[string]act.Kind{
		KindFreeze: {Apply: func(ctx context.Context, s *act.Step) error { return apply(ctx, s, book) }},
		KindRemark: {Apply: func(ctx context.Context, s *act.Step) error { return applyRemark(ctx, s, book) }},
		KindReview: {Apply: applyReview},
	}
}

// apply computes the report anew inside the lane's transaction and keeps it only if it is the one
// that the act names.
func apply(ctx context.Context, s *act.Step, book *campaign.Book) error {
	if s.Act.Actor != act.System || s.Act.Post != act.System {
		return errNotOurs
	}
	day, _ := s.Act.Body["reported_on"].(string)
	size, ok := s.Act.Body["log_size"].(int64)
	if !ok || !clock.ValidDay(day) {
		return errBody
	}
	if err := checkAnchor(s.Act.Body); err != nil {
		return err
	}
	switch f, err := frozenRow(ctx, s.Tx, s.Act.County, day); {
	case err != nil:
		return err
	case f != nil:
		return ErrFrozen
	}
	d, err := Build(ctx, s.Tx, book, s.Act.County, day, s.Act.ReceivedAt)
	if err != nil {
		return err
	}
	if !d.Closed {
		return errNotDue
	}
	if d.Version, err = versionOf(s.Act); err != nil {
		return err
	}
	d.Summary = summary(d)
	doc, err := d.Canonical()
	if err != nil {
		return fmt.Errorf("report of %s: %w", day, err)
	}
	digest := canon.HashBytes(doc)
	if digest != s.Act.Body["digest"] || size != d.Foot.LogSize || d.Foot.Root != s.Act.Body["root"] {
		return ErrMismatch
	}
	if _, err := s.Tx.Exec(ctx, insertReport, s.Act.County, digest, kindDaily, day, encoder().EncodeAll(doc, nil)); err != nil {
		return err
	}
	_, err = s.Tx.Exec(ctx, insertCutOff, s.Act.County, day, d.DueAt, s.Act.ReceivedAt, s.Act.Index, size, digest)
	return err
}

// versionOf returns the version of the form that a freezing names; the first one named none.
func versionOf(a *act.Act) (int, error) {
	n, ok := a.Body["version"].(int64)
	switch {
	case !ok:
		return 1, nil
	case n < 2 || n > version:
		return 0, errBody.At("version", "不认识的日报版本")
	default:
		return int(n), nil
	}
}

var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<28), zstd.WithDecoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return d
	})
)

// maxTries bounds how often one scan tries to freeze a day that keeps changing under it.
const maxTries = 4

// codeTaken is the lane's code when two processes saw different logs and came with the same id.
const codeTaken = "act.id_taken"

// Freeze freezes every report-day whose cut-off lies strictly before now (Unix ms) and that is not
// frozen yet, in order, and returns those that this call froze. It is called at the start and each
// minute; several processes may call it at once, each day is frozen once.
func Freeze(ctx context.Context, lane *act.Lane, db *database.DB, book *campaign.Book, now int64) ([]string, error) {
	done := []string{}
	county := lane.County()
	days, err := List(ctx, db, book, county, now)
	if errs.Code(err) == campaign.ErrNone.Code {
		return done, nil
	}
	if err != nil {
		return done, err
	}
	for _, d := range days {
		if d.State != StateDue {
			continue
		}
		ours, err := freezeDay(ctx, lane, db, book, d.Day, now)
		if err != nil {
			return done, fmt.Errorf("freeze the report of %s: %w", d.Day, err)
		}
		if ours {
			done = append(done, d.Day)
		}
	}
	return done, nil
}

// freezeDay reports whether this call froze the day. The act's id comes from the day, and all of its
// content from the log, so that two processes make the same act. A batch of the lane that began
// before the cut-off may commit after the report was computed; the lane then refuses that act for
// good, and the next try has an id of its own.
func freezeDay(ctx context.Context, lane *act.Lane, db *database.DB, book *campaign.Book, day string, now int64) (bool, error) {
	var last act.Answer
	for try := range maxTries {
		d, err := Build(ctx, db, book, lane.County(), day, now)
		if err != nil {
			return false, err
		}
		looks, err := access.Head(ctx, db, lane.County())
		if err != nil {
			return false, err
		}
		a, err := freezeAct(d, try, now)
		if err != nil {
			return false, err
		}
		a.Body["access"] = canon.Object{"size": looks.Size, "root": hex.EncodeToString(looks.Root[:])}
		answers, err := lane.Submit(ctx, act.System, act.Submission{Act: a})
		if err != nil {
			return false, err
		}
		switch last = answers[0]; {
		case last.Outcome == act.Accepted:
			return true, nil
		case last.Outcome == act.Known, last.Code == ErrFrozen.Code:
			return false, nil
		case last.Code == errNotDue.Code && try == 0: // an old refusal, or the lane's clock is behind now
		case last.Code != ErrMismatch.Code && last.Code != codeTaken:
			return false, errs.New(errs.Conflict, last.Code, last.Reason)
		}
	}
	return false, errs.New(errs.Conflict, last.Code, last.Reason)
}

func freezeAct(d *Daily, try int, now int64) (*act.Act, error) {
	doc, err := d.Canonical()
	if err != nil {
		return nil, err
	}
	name := d.County + "/" + d.Day
	if try > 0 {
		name += fmt.Sprintf("/%d/%d", now/60_000, try) // fresh each minute: no refusal closes the day for good
	}
	return &act.Act{ID: ident.Derive(KindFreeze, name), County: d.County, Kind: KindFreeze, Subject: kindDaily + "/" + d.Day,
		Actor: act.System, Post: act.System, Pack: d.Pack, DeviceAt: d.DueAt,
		Body: canon.Object{"reported_on": d.Day, "log_size": d.Foot.LogSize, "root": d.Foot.Root, "digest": canon.HashBytes(doc), "version": int64(d.Version)}}, nil
}

// checkAnchor looks at the form of what a freeze says of the access log. What it says is what that
// log was then; a replay has no access log and takes the act's word, Anchors is who holds it to it.
func checkAnchor(b canon.Object) error {
	if b["access"] == nil {
		return nil // frozen before there was an access log
	}
	o, _ := b["access"].(canon.Object)
	size, ok := o["size"].(int64)
	root, isText := o["root"].(string)
	if raw, err := hex.DecodeString(root); !ok || !isText || size < 0 || err != nil || len(raw) != 32 {
		return errBody
	}
	return nil
}

// Anchors returns what the frozen reports say of the access log, oldest first.
func Anchors(ctx context.Context, r database.Reader, county string) ([]access.Anchor, error) {
	rows, err := r.Query(ctx, listCutOffs, county)
	if err != nil {
		return nil, err
	}
	days, err := database.Collect(rows, func(r *sql.Rows) (d Day, err error) {
		return d, r.Scan(&d.Day, &d.Digest, &d.FrozenAt, &d.Index, &d.LogSize)
	})
	if err != nil {
		return nil, err
	}
	out := []access.Anchor{}
	for _, d := range days {
		a, err := act.ByIndex(ctx, r, county, d.Index)
		if err != nil {
			return nil, err
		}
		if o, ok := a.Body["access"].(canon.Object); ok {
			size, _ := o["size"].(int64)
			root, _ := o["root"].(string)
			out = append(out, access.Anchor{Where: d.Day, Size: size, Root: root})
		}
	}
	return out, nil
}

// The states of a report-day.
const (
	StateFrozen = "frozen"
	StateDue    = "due"  // the cut-off has passed, it will be frozen within a minute
	StateOpen   = "open" // provisional
)

// Day is a report-day with what is known of its report.
type Day struct {
	Day       string `json:"day"`
	State     string `json:"state"`
	StateName string `json:"stateName"`
	DueAt     int64  `json:"dueAt"`
	FrozenAt  int64  `json:"frozenAt"` // Unix ms, 0 before
	Index     int64  `json:"index"`    // of the freezing act in the log, 0 before
	LogSize   int64  `json:"logSize"`
	Digest    string `json:"digest"`
	Review    string `json:"review" enum:",approved,returned"` // the latest 审签
	Reviewer  string `json:"reviewer"`
}

// List returns the report-days from the first to now's, oldest first. Code: campaign.none.
func List(ctx context.Context, r database.Reader, book *campaign.Book, county string, now int64) ([]Day, error) {
	c, err := book.InForce(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := r.Query(ctx, listCutOffs, county)
	if err != nil {
		return nil, err
	}
	frozen, err := database.Collect(rows, func(r *sql.Rows) (d Day, err error) {
		return d, r.Scan(&d.Day, &d.Digest, &d.FrozenAt, &d.Index, &d.LogSize)
	})
	if err != nil {
		return nil, err
	}
	if err := addReviews(ctx, r, county, frozen); err != nil {
		return nil, err
	}
	by := make(map[string]Day, len(frozen))
	for _, d := range frozen {
		by[d.Day] = d
	}
	out := []Day{}
	last := clock.ReportDay(now, c.CutOff)
	if end := c.LastOn(); end != "" {
		last = min(last, end)
	}
	for day := c.FirstOn(); day <= last; day = clock.AddDays(day, 1) {
		due, err := dueAt(c, day, now)
		if err != nil {
			continue // before the opening
		}
		d := by[day]
		d.Day, d.DueAt = day, due
		switch {
		case d.FrozenAt != 0:
			d.State, d.StateName = StateFrozen, "已定稿"
		case now > due:
			d.State, d.StateName = StateDue, "待定稿"
		default:
			d.State, d.StateName = StateOpen, stateOpen
		}
		out = append(out, d)
	}
	return out, nil
}

// Kept is a frozen report with the bytes that its digest names.
type Kept struct {
	Day    Day
	Doc    []byte // canonical JSON
	Report *Daily
}

// Frozen returns the frozen report of a day, checked against its digest. Code: report.not_frozen.
func Frozen(ctx context.Context, r database.Reader, county, day string) (*Kept, error) {
	row, err := frozenRow(ctx, r, county, day)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, ErrNone
	}
	var box []byte
	if err := r.QueryRow(ctx, readReport, county, row.Digest).Scan(&box); err != nil {
		return nil, fmt.Errorf("frozen report of %s: %w", day, err)
	}
	k := &Kept{Day: *row, Report: &Daily{}}
	if k.Doc, err = decoder().DecodeAll(box, nil); err != nil {
		return nil, fmt.Errorf("frozen report of %s: %w", day, err)
	}
	if canon.HashBytes(k.Doc) != row.Digest {
		return nil, fmt.Errorf("frozen report of %s does not hash to its digest", day)
	}
	if err := json.Unmarshal(k.Doc, k.Report); err != nil {
		return nil, fmt.Errorf("frozen report of %s: %w", day, err)
	}
	k.Day.DueAt = k.Report.DueAt
	k.Report.fill()
	return k, nil
}

// Unpack returns the canonical JSON of a frozen report as its table keeps it.
func Unpack(box []byte) ([]byte, error) { return decoder().DecodeAll(box, nil) }

// fill gives what an earlier version of the form did not have its empty value, as readers expect it.
func (d *Daily) fill() {
	if d.Version < 3 {
		d.Progress = noProgress()
	}
	if p := &d.Progress; d.Version == 3 {
		if p.Own = noProgress().Own; p.Shown {
			p.Own = own(p.Total, p.Townships)
		}
	}
	if d.Version >= 2 {
		return
	}
	d.Reasons, d.Remarks = []Named{}, []Remark{}
	rows := []*Row{&d.Total}
	for _, list := range [][]Row{d.Townships, d.Villages} {
		for i := range list {
			rows = append(rows, &list[i])
		}
	}
	for _, r := range rows {
		r.Reasons, r.Left = []Reason{}, max(0, r.Households-r.Inspected)
	}
}

// frozenRow returns the frozen day, nil when there is none.
func frozenRow(ctx context.Context, r database.Reader, county, day string) (*Day, error) {
	d := Day{Day: day, State: StateFrozen, StateName: "已定稿"}
	err := r.QueryRow(ctx, readCutOff, county, day).Scan(&d.Digest, &d.FrozenAt, &d.Index, &d.LogSize)
	if database.Missing(err) || (err == nil && d.FrozenAt == 0) {
		return nil, nil
	}
	return &d, err
}

// Provisional computes the report of the day that is still open, marked as not closed.
func Provisional(ctx context.Context, r database.Reader, book *campaign.Book, county string, now int64) (*Daily, error) {
	c, err := book.InForce(ctx, r)
	if err != nil {
		return nil, err
	}
	return Build(ctx, r, book, county, clock.ReportDay(now, c.CutOff), now)
}

// Of returns the report of a day as it stands: the frozen one, or else computed from nothing.
func Of(ctx context.Context, r database.Reader, book *campaign.Book, county, day string, now int64) (*Daily, error) {
	k, err := Frozen(ctx, r, county, day)
	switch {
	case err == nil:
		return k.Report, nil
	case errs.Code(err) == ErrNone.Code:
		return Build(ctx, r, book, county, day, now)
	default:
		return nil, err
	}
}
