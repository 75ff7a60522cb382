package webapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/staff"
)

// StaffRow is a line of a workbook of accounts that can be carried out.
type StaffRow struct {
	N         int    `json:"n"`
	Name      string `json:"name"`
	Login     string `json:"login"`
	Unit      string `json:"unit"`
	Title     string `json:"title"`
	Duties    string `json:"duties"`
	Area      string `json:"area"`
	Known     bool   `json:"known" doc:"the account exists already"`
	PostKnown bool   `json:"postKnown" doc:"the post, too"`
}

// StaffList is a workbook of accounts that was read.
type StaffList struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	State     string        `json:"state" enum:"preview,made,fetched,wiped"`
	StateName string        `json:"stateName"`
	At        int64         `json:"at"`
	Made      int64         `json:"made"`
	Fresh     int           `json:"fresh" doc:"accounts that are to be made"`
	Wished    int           `json:"wished" doc:"posts that are asked for"`
	Rows      []StaffRow    `json:"rows"`
	Faults    []staff.Fault `json:"faults"`
}

// StaffLists are the latest lists of the officer.
type StaffLists struct {
	Lists []StaffList `json:"lists"`
}

var staffStates = map[string]string{staff.Preview: "待确认", staff.Made: "待下载密码", staff.Fetched: "已下载", staff.Wiped: "已清除"}

func staffView(l *staff.List, whole bool) StaffList {
	v := StaffList{ID: l.ID, Name: l.Name, State: l.State, StateName: staffStates[l.State], At: l.CreatedAt, Made: l.Made, Rows: []StaffRow{}, Faults: []staff.Fault{}}
	fresh := map[string]bool{}
	for _, r := range l.Rows {
		if !r.Known {
			fresh[r.Person] = true
		}
		if !r.PostKnown {
			v.Wished++
		}
		if whole {
			v.Rows = append(v.Rows, StaffRow{r.N, r.Name, r.Login, r.UnitName, r.Title, dutyLabels(splitComma(r.Duties)), r.AreaName, r.Known, r.PostKnown})
		}
	}
	v.Fresh = len(fresh)
	if whole {
		v.Faults = orNone(l.Faults)
	}
	return v
}

func (a *API) staffs(api huma.API, mux *http.ServeMux) {
	get(api, "list-staff-lists", "/staff-lists", "The officer's latest workbooks of accounts", func(ctx context.Context, _ *none) (*body[StaffLists], error) {
		by, err := need(ctx, duty.ManageAccounts)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := a.Staff.Latest(ctx, by.Person)
		out := StaffLists{[]StaffList{}}
		for i := range list {
			out.Lists = append(out.Lists, staffView(&list[i], false))
		}
		return answer(out), a.fail(err)
	})
	get(api, "show-staff-list", "/staff-lists/{id}", "A workbook of accounts: what is in it, what is wrong with it", func(ctx context.Context, in *idPath) (*body[StaffList], error) {
		by, err := need(ctx, duty.ManageAccounts)
		if err != nil {
			return nil, a.fail(err)
		}
		l, err := a.Staff.Get(ctx, by.Person, in.ID)
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(staffView(l, true)), nil
	})
	post(api, "confirm-staff-list", "/staff-lists/{id}/confirm", "Make the accounts of a workbook and ask for its posts", func(ctx context.Context, in *idPath) (*body[StaffList], error) {
		by, err := need(ctx, duty.ManageAccounts)
		if err != nil {
			return nil, a.fail(err)
		}
		l, err := a.Staff.Confirm(ctx, by.Person, in.ID)
		if err == nil {
			err = a.noted(ctx, "account.add_list", in.ID, l.Name)
		}
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(staffView(l, true)), nil
	})
	mux.HandleFunc("POST /api/v1/staff-lists", a.readStaff)
	mux.HandleFunc("GET /api/v1/staff-lists/template.xlsx", func(w http.ResponseWriter, r *http.Request) {
		if _, err := need(r.Context(), duty.ManageAccounts); err != nil {
			writeProblem(w, err)
			return
		}
		attach(w, "批量开设账号模板.xlsx")
		if err := a.Staff.Template(r.Context(), w); err != nil {
			a.Log.Error("template", "error", err.Error())
		}
	})
	// It can be done once: a POST, so that no browser fetches it by itself.
	mux.HandleFunc("POST /api/v1/staff-lists/{id}/passwords.xlsx", a.fetchStaff)
}

func (a *API) fetchStaff(w http.ResponseWriter, r *http.Request) {
	by, err := need(r.Context(), duty.ManageAccounts)
	if err == nil {
		err = a.noted(r.Context(), "account.fetch_list", r.PathValue("id"), "")
	}
	begun := false
	if err == nil {
		err = a.Staff.Fetch(r.Context(), by.Person, r.PathValue("id"), func() io.Writer {
			attach(w, "账号和一次性密码_"+a.today()+".xlsx")
			begun = true
			return w
		})
	}
	if err != nil && !begun {
		writeProblem(w, err)
	} else if err != nil {
		a.Log.Error("passwords", "error", err.Error())
	}
}

// maxStaffFile bounds an uploaded workbook of accounts.
const maxStaffFile = 8 << 20

func (a *API) readStaff(w http.ResponseWriter, r *http.Request) {
	by, err := need(r.Context(), duty.ManageAccounts)
	if err != nil {
		writeProblem(w, err)
		return
	}
	name, data, err := oneFile(w, r)
	if err != nil {
		writeProblem(w, err)
		return
	}
	l, err := a.Staff.Read(r.Context(), by.Person, name, data)
	if err == nil {
		err = a.noted(r.Context(), "account.read_list", l.ID, name)
	}
	if err != nil {
		_ = a.fail(err) // logs what is our own fault
		writeProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustJSON(staffView(l, true)))
}

// oneFile reads the one file of a small upload.
func oneFile(w http.ResponseWriter, r *http.Request) (string, []byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxStaffFile+1<<20)
	mr, err := r.MultipartReader()
	if err != nil {
		return "", nil, errs.New(errs.Invalid, "staff.no_file", "没有收到文件；请选择填好的 .xlsx 文件。").Because(err)
	}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, errs.New(errs.Invalid, "staff.no_file", "没有收到文件；请选择填好的 .xlsx 文件。")
		}
		if err != nil {
			return "", nil, errs.New(errs.Invalid, "staff.broken_upload", "文件没有传完，请检查网络后重新上传。").Because(err)
		}
		if part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(part)
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return "", nil, errs.New(errs.TooLarge, "staff.too_large", "文件太大；名单不应超过 8 MB，请用本页的模板填写。")
		}
		if err != nil {
			return "", nil, errs.New(errs.Invalid, "staff.broken_upload", "文件没有传完，请检查网络后重新上传。").Because(err)
		}
		return part.FileName(), data, nil
	}
}
