// Package demo plays a county that does not exist: it makes the synthetic county's workbook,
// imports it through the real importer, opens the campaign and carries out the inspections of its
// days as signed acts, through the same code that serves HTTP. The same seed gives the same bytes.
package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/report"
	"gonggu/internal/roster"
	"gonggu/internal/server"
	"gonggu/internal/synth"
	"gonggu/internal/workbook"
)

// splitAbove is the number of persons above which the export is written as one file per township.
const splitAbove = 200_000

// standing is the time of the last day at which a demonstration stands: a little before the cut-off,
// so that today's work is there to be seen and the report freezes before the visitor's eyes.
const standing = "17:40"

// Phases of a demonstration's progress that a measurement looks for.
const (
	PhaseRead   = "读取工作簿"
	PhaseImport = "导入花名册"
)

// Password is that of every demonstration account.
const Password = "gonggu2022"

// Options of a demonstration.
type Options struct {
	Dir        string
	Database   string // "" is SQLite in Dir
	Households int
	Seed       uint64
	Through    string // last day played, YYYY-MM-DD
	Life       bool   // households are born, die, move, split and merge while the campaign goes on
	Faults     int    // so many faults are planted in a second workbook, which is not imported
	Pack       fs.FS
	Progress   func(phase string, done, total int)
}

// Account is a demonstration sign-in.
type Account struct {
	Role  string `json:"role"`
	Login string `json:"login"`
	Name  string `json:"name"`
	Where string `json:"where"`
}

// State is what a demonstration made; it lies in DIR/demo.json, and serve goes on from it.
type State struct {
	Seed       uint64    `json:"seed"`
	Households int       `json:"households"`
	Persons    int       `json:"persons"`
	Through    string    `json:"through"`
	Now        int64     `json:"now"` // where the demonstration's clock stands, Unix ms
	Day        string    `json:"day"`
	Sheets     int       `json:"sheets"`
	Problems   int       `json:"problems"`
	Accepted   int       `json:"accepted"`
	Voided     int       `json:"voided"`
	Life       int       `json:"life,omitempty"`      // acts of register life
	TakenBack  int       `json:"takenBack,omitempty"` // of them
	Loop       *Loop     `json:"loop,omitempty"`      // acts of the rectification
	Reports    []string  `json:"reports"`
	Files      []string  `json:"files"`
	LogSize    int64     `json:"logSize"`
	LogRoot    string    `json:"logRoot"`
	Accounts   []Account `json:"accounts"`
	Complete   bool      `json:"complete"`
}

// Load reads the demonstration in a folder; nil when there is none.
func Load(dir string) (*State, error) {
	b, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &State{}
	return s, json.Unmarshal(b, s)
}

func (s *State) save(dir string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "demo.json"), append(b, '\n'), 0o600)
}

// SeedText names the demonstration's keys.
func (s *State) SeedText() string { return fmt.Sprint(s.Seed) }

// player plays one demonstration.
type player struct {
	o      Options
	clock  *clock.Virtual
	county *server.County
	synth  *synth.County
	pack   *pack.Pack
	state  *State
	ids    int
	people map[string]duty.Post // by village/inspector, by role, and from the rectification on by unit/code

	villagers []string // names of people that exist
	bursts    []*burst // broken water mains
	said      map[string]bool
	drawn     map[string]int // how often some said yes
	posts     map[string]duty.Post
}

// Play makes a demonstration in an empty folder. A folder that holds anything else is refused.
func Play(ctx context.Context, o Options) (*State, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	if old, err := Load(o.Dir); err != nil || (old != nil && old.Complete) {
		if err == nil {
			err = fmt.Errorf("%s 里已有演示数据（演示日期 %s）；要重新生成请先删除这个文件夹", o.Dir, old.Day)
		}
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "gonggu.db")); err == nil {
		if _, err := os.Stat(filepath.Join(o.Dir, "demo.json")); err != nil {
			return nil, fmt.Errorf("%s 里已有正式数据，不能在其上生成演示", o.Dir)
		}
		if err := clean(o.Dir); err != nil {
			return nil, err
		}
	}
	p := &player{o: o, people: map[string]duty.Post{}, state: &State{Seed: o.Seed, Households: o.Households, Through: o.Through, Reports: []string{}}}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := p.state.save(o.Dir); err != nil {
		return nil, err
	}
	if err := p.play(ctx); err != nil {
		if p.county != nil {
			_ = p.county.Close()
		}
		return nil, err
	}
	return p.state, p.county.Close()
}

// clean removes what a demonstration that was broken off left behind.
func clean(dir string) error {
	for _, n := range []string{"gonggu.db", "gonggu.db-wal", "gonggu.db-shm", "files", "imports", "keys"} {
		if err := os.RemoveAll(filepath.Join(dir, n)); err != nil {
			return err
		}
	}
	return nil
}

// nextID mints ids that are the same for the same seed; their time is never read.
func (p *player) nextID() string {
	p.ids++
	u := uuid.MustParse(ident.Derive(fmt.Sprintf("demo/%d", p.o.Seed), fmt.Sprint(p.ids)))
	u[6] = u[6]&0x0f | 0x70
	return u.String()
}

func (p *player) play(ctx context.Context) error {
	if err := p.prepare(ctx); err != nil {
		return err
	}
	if err := p.tasks(ctx); err != nil {
		return err
	}
	if err := p.inspect(ctx, p.pack.Head.Phases[0].From); err != nil {
		return err
	}
	if err := p.missed(ctx); err != nil {
		return err
	}
	return p.finish(ctx)
}

// prepare makes the county up to the opening of its campaign.
func (p *player) prepare(ctx context.Context) error {
	loaded, err := server.LoadPack(p.o.Pack)
	if err != nil {
		return err
	}
	p.pack = loaded
	first := loaded.Head.Phases[0].From
	if p.o.Through == "" {
		p.o.Through = clock.AddDays(first, 5)
	}
	if !clock.ValidDay(p.o.Through) || p.o.Through < clock.AddDays(first, -1) {
		return fmt.Errorf("--through 应为 %s 以后的日期，写成 2022-09-20 的样子", first)
	}
	p.state.Through = p.o.Through
	exported := clock.AddDays(first, -5)
	p.clock = clock.NewVirtual(at(exported, "09:00"), false)
	if p.county, err = server.Open(ctx, server.Options{Dir: p.o.Dir, Database: p.o.Database, County: loaded.Head.County, Clock: p.clock, Seed: p.state.SeedText(), IDs: p.nextID}); err != nil {
		return err
	}
	areas, err := server.ReadAreas(p.o.Pack)
	if err != nil {
		return err
	}
	places := make([]synth.Area, len(areas))
	for i, a := range areas {
		places[i] = synth.Area{Code: a.Code, Name: a.Name, Level: a.Level, Parent: a.Parent}
	}
	if p.synth, err = synth.New(synth.Options{County: loaded.Head.County, Areas: places, Households: p.o.Households, Seed: p.o.Seed, Today: exported}); err != nil {
		return err
	}
	p.o.Progress("建立区划、单位和方案", 0, 1)
	if _, err := p.county.SetUp(ctx, p.o.Pack); err != nil {
		return err
	}
	if err := p.staff(ctx); err != nil {
		return err
	}
	if err := p.export(exported); err != nil {
		return err
	}
	if err := p.importRegister(ctx); err != nil {
		return err
	}
	p.clock.Set(at(clock.AddDays(first, -1), "15:00"))
	return p.county.OpenCampaign(ctx, p.pack)
}

func at(day, hhmm string) int64 {
	ms, _ := clock.At(day, hhmm)
	return ms
}

// export writes the workbook of the national system's shape.
func (p *player) export(day string) error {
	persons, done := 0, 0
	for h := range p.synth.Households() {
		persons += len(h.Members)
	}
	p.state.Persons = persons
	stamp := strings.ReplaceAll(day, "-", "")
	write := func(name, area string) error {
		f, err := os.Create(filepath.Join(p.o.Dir, name))
		if err != nil {
			return err
		}
		buf := bufio.NewWriterSize(f, 1<<20)
		if err := p.writeExport(buf, area, func() {
			if done++; done%5000 == 0 {
				p.o.Progress("生成国办导出样式的工作簿", done, persons)
			}
		}); err != nil {
			return err
		}
		if err := buf.Flush(); err != nil {
			return err
		}
		p.state.Files = append(p.state.Files, name)
		return f.Close()
	}
	if p.o.Faults > 0 {
		if err := p.exportFaulty(); err != nil {
			return err
		}
	}
	if persons <= splitAbove {
		return write("export.xlsx", "")
	}
	for _, t := range p.synth.Townships() {
		if err := write("export_"+t.Code+"_"+stamp+".xlsx", t.Code); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) writeExport(w io.Writer, area string, each func()) error {
	return WriteWorkbook(w, func(row func([]string) error) error {
		return p.synth.Export(synth.ExportOptions{Spelling: synth.Short, Area: area}, func(r []string) error {
			each()
			return row(r)
		})
	})
}

// exportFaulty writes the county's workbook with planted faults, and the answer sheet beside it.
func (p *player) exportFaulty() error {
	f, err := os.Create(filepath.Join(p.o.Dir, "export-faults.xlsx"))
	if err != nil {
		return err
	}
	var faults []synth.Fault
	plan := p.synth.PlantFaults(p.o.Seed, p.o.Faults)
	err = WriteWorkbook(f, func(row func([]string) error) (err error) {
		faults, err = plan.Export(synth.ExportOptions{Spelling: synth.Short}, row)
		return err
	})
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(faults, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.o.Dir, "faults.json"), b, 0o600)
}

// WriteWorkbook writes rows in the shape of the national export: titles, the heading, then the data.
func WriteWorkbook(w io.Writer, rows func(row func([]string) error) error) error {
	book := workbook.NewWriter(w)
	var sheet *workbook.SheetWriter
	n := 0
	var titles []string
	err := rows(func(row []string) error {
		n++
		switch {
		case n < synth.HeaderRow:
			titles = append(titles, strings.Join(row, ""))
			return nil
		case n == synth.HeaderRow:
			var err error
			sheet, err = book.Sheet("导出数据", workbook.Layout{Titles: titles, Heading: append([]string{}, row...)})
			return err
		}
		cells := make([]workbook.Value, len(row))
		for i, c := range row {
			cells[i] = workbook.Text(c)
			if c == "" {
				cells[i] = workbook.Blank
			}
		}
		return sheet.Row(cells...)
	})
	if err != nil {
		return err
	}
	return book.Close()
}

// importRegister imports the workbook just written, as the county office would.
func (p *player) importRegister(ctx context.Context) error {
	office := p.people["office"]
	by, err := duty.ActorOf(ctx, p.county.DB, p.county.Code, office.Person, office.ID)
	if err != nil {
		return err
	}
	id, err := p.county.Desk.Begin(ctx, by, p.state.Files, func(i int) (io.ReadCloser, error) { return os.Open(filepath.Join(p.o.Dir, p.state.Files[i])) })
	if err != nil {
		return err
	}
	if err := p.watch(ctx, by, id, PhaseRead, roster.Reading); err != nil {
		return err
	}
	if err := p.county.Desk.Confirm(ctx, by, id); err != nil {
		return err
	}
	return p.watch(ctx, by, id, PhaseImport, roster.Applying)
}

// finish freezes what is due, notes where the demonstration stands and who can sign in.
func (p *player) finish(ctx context.Context) error {
	p.clock.Set(max(p.clock.Now(), at(p.o.Through, standing)))
	if err := p.county.Tick(ctx); err != nil {
		return err
	}
	days, err := report.List(ctx, p.county.DB, p.county.Book, p.county.Code, p.clock.Now())
	if err != nil {
		return err
	}
	for _, d := range days {
		if d.State == report.StateFrozen {
			p.state.Reports = append(p.state.Reports, d.Day)
		}
	}
	if err := p.head(ctx); err != nil {
		return err
	}
	p.state.Now, p.state.Day, p.state.Complete = p.clock.Now(), clock.Day(p.clock.Now()), true
	return p.state.save(p.o.Dir)
}
