// Package backup keeps a county from being lost: copies taken while the county is served, put back or
// moved to the other engine, and proved equal row by row. A copy holds the acts, the state and the files
// by hash, on neither engine's own format; never the keys, which are kept apart under a passphrase, and
// never a session. It owns no table.
package backup

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/files"
	"gonggu/internal/seal"
)

// Version of the copy's form.
const Version = 1

// left are the tables that no copy holds: whoever was signed in signs in again.
var left = []string{"sessions"}

// extras are the files of a data folder that belong to the county beside its database.
var extras = []string{"demo.json"}

// Progress tells how far something is; total 0 is unknown.
type Progress func(phase string, done, total int)

// Source is the county that is copied.
type Source struct {
	DB       *database.DB
	Dir      string // the data folder
	County   string
	Keys     *seal.Keys
	Verifier string // the log's public key
	Clock    clock.Clock
	Program  string // version of this program
}

// Copied is one table in a copy. Digest is over its rows in the order of the key, the same on both engines.
type Copied struct {
	database.Table
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
	SHA256 string `json:"sha256"`
}

// Manifest says what a copy holds; a copy without one was not finished.
type Manifest struct {
	V        int             `json:"v"`
	County   string          `json:"county"`
	TakenAt  int64           `json:"takenAt"`
	Program  string          `json:"program"`
	Engine   string          `json:"engine"`
	Schema   []database.Step `json:"schema"`
	LogSize  int64           `json:"logSize"`
	LogRoot  string          `json:"logRoot"`
	Verifier string          `json:"verifier"`
	KeyCheck string          `json:"keyCheck"` // tells the right keys from others, and nothing else
	Tables   []Copied        `json:"tables"`
	Files    int             `json:"files"`
	Bytes    int64           `json:"bytes"` // of the files
	FileList string          `json:"fileList"`
	Extras   []string        `json:"extras"`

	// Where the copy lies; not part of it.
	Path string `json:"-"`
}

// Rows returns how many rows the copy holds.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// keyCheck is what the sealing keys make of a fixed text.
func keyCheck(k *seal.Keys) string { return hex.EncodeToString(k.Blind("backup.check", "")) }

const manifestName = "manifest.json"

// Take copies the county to a folder of copies, or, when to ends in .zip, into one file. It reads one
// unchanging snapshot and stops nobody. What it was doing when it failed leaves no copy behind.
func Take(ctx context.Context, s Source, to string, progress Progress) (*Manifest, error) {
	m := &Manifest{V: Version, County: s.County, TakenAt: s.Clock.Now(), Program: s.Program, Engine: s.DB.Engine().String(), Verifier: s.Verifier, KeyCheck: keyCheck(s.Keys), Extras: []string{}}
	name := "gonggu-" + s.County + "-" + time.UnixMilli(m.TakenAt).In(clock.Zone).Format("20060102-150405")
	into, err := newShelf(to, name)
	if err != nil {
		return nil, err
	}
	if err := take(ctx, s, m, into, progress); err != nil {
		into.abort()
		return nil, database.Explain(err)
	}
	if m.Path, err = into.finish(); err != nil {
		into.abort()
		return nil, database.Explain(err)
	}
	return m, nil
}

func take(ctx context.Context, s Source, m *Manifest, into shelf, progress Progress) error {
	tables, err := s.DB.Layout(ctx)
	if err != nil {
		return err
	}
	if m.Schema, err = s.DB.Steps(ctx); err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(t database.Table) bool { return slices.Contains(left, t.Name) })
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		head, err := act.ReadHead(ctx, tx, s.County)
		if err != nil {
			return err
		}
		m.LogSize, m.LogRoot = head.Size, hex.EncodeToString(head.Root[:])
		total := 0
		for _, t := range tables {
			n, err := tx.Count(ctx, t)
			if err != nil {
				return err
			}
			total += int(n)
		}
		done := 0
		for _, t := range tables {
			c, err := dump(ctx, tx, t, into, func() { done++; tell(progress, "备份数据", done, total) })
			if err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
			m.Tables = append(m.Tables, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// After the snapshot: every file that an act of it names is there by now.
	if err := takeFiles(ctx, s, m, into, progress); err != nil {
		return err
	}
	for _, name := range extras {
		b, err := os.ReadFile(filepath.Join(s.Dir, name))
		if err != nil {
			continue // only a demonstration has it
		}
		if err := into.put("extra/"+name, b); err != nil {
			return err
		}
		m.Extras = append(m.Extras, name)
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return into.put(manifestName, append(b, '\n'))
}

// tell reports now and then; a bar need not hear of every row.
func tell(progress Progress, phase string, done, total int) {
	if done%2000 == 0 || done == total {
		progress(phase, done, total)
	}
}

func takeFiles(ctx context.Context, s Source, m *Manifest, into shelf, progress Progress) error {
	store := files.Store{Dir: filepath.Join(s.Dir, "files")}
	names, err := store.List()
	if err != nil {
		return err
	}
	var list strings.Builder
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := into.keep(store, name)
		if os.IsNotExist(err) {
			continue // its retention ended meanwhile
		}
		if err != nil {
			return err
		}
		m.Files++
		m.Bytes += n
		fmt.Fprintf(&list, "%s %d\n", name, n)
		progress("备份文件", i+1, len(names))
	}
	m.FileList = sum([]byte(list.String()))
	return into.put("files.txt", []byte(list.String()))
}

// Record is the latest attempt at a copy, kept in the data folder for whoever asks how old it is.
type Record struct {
	At     int64  `json:"at"` // of the last good copy, Unix ms; 0 is never
	To     string `json:"to"`
	Failed int64  `json:"failed"` // of a failure after it; 0 is none
	Why    string `json:"why"`
}

const recordName = "backup.json"

// Last reads the record of a data folder; the zero Record when there is none.
func Last(dir string) (Record, error) {
	var r Record
	b, err := os.ReadFile(filepath.Join(dir, recordName))
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}

// Note keeps the outcome of a Take in the data folder.
func Note(dir string, m *Manifest, at int64, failure error) error {
	r, err := Last(dir)
	if err != nil {
		r = Record{}
	}
	if failure == nil {
		r = Record{At: m.TakenAt, To: m.Path}
	} else {
		r.Failed, r.Why = at, errs.As(database.Explain(failure)).Message
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	part := filepath.Join(dir, recordName+".part")
	if err := os.WriteFile(part, b, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(dir, recordName))
}

var copyName = regexp.MustCompile(`^gonggu-\d{6}-\d{8}-\d{6}$`)

// List returns the finished copies in a folder of copies, oldest first.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(dir, e.Name(), manifestName)); err == nil && copyName.MatchString(e.Name()) {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(a[len(a)-15:], b[len(b)-15:]) })
	return out, nil
}

// Prune keeps the newest copies of a folder of copies and removes the others, with the files that only
// they named. A copy that cannot be read keeps every file.
func Prune(dir string, keep int) error {
	names, err := List(dir)
	if err != nil || len(names) <= keep || keep < 1 {
		return err
	}
	for _, name := range names[:len(names)-keep] {
		// Its manifest goes first: half of a copy is no copy.
		if err := os.Remove(filepath.Join(dir, name, manifestName)); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	wanted := map[string]bool{}
	for _, name := range names[len(names)-keep:] {
		list, err := readFileList(os.DirFS(filepath.Join(dir, name)))
		if err != nil {
			return err
		}
		for _, f := range list {
			wanted[f.name] = true
		}
	}
	store := files.Store{Dir: filepath.Join(dir, "files")}
	have, err := store.List()
	if err != nil {
		return err
	}
	for _, name := range have {
		if !wanted[name] {
			if err := store.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

type listed struct {
	name  string
	bytes int64
}

func readFileList(copy fs.FS) ([]listed, error) {
	f, err := copy.Open("files.txt")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	var out []listed
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		if line == "" {
			continue
		}
		var l listed
		if _, err := fmt.Sscanf(line, "%64s %d", &l.name, &l.bytes); err != nil || !files.Name(l.name) {
			return nil, damaged("files.txt")
		}
		out = append(out, l)
	}
	return out, nil
}

func damaged(what string) *errs.Error {
	return errs.Newf(errs.Invalid, "backup.damaged", "备份不完整或被改动过（%s），没有恢复任何内容；请换用另一份备份。", what)
}
