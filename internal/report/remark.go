package report

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// The kinds of act that people do on a report.
const (
	KindRemark = "report.remark" // a unit's one sentence for the day's report, until its cut-off
	KindReview = "report.review" // 审签 of a frozen report, by a leader
)

// MaxRemark bounds a remark and the word of a review, in characters: the report is one page.
const MaxRemark = 100

// The verdicts of a review.
const (
	Approved = "approved" // 同意
	Returned = "returned" // 退回
)

// Errors of remarks and reviews.
var (
	ErrRemarkLate   = errs.New(errs.Conflict, "report.remark_late", "这一天的日报已过截止时间，说明不能再加；请写进下一天的日报。")
	ErrRemarkLong   = errs.Newf(errs.Invalid, "report.remark_long", "日报说明最多 %d 个字，只写一句话；请删短后再提交。", MaxRemark)
	ErrRemarkNumber = errs.New(errs.Invalid, "report.remark_number", "日报要外送，说明里不能写证件号、电话或账号；请删去长号码后再提交。")
	ErrRemarkNone   = errs.New(errs.Invalid, "report.remark_none", "还没有写说明；请写一句话，或不用提交。")
	ErrReviewed     = errs.New(errs.Conflict, "report.reviewed", "这份日报已经审签同意，不用再签；请刷新后查看。")
	ErrReviewWord   = errs.New(errs.Invalid, "report.review_word", "退回日报请写明要怎么改（4 至 100 个字），再提交。")
	ErrReviewDigest = errs.New(errs.Conflict, "report.review_digest", "您看到的日报与定稿的不是同一份，未受理；请刷新后重新审签。")
	errUnfrozen     = errs.New(errs.Conflict, "report.review_early", "这一天的日报还没有定稿，不能审签；请过了截止时间再签。")
)

// RemarkBody is the body of a report.remark act; an empty say takes the unit's remark back.
func RemarkBody(day, say string) canon.Object {
	return canon.Object{"reported_on": day, "say": say}
}

// ReviewBody is the body of a report.review act; digest names the frozen report that was read.
func ReviewBody(day, digest, verdict, word string) canon.Object {
	return canon.Object{"reported_on": day, "digest": digest, "verdict": verdict, "word": word}
}

func applyRemark(ctx context.Context, s *act.Step, book *campaign.Book) error {
	by, err := duty.Acting(ctx, s, duty.RemarkReport)
	if err != nil {
		return err
	}
	day, _ := s.Act.Body["reported_on"].(string)
	say, ok := s.Act.Body["say"].(string)
	say = oneLine(say)
	c, err := book.InForce(ctx, s.Tx)
	if err != nil {
		return err
	}
	switch {
	case !ok || !clock.ValidDay(day):
		return errBody
	case day < s.ReportDay:
		return ErrRemarkLate
	case day > s.ReportDay:
		return ErrFuture
	case utf8.RuneCountInString(say) > MaxRemark:
		return ErrRemarkLong
	case longNumber(say):
		return ErrRemarkNumber
	}
	if _, err := dueAt(c, day, s.Act.ReceivedAt); err != nil {
		return err
	}
	had, err := remarkOf(ctx, s.Tx, s.Act.County, day, by.Unit)
	if err != nil {
		return err
	}
	if say == "" {
		if had == nil {
			return ErrRemarkNone
		}
		_, err = s.Tx.Exec(ctx, dropRemark, s.Act.County, day, by.Unit)
		return err
	}
	_, err = s.Tx.Exec(ctx, writeRemark, s.Act.County, day, by.Unit, clean(by.UnitName), by.Area, say, s.Act.Post, s.Act.ReceivedAt, s.Act.Index)
	return err
}

// oneLine makes a sentence of what was typed: breaks become spaces.
func oneLine(s string) string { return clean(strings.Join(strings.Fields(s), " ")) }

func readRemarks(ctx context.Context, r database.Reader, county, day string) ([]Remark, error) {
	rows, err := r.Query(ctx, remarksOn, county, day)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (x Remark, err error) {
		return x, r.Scan(&x.Unit, &x.Name, &x.Area, &x.Say, &x.At)
	})
}

func remarkOf(ctx context.Context, r database.Reader, county, day, unit string) (*Remark, error) {
	list, err := readRemarks(ctx, r, county, day)
	for i := range list {
		if list[i].Unit == unit {
			return &list[i], err
		}
	}
	return nil, err
}

func (b *builder) remarks(ctx context.Context, d *Daily) (err error) {
	d.Remarks, err = readRemarks(ctx, b.r, b.county, b.day)
	return err
}

// Review is a leader's 审签 of a frozen report. It changes nothing of the report.
type Review struct {
	Verdict     string `json:"verdict" enum:"approved,returned"`
	VerdictName string `json:"verdictName"`
	Word        string `json:"word"`
	Who         string `json:"who"`
	Post        string `json:"post"`
	At          int64  `json:"at"`
	Index       int64  `json:"index"`
	Digest      string `json:"digest"`

	day, post string
}

func applyReview(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ReviewReport)
	if err != nil {
		return err
	}
	if !by.Scope(duty.ReviewReport).Covers(s.Act.County) {
		return duty.ErrOutside
	}
	day, _ := s.Act.Body["reported_on"].(string)
	verdict, _ := s.Act.Body["verdict"].(string)
	word, ok := s.Act.Body["word"].(string)
	word = oneLine(word)
	n := utf8.RuneCountInString(word)
	switch {
	case !ok || !clock.ValidDay(day) || (verdict != Approved && verdict != Returned):
		return errBody
	case n > MaxRemark || (verdict == Returned && n < 4):
		return ErrReviewWord
	case longNumber(word):
		return ErrRemarkNumber
	}
	f, err := frozenRow(ctx, s.Tx, s.Act.County, day)
	switch {
	case err != nil:
		return err
	case f == nil:
		return errUnfrozen
	case f.Digest != s.Act.Body["digest"]:
		return ErrReviewDigest
	}
	list, err := readReviews(ctx, s.Tx, reviewsOn, s.Act.County, day)
	if err != nil {
		return err
	}
	if n := len(list); n > 0 && list[n-1].Verdict == Approved && verdict == Approved {
		return ErrReviewed
	}
	_, err = s.Tx.Exec(ctx, insertReview, s.Act.County, day, s.Act.Index, f.Digest, verdict, word, s.Act.Post, s.Act.ReceivedAt)
	return err
}

func readReviews(ctx context.Context, r database.Reader, text string, args ...any) ([]Review, error) {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (v Review, err error) {
		err = r.Scan(&v.day, &v.Verdict, &v.Word, &v.post, &v.At, &v.Index, &v.Digest)
		v.VerdictName = map[string]string{Approved: "审签同意", Returned: "退回"}[v.Verdict]
		return v, err
	})
}

// sign names who reviewed.
func sign(ctx context.Context, r database.Reader, county string, list []Review) error {
	for i := range list {
		who, err := duty.Known(ctx, r, county, list[i].post)
		if err != nil {
			return err
		}
		list[i].Who, list[i].Post = who.Name, strings.TrimSpace(who.UnitName+" "+who.Title)
	}
	return nil
}

// Reviews returns the reviews of a day's frozen report, oldest first; the last one holds.
func Reviews(ctx context.Context, r database.Reader, county, day string) ([]Review, error) {
	list, err := readReviews(ctx, r, reviewsOn, county, day)
	if err != nil {
		return nil, err
	}
	return list, sign(ctx, r, county, list)
}

// addReviews tells of each day its latest review.
func addReviews(ctx context.Context, r database.Reader, county string, days []Day) error {
	list, err := readReviews(ctx, r, reviewsOfAll, county)
	if err != nil || len(list) == 0 {
		return err
	}
	last := map[string]Review{}
	for _, v := range list {
		last[v.day] = v
	}
	for i := range days {
		v, ok := last[days[i].Day]
		if !ok {
			continue
		}
		who, err := duty.Known(ctx, r, county, v.post)
		if err != nil {
			return err
		}
		days[i].Review, days[i].Reviewer = v.Verdict, who.Name
	}
	return nil
}

// OwnRemark returns what a unit has said for a day's report, "" for nothing.
func OwnRemark(ctx context.Context, r database.Reader, county, day, unit string) (string, error) {
	x, err := remarkOf(ctx, r, county, day, unit)
	if err != nil || x == nil {
		return "", err
	}
	return x.Say, nil
}
