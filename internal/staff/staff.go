// Package staff makes many accounts out of one workbook. The system officer uploads it, looks at the
// preview, and gets a workbook of one-time passwords that can be fetched once; the posts that the
// workbook names become wishes, which the security officer grants by post.open acts of his own. It
// owns staff_lists and wished_posts, neither of which is part of what the acts add up to.
package staff

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"gonggu/internal/account"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/seal"
	"gonggu/internal/workbook"
)

// States of a list.
const (
	Preview = "preview"
	Made    = "made"    // the passwords wait to be fetched
	Fetched = "fetched" // and were
	Wiped   = "wiped"   // nobody fetched or confirmed it in time
)

// keep is how long a preview or the passwords lie, sealed, before they are wiped.
const keep = 24 * time.Hour

// Row is one line of the workbook that can be carried out.
type Row struct {
	N                      int    // as Excel counts
	Name, Login, Phone     string // the phone only until the list is confirmed
	Unit, UnitName, Title  string
	Duties, Area, AreaName string
	Person                 string
	Known                  bool // the account exists; at most a post is wished for
	Post                   string
	PostKnown              bool // the post, too, exists or is wished for already
	Password               string
}

// Fault is one thing wrong with a line. Nothing of the line is carried out.
type Fault struct {
	Sheet  string `json:"sheet"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// List is a workbook that was read.
type List struct {
	ID, Person, Name, State string
	CreatedAt, WipedAt      int64
	Made                    int64 // accounts
	Rows                    []Row
	Faults                  []Fault
}

type content struct {
	Rows   []Row
	Faults []Fault
}

// Desk keeps the lists of one county.
type Desk struct {
	DB       *database.DB
	County   string
	Keys     *seal.Keys
	Accounts account.Book
	Clock    clock.Clock // the machine's
}

var errGone = errs.New(errs.NotFound, "staff.gone", "这份名单已取走或超过 24 小时已清除；密码没有留底，忘记的请由安全管理员重置。")

// Read reads a workbook into a preview. Codes: workbook.*, staff.empty, staff.heading, staff.too_many.
func (d Desk) Read(ctx context.Context, person, name string, data []byte) (*List, error) {
	if err := d.Sweep(ctx); err != nil {
		return nil, err
	}
	book, err := workbook.Open(bytes.NewReader(data), int64(len(data)), workbook.Limits{FileBytes: maxFile, InflatedBytes: 256 << 20})
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }()
	l := &List{ID: ident.New(), Person: person, Name: name, State: Preview, CreatedAt: d.Clock.Now()}
	if err := d.parse(ctx, book, l); err != nil {
		return nil, err
	}
	box, err := d.box(l)
	if err != nil {
		return nil, err
	}
	return l, d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, insertList, d.County, l.ID, person, name, l.CreatedAt, l.State, box)
		return err
	})
}

const maxFile = 8 << 20

func (d Desk) box(l *List) ([]byte, error) {
	raw, err := json.Marshal(content{l.Rows, l.Faults})
	if err != nil {
		return nil, err
	}
	return d.Keys.Seal("staff/"+l.ID, raw), nil
}

func (d Desk) scan(r interface{ Scan(...any) error }) (*List, error) {
	l := &List{Rows: []Row{}, Faults: []Fault{}}
	var box []byte
	if err := r.Scan(&l.ID, &l.Person, &l.Name, &l.CreatedAt, &l.State, &box, &l.Made, &l.WipedAt); err != nil || box == nil {
		return l, err
	}
	raw, err := d.Keys.Open("staff/"+l.ID, box)
	if err != nil {
		return nil, err
	}
	var c content
	err = json.Unmarshal(raw, &c)
	l.Rows, l.Faults = c.Rows, c.Faults
	return l, err
}

// Get returns a list to its maker. Code: staff.not_found.
func (d Desk) Get(ctx context.Context, person, id string) (*List, error) {
	l, err := d.scan(d.DB.QueryRow(ctx, readList, d.County, id))
	if database.Missing(err) || (err == nil && l.Person != person) {
		return nil, errs.New(errs.NotFound, "staff.not_found", "没有这份名单，或不是您上传的。")
	}
	return l, err
}

// Latest returns a person's last lists, without their lines.
func (d Desk) Latest(ctx context.Context, person string) ([]List, error) {
	rows, err := d.DB.Query(ctx, latestList, d.County, person)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (List, error) {
		l, err := d.scan(r)
		if err != nil {
			return List{}, err
		}
		return *l, nil
	})
}

// Confirm makes the accounts of a preview and writes its wishes down; doing it again changes nothing.
// Codes: staff.not_found, staff.gone, and account.login_taken when somebody was faster.
func (d Desk) Confirm(ctx context.Context, person, id string) (*List, error) {
	l, err := d.Get(ctx, person, id)
	if err != nil || l.State == Made || l.State == Fetched {
		return l, err
	}
	if l.State != Preview {
		return nil, errGone
	}
	var fresh []account.New
	seen := map[string]string{}
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Known {
			continue
		}
		if p, twice := seen[r.Person]; twice {
			r.Password = p
			continue
		}
		r.Password = account.NewPassword()
		seen[r.Person] = r.Password
		fresh = append(fresh, account.New{Person: r.Person, Name: r.Name, Login: r.Login, Phone: r.Phone, Password: r.Password})
	}
	for i := range l.Rows {
		l.Rows[i].Phone = ""
	}
	l.State, l.Made = Made, int64(len(fresh))
	box, err := d.box(l)
	if err != nil {
		return nil, err
	}
	return l, d.Accounts.Add(ctx, fresh, func(tx *database.Tx) error {
		for _, r := range l.Rows {
			if r.PostKnown {
				continue
			}
			if _, err := tx.Exec(ctx, insertWish, d.County, r.Post, l.ID, r.Person, r.Name, r.Unit, r.Title, r.Duties, r.Area, d.Clock.Now(), person); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, setList, l.State, box, l.Made, d.County, l.ID, Preview)
		if err == nil && n != 1 {
			return errGone // confirmed twice at once: the other one made them
		}
		return err
	})
}

// Fetch writes the workbook of one-time passwords, once, and forgets them. Codes: staff.not_found, staff.gone.
func (d Desk) Fetch(ctx context.Context, person, id string, begin func() io.Writer) error {
	l, err := d.Get(ctx, person, id)
	if err != nil {
		return err
	}
	if l.State != Made {
		return errGone
	}
	var n int64
	err = d.DB.Write(ctx, func(tx *database.Tx) error {
		n, err = tx.Exec(ctx, wipeList, d.Clock.Now(), Fetched, d.County, id)
		return err
	})
	if err != nil {
		return err
	}
	if n != 1 {
		return errGone
	}
	return writePasswords(begin(), l)
}

func writePasswords(w io.Writer, l *List) error {
	book := workbook.NewWriter(w)
	s, err := book.Sheet("账号和一次性密码", workbook.Layout{Titles: []string{"账号和一次性密码", "本表只能下载一次，服务器不留底。发放到本人后请销毁；首次登录必须改密码。"},
		Heading: []string{"序号", "姓名", "登录名", "一次性密码", "单位", "职务"}, Widths: []float64{6, 12, 18, 20, 24, 24}, Portrait: true})
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, r := range l.Rows {
		if r.Password == "" || done[r.Person] {
			continue
		}
		done[r.Person] = true
		if err := s.Row(workbook.Int(int64(len(done))), workbook.Text(r.Name), workbook.Text(r.Login), workbook.Text(r.Password), workbook.Text(r.UnitName), workbook.Text(r.Title)); err != nil {
			return err
		}
	}
	return book.Close()
}

// Sweep wipes what has lain too long.
func (d Desk) Sweep(ctx context.Context) error {
	now := d.Clock.Now()
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, sweepLists, now, Wiped, d.County, now-keep.Milliseconds())
		return err
	})
}

// Wish is a post that a workbook asks for and nobody has granted or dropped yet.
type Wish struct {
	ID, Person, Name, Unit, UnitName, Title, Duties, Area, AreaName string
	At                                                              int64
	By                                                              string
}

// Wishes returns the posts asked for, by place and unit.
func (d Desk) Wishes(ctx context.Context) ([]Wish, error) {
	rows, err := d.DB.Query(ctx, listWishes, d.County)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (w Wish, err error) {
		return w, r.Scan(&w.ID, &w.Person, &w.Name, &w.Unit, &w.UnitName, &w.Title, &w.Duties, &w.Area, &w.AreaName, &w.At, &w.By)
	})
}

// Drop takes a wish off the list; doing it again changes nothing.
func (d Desk) Drop(ctx context.Context, id, person string) error {
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropWish, d.Clock.Now(), person, d.County, id)
		return err
	})
}

// Labels are the duties as the workbook writes them, in the order of its sheet of explanations.
var Labels = []struct {
	Duty  duty.Duty
	Label string
}{
	{duty.Office, "县巩固办"}, {duty.Township, "乡镇"}, {duty.Village, "村干部"}, {duty.Inspector, "入户排查"}, {duty.Department, "县直部门"}, {duty.Supervisor, "督导组"},
	{duty.Leader, "县领导"}, {duty.SysAdmin, "系统管理员"}, {duty.SecAdmin, "安全管理员"}, {duty.Auditor, "审计员"},
}

// Template writes the workbook to fill in, with a second sheet that explains it and names the units.
func (d Desk) Template(ctx context.Context, w io.Writer) error {
	units, err := duty.Units(ctx, d.DB, d.County, duty.Everything(d.County))
	if err != nil {
		return err
	}
	book := workbook.NewWriter(w)
	widths := make([]float64, len(columns))
	for i := range widths {
		widths[i] = 18
	}
	s, err := book.Sheet("人员名单", workbook.Layout{Heading: columns, Widths: widths})
	if err != nil {
		return err
	}
	_ = s // the heading alone: an example row would become an account
	if s, err = book.Sheet("填写说明", workbook.Layout{Heading: []string{"列", "怎么填"}, Widths: []float64{18, 90}}); err != nil {
		return err
	}
	labels := ""
	for i, l := range Labels {
		if i > 0 {
			labels += "、"
		}
		labels += l.Label
	}
	for _, r := range [][2]string{
		{columns[0], "必填，真实姓名。"},
		{columns[1], "登录用的名字，一般填手机号；不填就用手机号。一个人有两个岗位的写两行，登录名和姓名都相同。"},
		{columns[2], "11 位；没有可以不填，但这时登录名必填。一个号码只能登记一人。"},
		{columns[3], "按下面的单位名单填写；村和乡镇的人员不填，就按负责区划的村或乡镇。"},
		{columns[4], "必填，如：村支部书记、驻村第一书记、联络员。"},
		{columns[5], "必填，可填：" + labels + "。两项以上用顿号隔开；系统管理员、安全管理员、审计员不能兼任。"},
		{columns[6], "必填，写“乡镇/村”，如：刘庄店镇/后罗庄村；乡镇的只写乡镇；全县的写“全县”。也可以填区划代码。"},
	} {
		if err := s.Row(workbook.Text(r[0]), workbook.Text(r[1])); err != nil {
			return err
		}
	}
	if s, err = book.Sheet("单位名单", workbook.Layout{Heading: []string{"单位", "所在区划代码"}, Widths: []float64{40, 18}}); err != nil {
		return err
	}
	for _, u := range units {
		if u.Until == "" {
			if err := s.Row(workbook.Text(u.Name), workbook.Text(u.Area)); err != nil {
				return err
			}
		}
	}
	return book.Close()
}

func rowText(n int) string { return "第 " + strconv.Itoa(n) + " 行" }
