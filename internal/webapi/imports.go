package webapi

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/roster"
)

// maxUpload bounds one import's files together.
const maxUpload = 4 << 30

// ImportFile is an uploaded file.
type ImportFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// ImportProgress is how far an import is.
type ImportProgress struct {
	Phase string `json:"phase"`
	Done  int64  `json:"done"`
	Of    int64  `json:"of"`
}

// ImportSummary counts what was read and what it does.
type ImportSummary struct {
	Rows       int   `json:"rows"`
	Households int   `json:"households"`
	Persons    int   `json:"persons"`
	New        int64 `json:"new"`
	Changed    int64 `json:"changed"`
	Same       int64 `json:"same"`
	Rejected   int   `json:"rejected"`
	Doubtful   int   `json:"doubtful"`
}

// ImportDiff is one value that the import changes.
type ImportDiff struct {
	Household string `json:"household"`
	Head      string `json:"head"`
	What      string `json:"what"`
	Before    string `json:"before"`
	After     string `json:"after"`
}

// ImportView is an import as it stands.
type ImportView struct {
	ID             string         `json:"id"`
	Files          []ImportFile   `json:"files"`
	ShapeName      string         `json:"shapeName"`
	State          string         `json:"state" enum:"reading,preview,applying,done,cancelled,failed,undone"`
	At             int64          `json:"at"`
	Who            string         `json:"who"`
	Progress       ImportProgress `json:"progress"`
	Summary        ImportSummary  `json:"summary"`
	UnknownColumns []string       `json:"unknownColumns"`
	Faults         []roster.Fault `json:"faults"`
	Diff           []ImportDiff   `json:"diff"`
	Rejects        bool           `json:"rejects" doc:"there is a reject workbook"`
	Failure        string         `json:"failure"`
	SourceOn       string         `json:"sourceOn"`
	Acts           []string       `json:"acts"`
}

// ImportList are the latest imports.
type ImportList struct {
	Imports []ImportView `json:"imports"`
}

func (a *API) imports(api huma.API, mux *http.ServeMux) {
	get(api, "list-imports", "/imports", "The latest imports of the actor's area", func(ctx context.Context, _ *none) (*body[ImportList], error) {
		by, err := need(ctx, duty.ImportRegister)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := a.Desk.List(ctx, by)
		if err != nil {
			return nil, a.fail(err)
		}
		out := ImportList{[]ImportView{}}
		for _, im := range list {
			v, err := a.importView(ctx, im)
			if err != nil {
				return nil, a.fail(err)
			}
			v.Faults, v.Diff = []roster.Fault{}, []ImportDiff{}
			out.Imports = append(out.Imports, v)
		}
		return answer(out), nil
	})
	get(api, "show-import", "/imports/{id}", "An import: progress, preview, result", func(ctx context.Context, in *idPath) (*body[ImportView], error) {
		return a.afterImport(ctx, in.ID, func(context.Context, duty.Actor, string) error { return nil })
	})
	post(api, "confirm-import", "/imports/{id}/confirm", "Enter an import that was shown", func(ctx context.Context, in *idPath) (*body[ImportView], error) {
		return a.afterImport(ctx, in.ID, a.Desk.Confirm)
	})
	post(api, "cancel-import", "/imports/{id}/cancel", "End an import before it is entered", func(ctx context.Context, in *idPath) (*body[ImportView], error) {
		return a.afterImport(ctx, in.ID, a.Desk.Cancel)
	})
	post(api, "undo-import", "/imports/{id}/undo", "Take back a finished import as a whole", func(ctx context.Context, in *idPath) (*body[ImportView], error) {
		return a.afterImport(ctx, in.ID, a.Desk.Undo)
	})
	// Uploads and downloads stream; the framework would hold them in memory.
	mux.HandleFunc("POST /api/v1/imports", a.upload)
	mux.HandleFunc("GET /api/v1/imports/{id}/rejects.xlsx", a.rejects)
}

func (a *API) afterImport(ctx context.Context, id string, do func(context.Context, duty.Actor, string) error) (*body[ImportView], error) {
	by, err := need(ctx, duty.ImportRegister)
	if err != nil {
		return nil, a.fail(err)
	}
	if err := do(ctx, by, id); err != nil {
		return nil, a.fail(err)
	}
	im, err := a.Desk.Get(ctx, by, id)
	if err != nil {
		return nil, a.fail(err)
	}
	v, err := a.importView(ctx, im)
	return answer(v), a.fail(err)
}

var phases = map[string]string{roster.Reading: "正在读取工作簿", roster.Applying: "正在导入"}

var importActs = map[string][]string{roster.Reading: {"cancel"}, roster.Preview: {"confirm", "cancel"}, roster.Applying: {"cancel"}, roster.Done: {"undo"}}

func (a *API) importView(ctx context.Context, im *roster.Import) (ImportView, error) {
	s := im.Summary
	v := ImportView{ID: im.ID, Files: []ImportFile{}, State: im.State, At: im.CreatedAt, Progress: ImportProgress{phases[im.State], im.Done, im.Total},
		Summary:        ImportSummary{s.Rows, s.Households, s.Persons, s.New, s.Changed, s.Same, s.Rejected, s.Doubtful},
		UnknownColumns: orNone(s.Unknown), Faults: orNone(s.Faults), Diff: []ImportDiff{}, Rejects: im.Rejects, Failure: im.Failure, SourceOn: s.SourceOn, Acts: orNone(importActs[im.State])}
	for _, f := range im.Files {
		v.Files = append(v.Files, ImportFile{f.Name, f.Size})
	}
	if len(s.Shapes) > 0 {
		v.ShapeName = s.Shapes[0]
	}
	for _, c := range s.Changes {
		what := c.Fact
		if c.Member != "" {
			what = c.Member + " " + c.Fact
		}
		v.Diff = append(v.Diff, ImportDiff{c.Household, c.Head, what, c.Was, c.Now})
	}
	by, err := duty.Known(ctx, a.DB, a.County, im.Post)
	if errs.Code(err) == duty.ErrNoPost.Code {
		return v, nil
	}
	v.Who = by.Name
	return v, err
}

func (a *API) upload(w http.ResponseWriter, r *http.Request) {
	by, err := need(r.Context(), duty.ImportRegister)
	if err == nil {
		var id string
		if id, err = a.receive(w, r, by); err == nil {
			var v *body[ImportView]
			if v, err = a.afterImport(r.Context(), id, func(context.Context, duty.Actor, string) error { return nil }); err == nil {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(mustJSON(v.Body))
				return
			}
		}
	}
	if !errs.Shown(err) {
		var p *problemJSON
		if errors.As(err, &p) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(p.Status)
			_, _ = w.Write(mustJSON(p))
			return
		}
		a.Log.Error("upload", "error", err.Error())
	}
	writeProblem(w, err)
}

// receive reads the multipart body part by part into the desk.
func (a *API) receive(w http.ResponseWriter, r *http.Request, by duty.Actor) (string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	mr, err := r.MultipartReader()
	if err != nil {
		return "", errs.New(errs.Invalid, "import.no_file", "没有收到文件；请选择要导入的 .xlsx 文件。").Because(err)
	}
	dir, err := os.MkdirTemp(a.Desk.Dir, "upload-")
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(a.Desk.Dir, 0o700); err == nil {
			dir, err = os.MkdirTemp(a.Desk.Dir, "upload-")
		}
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var names, paths []string
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", errs.New(errs.Invalid, "import.broken_upload", "文件没有传完，请检查网络后重新上传。").Because(err)
		}
		if part.FileName() == "" {
			continue
		}
		path, err := spool(dir, part)
		if err != nil {
			return "", err
		}
		names, paths = append(names, part.FileName()), append(paths, path)
	}
	return a.Desk.Begin(r.Context(), by, names, func(i int) (io.ReadCloser, error) { return os.Open(paths[i]) })
}

func spool(dir string, part *multipart.Part) (string, error) {
	f, err := os.CreateTemp(dir, "part-")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, part)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return "", errs.New(errs.TooLarge, "import.too_large", "文件太大，服务器没有接收；请按乡镇分成几个文件再导入。")
	}
	if err != nil {
		return "", errs.New(errs.Invalid, "import.broken_upload", "文件没有传完，请检查网络后重新上传。").Because(err)
	}
	return f.Name(), nil
}

func (a *API) rejects(w http.ResponseWriter, r *http.Request) {
	by, err := need(r.Context(), duty.ImportRegister)
	if err == nil {
		var im *roster.Import
		if im, err = a.Desk.Get(r.Context(), by, r.PathValue("id")); err == nil {
			if !im.Rejects {
				err = errs.New(errs.NotFound, "import.no_rejects", "这次导入没有退回的行。")
			} else {
				err = a.Access.Note(r.Context(), look(by, access.Rejects, im.ID, "", ""))
			}
		}
	}
	if err != nil {
		writeProblem(w, err)
		return
	}
	attach(w, "退回的行.xlsx")
	http.ServeFile(w, r, a.Desk.RejectsPath(r.PathValue("id")))
}
