package staff

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"gonggu/internal/account"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/workbook"
)

// columns are the headings of the template, in the order of a line's cells.
var columns = []string{"姓名", "登录名", "手机号", "单位", "职务", "职责", "负责区划"}

const (
	colName = iota
	colLogin
	colPhone
	colUnit
	colTitle
	colDuty
	colArea
)

// maxRows bounds one workbook.
const maxRows = 2000

var (
	errHeading = errs.New(errs.Invalid, "staff.heading", "没有找到表头。第一行应有：姓名、登录名、手机号、单位、职务、职责、负责区划；请用本页的模板填写。")
	errNoRows  = errs.New(errs.Invalid, "staff.empty", "名单里没有人；请填写后再上传。")
	errMany    = errs.Newf(errs.TooLarge, "staff.too_many", "一次最多 %d 行；请按乡镇分成几份上传。", maxRows)
)

// reader reads lines with what the county knows at hand.
type reader struct {
	Desk
	ctx     context.Context
	list    *List
	sheet   string
	units   map[string][]duty.Unit
	areas   []duty.Area
	byCode  map[string]duty.Area
	aliases map[string][]string
	logins  map[string]Row    // by login: who bears it in this workbook
	phones  map[string]string // by number: whose login
	held    map[string][]duty.Duty
}

func (d Desk) parse(ctx context.Context, book *workbook.Book, l *List) error {
	rd := &reader{Desk: d, ctx: ctx, list: l, units: map[string][]duty.Unit{}, byCode: map[string]duty.Area{}, logins: map[string]Row{}, phones: map[string]string{}, held: map[string][]duty.Duty{}}
	l.Rows, l.Faults = []Row{}, []Fault{}
	units, err := duty.Units(ctx, d.DB, d.County, duty.Everything(d.County))
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.Until == "" {
			rd.units[u.Name] = append(rd.units[u.Name], u)
		}
	}
	if rd.areas, err = duty.Areas(ctx, d.DB, d.County, duty.Everything(d.County)); err != nil {
		return err
	}
	for _, a := range rd.areas {
		rd.byCode[a.Code] = a
	}
	if rd.aliases, err = duty.Aliases(ctx, d.DB, d.County); err != nil {
		return err
	}
	found := false
	for _, s := range book.Sheets() {
		ok, err := rd.readSheet(s)
		if err != nil {
			return err
		}
		found = found || ok
	}
	switch {
	case !found:
		return errHeading
	case len(l.Rows)+len(l.Faults) == 0:
		return errNoRows
	}
	return nil
}

func (rd *reader) readSheet(s *workbook.Sheet) (bool, error) {
	rd.sheet = s.Name
	var at []int
	for row, err := range s.Rows(rd.ctx) {
		if err != nil {
			return false, err
		}
		if at == nil {
			if row.N > 10 {
				return false, nil
			}
			at = heading(row)
			continue
		}
		cells := make([]string, len(columns))
		empty := true
		for i, c := range at {
			if c >= 0 {
				cells[i] = strings.TrimSpace(row.At(c).Text)
			}
			empty = empty && cells[i] == ""
		}
		if empty {
			continue
		}
		if len(rd.list.Rows)+len(rd.list.Faults) >= maxRows {
			return true, errMany
		}
		if err := rd.line(row.N, cells); err != nil {
			return true, err
		}
	}
	return at != nil, nil
}

// heading returns the column of each heading, -1 where it is missing; nil for a row that is no heading.
func heading(row *workbook.Row) []int {
	at := make([]int, len(columns))
	for i, want := range columns {
		at[i] = slices.IndexFunc(row.Cells, func(c workbook.Cell) bool {
			got := strings.NewReplacer(" ", "", "\n", "", "*", "").Replace(c.Text)
			return got == want || strings.HasPrefix(got, want+"(") || strings.HasPrefix(got, want+"（")
		})
		if at[i] >= 0 {
			at[i] = row.Cells[at[i]].Col
		}
	}
	if at[colName] < 0 || at[colDuty] < 0 || at[colArea] < 0 {
		return nil
	}
	return at
}

func (rd *reader) line(n int, cell []string) error {
	var faults []Fault
	bad := func(col int, reason string) {
		faults = append(faults, Fault{rd.sheet, n, columns[col], reason})
	}
	r := Row{N: n, Name: cell[colName], Login: cell[colLogin], Phone: cell[colPhone], Title: cell[colTitle]}
	if r.Login == "" {
		r.Login = r.Phone
	}
	rd.who(&r, bad)
	if r.Title == "" || utf8.RuneCountInString(r.Title) > 60 {
		bad(colTitle, "职务必填，不超过 60 个字。")
	}
	duties, unknown := readDuties(cell[colDuty])
	if unknown != "" || len(duties) == 0 {
		bad(colDuty, "不认识的职责“"+unknown+"”；可填的见“填写说明”。")
	}
	area, reason := rd.place(cell[colArea])
	if reason != "" {
		bad(colArea, reason)
	}
	unit, reason := rd.unit(cell[colUnit], area)
	if reason != "" && area.Code != "" {
		bad(colUnit, reason)
	}
	if len(faults) == 0 {
		if err := rd.taken(&r, bad); err != nil {
			return err
		}
	}
	if len(faults) == 0 {
		all := append(slices.Clone(rd.held[r.Person]), duties...)
		if err := duty.Apart(all); err != nil {
			bad(colDuty, "系统管理员、安全管理员、审计员三员分立：一个人只能任其一，且不能兼任业务岗位。")
		} else {
			rd.held[r.Person] = all
		}
	}
	if len(faults) > 0 {
		rd.list.Faults = append(rd.list.Faults, faults...)
		return nil
	}
	r.Unit, r.UnitName, r.Duties, r.Area, r.AreaName = unit.ID, unit.Name, duty.JoinDuties(duties), area.Code, area.Name
	if err := rd.post(&r); err != nil {
		return err
	}
	rd.logins[r.Login] = r
	if r.Phone != "" {
		rd.phones[r.Phone] = r.Login
	}
	rd.list.Rows = append(rd.list.Rows, r)
	return nil
}

// who checks the words that name a person, and that no other line of the workbook bears them.
func (rd *reader) who(r *Row, bad func(int, string)) {
	if r.Name == "" || utf8.RuneCountInString(r.Name) > 40 {
		bad(colName, "姓名必填，不超过 40 个字。")
	}
	if r.Phone != "" && !account.ValidPhone(r.Phone) {
		bad(colPhone, "手机号应为 11 位数字，以 1 开头；请核对（单元格请设为文本）。")
	}
	switch {
	case r.Login == "":
		bad(colLogin, "登录名和手机号至少填一个。")
	case utf8.RuneCountInString(r.Login) > 40:
		bad(colLogin, "登录名不超过 40 个字。")
	}
	if first, twice := rd.logins[r.Login]; twice && first.Name != r.Name && r.Login == r.Phone {
		bad(colPhone, "手机号与"+rowText(first.N)+"（"+first.Name+"）重复；一个号码只能登记一人。")
	} else if twice && first.Name != r.Name {
		bad(colLogin, "登录名与"+rowText(first.N)+"（"+first.Name+"）重复；一个登录名只能一人用。")
	}
	if login, twice := rd.phones[r.Phone]; twice && r.Phone != "" && login != r.Login {
		bad(colPhone, "手机号与"+rowText(rd.logins[login].N)+"（"+rd.logins[login].Name+"）重复；一个号码只能登记一人。")
	}
}

// taken finds whether the account exists: for the same person it is kept, for another it is a fault.
func (rd *reader) taken(r *Row, bad func(int, string)) error {
	if first, again := rd.logins[r.Login]; again {
		r.Person, r.Known = first.Person, first.Known
		return nil
	}
	a, err := rd.Accounts.ByLogin(rd.ctx, r.Login)
	switch {
	case err == nil:
		name := a.Name
		if name == "" {
			names, err := duty.PersonNames(rd.ctx, rd.DB, rd.County, []string{a.Person})
			if err != nil {
				return err
			}
			name = names[a.Person]
		}
		if name != r.Name {
			bad(colLogin, "登录名已由另一个人（"+name+"）使用；请换一个。")
			return nil
		}
		r.Person, r.Known = a.Person, true
		posts, err := duty.OpenPosts(rd.ctx, rd.DB, rd.County, []string{a.Person})
		if err != nil {
			return err
		}
		for _, p := range posts[a.Person] {
			rd.held[a.Person] = append(rd.held[a.Person], p.Duties...)
		}
	case errs.Code(err) == account.ErrNone.Code:
		r.Person = ident.Derive(rd.list.ID, "person/"+r.Login)
		if err := rd.Accounts.Taken(rd.ctx, account.New{Login: r.Login, Phone: r.Phone}); err != nil {
			if !errs.Shown(err) {
				return err
			}
			bad(colPhone, errs.As(err).Message)
		}
	default:
		return err
	}
	return nil
}

// post names the post that a line wishes for, the same each time it is read.
func (rd *reader) post(r *Row) error {
	r.Post = ident.Derive(r.Person, "wish/"+r.Unit+"/"+r.Title+"/"+r.Duties+"/"+r.Area)
	open, err := rd.opened(*r)
	if err != nil {
		return err
	}
	if open {
		r.PostKnown = true
		return nil
	}
	var until int64
	err = rd.DB.QueryRow(rd.ctx, postState, rd.County, r.Post).Scan(&until)
	if err == nil { // it ended: what comes back is a new post
		r.Post = ident.Derive(rd.list.ID, r.Post)
		return nil
	}
	if database.Missing(err) {
		return nil
	}
	return err
}

// opened reports whether the person holds just this post already.
func (rd *reader) opened(r Row) (bool, error) {
	if !r.Known {
		return false, nil
	}
	posts, err := duty.OpenPosts(rd.ctx, rd.DB, rd.County, []string{r.Person})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(posts[r.Person], func(p duty.Held) bool {
		return p.Unit == r.Unit && p.Title == r.Title && p.Area == r.Area && duty.JoinDuties(p.Duties) == r.Duties
	}), nil
}

func readDuties(s string) (out []duty.Duty, unknown string) {
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("、,，;； /", c) }) {
		i := slices.IndexFunc(Labels, func(l struct {
			Duty  duty.Duty
			Label string
		}) bool {
			return l.Label == part || string(l.Duty) == part
		})
		if i < 0 {
			return nil, part
		}
		if !slices.Contains(out, Labels[i].Duty) {
			out = append(out, Labels[i].Duty)
		}
	}
	return out, ""
}

// place finds an area by its code or by “乡镇/村”.
func (rd *reader) place(s string) (duty.Area, string) {
	if s == "" {
		return duty.Area{}, "负责区划必填；全县的写“全县”。"
	}
	if a, ok := rd.byCode[s]; ok {
		return a, ""
	}
	county := rd.byCode[rd.County]
	if s == "全县" || s == county.Name || s == county.Short {
		return county, ""
	}
	at := county
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("/／、>", c) }) {
		var hits []duty.Area
		for _, a := range rd.areas {
			named := a.Name == part || a.Short == part || slices.Contains(rd.aliases[a.Code], part)
			if a.Parent == at.Code && named {
				hits = append(hits, a)
			}
		}
		switch len(hits) {
		case 0:
			return duty.Area{}, "在“" + at.Name + "”下没有“" + part + "”；请写成“乡镇/村”，名称与区划列表一致。"
		case 1:
			at = hits[0]
		default:
			return duty.Area{}, "“" + at.Name + "”下有几个“" + part + "”；请改填区划代码。"
		}
	}
	return at, ""
}

func (rd *reader) unit(name string, area duty.Area) (duty.Unit, string) {
	if name == "" {
		for _, list := range rd.units {
			for _, u := range list {
				if u.ID == area.Code {
					return u, ""
				}
			}
		}
		return duty.Unit{}, "单位必填；只有村和乡镇的人员可以不填。"
	}
	list := rd.units[name]
	if len(list) == 0 {
		return duty.Unit{}, "没有单位“" + name + "”；请按“单位名单”填写，或请安全管理员先新设单位。"
	}
	if len(list) == 1 {
		return list[0], ""
	}
	for _, u := range list {
		if u.Area == area.Code {
			return u, ""
		}
	}
	return duty.Unit{}, "有几个单位都叫“" + name + "”；请把负责区划写到这个单位所在的村。"
}
