package roster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/files"
	"gonggu/internal/ident"
	"gonggu/internal/intake"
)

// States of an import.
const (
	Reading   = "reading"
	Preview   = "preview"
	Applying  = "applying"
	Done      = "done"
	Cancelled = "cancelled"
	Failed    = "failed"
	Undone    = "undone"
)

// maxShown bounds the faults and differences that a preview carries; the reject workbook has them all.
const maxShown = 500

// Desk is where workbooks become the register: read, shown, confirmed, entered, taken back.
type Desk struct {
	Store    Store
	DB       *database.DB
	Book     *campaign.Book
	Files    files.Store
	Dir      string // uploads and reject workbooks
	Clock    clock.Clock
	Assessed Assessed
	Shared   Shared
	Inherit  Inherit // nil leaves those that come without an owner to nobody
	Submit   func(ctx context.Context, by string, subs ...act.Submission) ([]act.Answer, error)
	// IDs mints the ids of imports and their acts; a demonstration seeds it. nil is ident.New.
	IDs func() string

	mu   sync.Mutex
	jobs map[string]*job
	wait sync.WaitGroup
}

func (d *Desk) job(id string) *job {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.jobs == nil {
		d.jobs = map[string]*job{}
	}
	if d.jobs[id] == nil {
		d.jobs[id] = &job{}
	}
	return d.jobs[id]
}

// Wait waits for the imports under way; for the end of the program.
func (d *Desk) Wait() { d.wait.Wait() }

// File is an uploaded file.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"`
}

// Fault is one thing wrong with an import, as the desk shows it. A sensitive value is not repeated.
type Fault struct {
	File     string `json:"file"`
	Sheet    string `json:"sheet"`
	Row      int    `json:"row"`
	Column   string `json:"column"`
	Value    string `json:"value"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Reason   string `json:"reason"`
}

// Change is one value that an import would change.
type Change struct {
	Household string `json:"household"`
	Head      string `json:"head"`
	Member    string `json:"member"`
	Fact      string `json:"fact"`
	Was       string `json:"was"`
	Now       string `json:"now"`
}

// Summary is what reading the files found, and after the import what it did.
type Summary struct {
	Rows       int            `json:"rows"`
	Households int            `json:"households"`
	Persons    int            `json:"persons"`
	New        int64          `json:"new"`
	Changed    int64          `json:"changed"`
	Same       int64          `json:"same"`
	Rejected   int            `json:"rejected"`
	Doubtful   int            `json:"doubtful"`
	ByCode     map[string]int `json:"byCode"`
	Unknown    []string       `json:"unknownColumns"`
	Shapes     []string       `json:"shapes"`
	Faults     []Fault        `json:"faults"`
	Changes    []Change       `json:"changes"`
	Source     string         `json:"source"`
	SourceOn   string         `json:"sourceOn"`
	Openings   string         `json:"openings"`
	Row        string         `json:"row"`
	Pack       string         `json:"pack"`
	// ConfirmedAt is the instant (Unix ms) that the import's act bears, also when it is sent again after a stop.
	ConfirmedAt int64 `json:"confirmedAt,omitempty"`
}

// Import is an import as it stands.
type Import struct {
	ID        string
	State     string
	Files     []File
	Person    string
	Post      string
	Area      string
	CreatedAt int64
	Done      int64
	Total     int64
	Summary   Summary
	ChangeSet string
	Rejects   bool
	Failure   string
	Act       string
}

func (d *Desk) newID() string {
	if d.IDs != nil {
		return d.IDs()
	}
	return ident.New()
}

// Begin keeps the uploaded files and begins to read them. by must be allowed to import.
func (d *Desk) Begin(ctx context.Context, by duty.Actor, names []string, open func(i int) (io.ReadCloser, error)) (string, error) {
	if !by.May(duty.ImportRegister) {
		return "", duty.ErrForbidden
	}
	if len(names) == 0 {
		return "", errs.New(errs.Invalid, "import.no_file", "没有收到文件；请选择要导入的 .xlsx 文件。")
	}
	id := d.newID()
	dir := filepath.Join(d.Dir, id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	var list []File
	for i, name := range names {
		f, err := d.receive(filepath.Join(dir, fmt.Sprintf("%03d", i)), open, i)
		if err != nil {
			return "", err
		}
		f.Name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
		list = append(list, f)
	}
	err := d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, insertImport, d.Store.County, id, Reading, jsonText(list), by.Person, by.Post, by.Area, d.Clock.Now())
		return err
	})
	if err != nil {
		return "", err
	}
	d.start(id, by, list)
	return id, nil
}

func (d *Desk) start(id string, by duty.Actor, list []File) {
	j := d.job(id)
	d.wait.Go(func() {
		ctx := context.Background()
		err := d.read(ctx, id, by, list, j)
		switch {
		case err == nil:
		case j.cancelled.Load():
			_ = d.setState(ctx, id, Cancelled, "")
		default:
			_ = d.setState(ctx, id, Failed, errs.As(err).Message)
		}
	})
}

func (d *Desk) setState(ctx context.Context, id, state, failure string) error {
	if state != Applying {
		d.dropUploads(id)
	}
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, setImportState, state, failure, d.Store.County, id)
		return err
	})
}

// read makes the change set and the preview.
func (d *Desk) read(ctx context.Context, id string, by duty.Actor, list []File, j *job) error {
	loaded, err := d.pack(ctx)
	if err != nil {
		return err
	}
	in, err := d.intake(ctx, loaded, j)
	if err != nil {
		return err
	}
	sources := make([]intake.Source, len(list))
	for i, f := range list {
		file, err := os.Open(filepath.Join(d.Dir, id, fmt.Sprintf("%03d", i)))
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		sources[i] = intake.Source{Name: f.Name, R: file, Size: f.Size}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	run, err := in.Open(ctx, sources...)
	if err != nil {
		return err
	}
	defer run.Close()
	j.total.Store(int64(run.Survey().Rows))
	p := &previewing{desk: d, id: id, by: by, loaded: loaded, sens: SensitiveOf(loaded.Pack), job: j, scope: by.Scope(duty.ImportRegister)}
	p.sum.Source, p.sum.SourceOn = sourceOf(run.Survey(), list, clock.Day(d.Clock.Now()))
	p.sum.Pack = loaded.Pack.Digest()
	p.sum.Row = "import/" + id
	for _, s := range run.Survey().Sheets {
		if !slices.Contains(p.sum.Shapes, s.ShapeName) {
			p.sum.Shapes = append(p.sum.Shapes, s.ShapeName)
		}
		for _, u := range s.Unknown {
			if !slices.Contains(p.sum.Unknown, u) {
				p.sum.Unknown = append(p.sum.Unknown, u)
			}
		}
	}
	if p.w, err = newChangeWriter(d.Files, d.Store.Keys, p.sum.Row, wordsOf(loaded.Pack)); err != nil {
		return err
	}
	defer p.w.discard()
	return p.run(ctx, run)
}

func (d *Desk) pack(ctx context.Context) (*campaign.Loaded, error) {
	_, l, err := d.Book.Current(ctx, d.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		l, err = d.Book.Latest(ctx, d.DB)
	}
	if errs.Code(err) == "pack.not_installed" {
		return nil, errs.New(errs.Conflict, "import.no_pack", "还没有安装方案包，无法识别表头；请先安装方案包。")
	}
	return l, err
}

func (d *Desk) intake(ctx context.Context, loaded *campaign.Loaded, j *job) (*intake.Intake, error) {
	p := loaded.Pack
	m, err := intake.FromPack(p.Imports, p.Facts, p.Codes)
	if err != nil {
		return nil, err
	}
	areas, err := duty.Areas(ctx, d.DB, d.Store.County, duty.Everything(d.Store.County))
	if err != nil {
		return nil, err
	}
	aliases, err := duty.Aliases(ctx, d.DB, d.Store.County)
	if err != nil {
		return nil, err
	}
	places := make([]intake.Area, len(areas))
	for i, a := range areas {
		places[i] = intake.Area{Code: a.Code, Name: a.Name, Aliases: aliases[a.Code]}
		if a.Short != "" && a.Short != a.Name {
			places[i].Aliases = append(places[i].Aliases, a.Short)
		}
	}
	return intake.New(m, intake.NewPlaces(places), intake.Options{Today: clock.Day(d.Clock.Now()), Progress: func(done, _ int) { j.done.Store(int64(done)) }})
}

var dayInName = regexp.MustCompile(`(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])`)

// sourceOf names the source of the values, and their day: the one in the file's name, else today.
func sourceOf(s intake.Survey, list []File, today string) (of, on string) {
	of, on = "导入", today
	if len(s.Sheets) > 0 {
		of = s.Sheets[0].ShapeName
	}
	for _, f := range list {
		if m := dayInName.FindStringSubmatch(f.Name); m != nil && clock.ValidDay(m[1]+"-"+m[2]+"-"+m[3]) {
			on = m[1] + "-" + m[2] + "-" + m[3]
			break
		}
	}
	return of, on
}

// Confirm enters an import that was shown. Doing it twice enters it once.
func (d *Desk) Confirm(ctx context.Context, by duty.Actor, id string) error {
	im, err := d.Get(ctx, by, id)
	if err != nil {
		return err
	}
	if im.State != Preview {
		return errs.New(errs.Conflict, "import.state", "这次导入不在“待确认”状态；请刷新后查看最新情况。")
	}
	im.Summary.ConfirmedAt = d.Clock.Now()
	if err := d.finish(ctx, im, Applying, ""); err != nil {
		return err
	}
	d.wait.Go(func() { _ = d.enter(context.Background(), by.Person, im) })
	return nil
}

// enter submits the import's act and notes what became of it.
func (d *Desk) enter(ctx context.Context, person string, im *Import) error {
	a := &act.Act{ID: ident.Derive(im.ID, "apply"), County: d.Store.County, Kind: KindImport, Subject: im.ID, Actor: person, Post: im.Post, Pack: im.Summary.Pack, DeviceAt: cmp.Or(im.Summary.ConfirmedAt, d.Clock.Now()),
		Body: canon.Object{"change_set": im.ChangeSet, "openings": im.Summary.Openings, "row": im.Summary.Row, "files": filesBody(im.Files), "source": im.Summary.Source, "source_on": im.Summary.SourceOn,
			"households": int64(im.Summary.Households), "persons": int64(im.Summary.Persons)}}
	got, err := d.Submit(ctx, person, act.Submission{Act: a})
	switch {
	case err != nil && d.job(im.ID).cancelled.Load():
		return d.setState(ctx, im.ID, Cancelled, "")
	case errs.Code(err) == act.ErrStopping.Code:
		return err // the next start goes on
	case err != nil:
		_ = d.setState(ctx, im.ID, Failed, errs.As(err).Message)
		return err
	case got[0].Outcome == act.Refused:
		return d.setState(ctx, im.ID, Failed, got[0].Reason)
	}
	if sum := &im.Summary; got[0].Made != nil {
		sum.New, _ = got[0].Made["new"].(int64)
		sum.Changed, _ = got[0].Made["changed"].(int64)
		sum.Same, _ = got[0].Made["same"].(int64)
	}
	d.dropUploads(im.ID)
	return d.finish(ctx, im, Done, a.ID)
}

func (d *Desk) finish(ctx context.Context, im *Import, state, actID string) error {
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, finishImport, state, jsonText(im.Summary), actID, d.Store.County, im.ID)
		return err
	})
}

func filesBody(list []File) []any {
	out := make([]any, len(list))
	for i, f := range list {
		out[i] = canon.Object{"name": f.Name, "size": f.Size, "digest": f.Digest}
	}
	return out
}

// Cancel ends an import before it is entered; what was under way is rolled back whole.
func (d *Desk) Cancel(ctx context.Context, by duty.Actor, id string) error {
	im, err := d.Get(ctx, by, id)
	if err != nil {
		return err
	}
	switch im.State {
	case Reading, Applying:
		d.job(id).cancelled.Store(true)
		return nil
	case Preview:
		return d.setState(ctx, id, Cancelled, "")
	default:
		return errs.New(errs.Conflict, "import.state", "这次导入已经结束，不能取消；如需撤回请用“整体撤销”。")
	}
}

// Undo takes back a finished import as a whole.
func (d *Desk) Undo(ctx context.Context, by duty.Actor, id string) error {
	im, err := d.Get(ctx, by, id)
	if err != nil {
		return err
	}
	if im.State != Done {
		return errs.New(errs.Conflict, "import.state", "只有已完成的导入才能整体撤销；请刷新后查看最新情况。")
	}
	a := &act.Act{ID: ident.Derive(im.ID, "undo/"+d.newID()), County: d.Store.County, Kind: KindUndo, Subject: im.ID, Actor: by.Person, Post: by.Post, Pack: im.Summary.Pack, After: []string{im.Act}, DeviceAt: d.Clock.Now(), Body: canon.Object{}}
	got, err := d.Submit(ctx, by.Person, act.Submission{Act: a})
	if err != nil {
		return err
	}
	if got[0].Outcome == act.Refused {
		return errs.New(errs.Conflict, got[0].Code, got[0].Reason)
	}
	return d.setState(ctx, id, Undone, "")
}

// Resume goes on with imports that a stop of the program interrupted.
func (d *Desk) Resume(ctx context.Context) error {
	list, err := d.list(ctx, listResumable, d.Store.County)
	if err != nil {
		return err
	}
	for _, im := range list {
		by, err := duty.ActorOf(ctx, d.DB, d.Store.County, im.Person, im.Post)
		if err != nil {
			if err := d.setState(ctx, im.ID, Failed, "导入人的岗位已结束，未导入；请由在岗人员重新导入。"); err != nil {
				return err
			}
			continue
		}
		if im.State == Applying {
			d.wait.Go(func() { _ = d.enter(context.Background(), by.Person, im) })
			continue
		}
		d.start(im.ID, by, im.Files)
	}
	return nil
}

// Get returns an import that the actor may see: his own area's.
func (d *Desk) Get(ctx context.Context, by duty.Actor, id string) (*Import, error) {
	list, err := d.list(ctx, oneImport, d.Store.County, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || !by.Scope(duty.ImportRegister).Covers(list[0].Area) {
		return nil, errs.New(errs.NotFound, "import.not_found", "没有找到这次导入。")
	}
	im := list[0]
	if im.State == Reading || im.State == Applying {
		j := d.job(id)
		im.Done, im.Total = j.done.Load(), j.total.Load()
	}
	return im, nil
}

// List returns the latest imports that the actor may see.
func (d *Desk) List(ctx context.Context, by duty.Actor) ([]*Import, error) {
	return d.Latest(ctx, by.Scope(duty.ImportRegister))
}

// Latest returns the latest imports of a scope.
func (d *Desk) Latest(ctx context.Context, scope duty.Scope) ([]*Import, error) {
	w := &database.Where{}
	w.And("county = ?", d.Store.County)
	cond, args := scope.Where("area")
	w.And(cond, args...)
	q, all := w.SQL(listImports, "ORDER BY created_at DESC, id LIMIT ?", 100)
	return d.list(ctx, q, all...)
}

// RejectsPath returns the path of an import's reject workbook.
func (d *Desk) RejectsPath(id string) string { return filepath.Join(d.Dir, id, "rejects.xlsx") }

func (d *Desk) list(ctx context.Context, q string, args ...any) ([]*Import, error) {
	rows, err := d.DB.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []*Import{}
	for rows.Next() {
		im := &Import{}
		var names, sum, rejects string
		if err := rows.Scan(&im.ID, &im.State, &names, &im.Person, &im.Post, &im.Area, &im.CreatedAt, &sum, &im.ChangeSet, &rejects, &im.Failure, &im.Act); err != nil {
			return nil, err
		}
		im.Rejects = rejects != ""
		if err := errors.Join(json.Unmarshal([]byte(names), &im.Files), json.Unmarshal([]byte(sum), &im.Summary)); err != nil {
			return nil, err
		}
		out = append(out, im)
	}
	return out, rows.Err()
}
