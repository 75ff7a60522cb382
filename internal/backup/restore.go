package backup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/files"
	"gonggu/internal/seal"
)

// Target is the empty place that a copy is put back into.
type Target struct {
	Dir      string // data folder; its keys folder holds the keys, or KeyFile does
	Database string // "postgres://…"; empty is DIR/gonggu.db
	KeyFile  string // what SaveKeys wrote
	// Passphrase opens KeyFile; it is asked for only then.
	Passphrase func() (string, error)
}

// ErrKeys: a county put back without its keys would never show an ID number or a phone again.
var ErrKeys = errs.New(errs.Invalid, "backup.keys", "没有这份备份的密钥，恢复后证件号码、电话等永远打不开，所以没有恢复。请用 --keys 给出密钥备份文件，或先把原来的 keys 文件夹放进新的数据文件夹。")

// reader is a copy opened for reading.
type reader struct {
	copy  fs.FS // what bears the copy's name
	files fs.FS // the folder that holds files/
	close func() error
	m     *Manifest
}

// Read opens the manifest of a copy: a folder, the newest of a folder of copies, or a .zip.
func Read(from string) (*Manifest, error) {
	r, err := openCopy(from)
	if err != nil {
		return nil, err
	}
	return r.m, r.close()
}

func openCopy(from string) (*reader, error) {
	r, err := findCopy(from)
	if err != nil {
		return nil, err
	}
	b, err := fs.ReadFile(r.copy, manifestName)
	if err == nil {
		r.m = &Manifest{Path: from}
		err = json.Unmarshal(b, r.m)
	}
	switch {
	case err != nil:
		err = damaged(manifestName).Because(err)
	case r.m.V != Version:
		err = errs.New(errs.Conflict, "backup.newer", "这份备份由更新版本的程序做成，本程序不能读；请改用新版本程序。")
	default:
		_, err = database.Compare(r.m.Schema)
	}
	if err != nil {
		_ = r.close()
		return nil, err
	}
	return r, nil
}

func findCopy(from string) (*reader, error) {
	none := func() error { return nil }
	missing := errs.Newf(errs.NotFound, "backup.none", "%s 里没有找到备份；请写备份文件夹、某一份备份或 .zip 文件的位置。", filepath.Base(from))
	info, err := os.Stat(from)
	if err != nil {
		return nil, missing.Because(err)
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(from, manifestName)); err == nil {
			return &reader{copy: os.DirFS(from), files: os.DirFS(filepath.Dir(filepath.Clean(from))), close: none}, nil
		}
		list, err := List(from)
		if err != nil || len(list) == 0 {
			return nil, missing.Because(err)
		}
		name := list[len(list)-1]
		return &reader{copy: os.DirFS(filepath.Join(from, name)), files: os.DirFS(from), close: none}, nil
	}
	z, err := zip.OpenReader(from)
	if err != nil {
		return nil, damaged(filepath.Base(from)).Because(err)
	}
	for _, f := range z.File {
		if dir, ok := strings.CutSuffix(f.Name, "/"+manifestName); ok && copyName.MatchString(dir) {
			sub, err := fs.Sub(z, dir)
			return &reader{copy: sub, files: z, close: z.Close}, err
		}
	}
	_ = z.Close()
	return nil, missing
}

// Restore puts a copy into an empty place and compares every row that arrived with the copy. It fails
// before anything bears the county's name, or not at all. Codes: backup.*, database.newer.
func Restore(ctx context.Context, from string, to Target, progress Progress) (*Manifest, error) {
	r, err := openCopy(from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.close() }()
	if err := emptyFolder(to); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(to.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := placeKeys(r.m, to); err != nil {
		return nil, err
	}
	if err := restoreFiles(ctx, r, to, progress); err != nil {
		return nil, database.Explain(err)
	}
	if err := restoreRows(ctx, r, to, progress); err != nil {
		return nil, database.Explain(err)
	}
	for _, name := range r.m.Extras {
		b, err := fs.ReadFile(r.copy, "extra/"+filepath.Base(name))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(to.Dir, filepath.Base(name)), b, 0o600); err != nil {
			return nil, err
		}
	}
	return r.m, nil
}

// ErrNotEmpty: the place holds a county already.
var ErrNotEmpty = errs.New(errs.Conflict, "backup.not_empty", "目标里已经有数据，没有改动它。请换一个空的数据文件夹或空的数据库；确实要替换时，先把原来的改名保存。")

func emptyFolder(to Target) error {
	for _, name := range []string{"gonggu.db", "demo.json"} {
		if _, err := os.Stat(filepath.Join(to.Dir, name)); err == nil {
			return ErrNotEmpty
		}
	}
	return nil
}

// emptyDatabase refuses a database that holds a row of anything.
func emptyDatabase(ctx context.Context, db *database.DB) error {
	tables, err := db.Layout(ctx)
	if err != nil {
		return err
	}
	return db.View(ctx, func(tx *database.Tx) error {
		for _, t := range tables {
			if n, err := tx.Count(ctx, t); err != nil || n > 0 {
				if err == nil {
					err = ErrNotEmpty
				}
				return err
			}
		}
		return nil
	})
}

// placeKeys sees to it that the target has the right keys before anything else is done.
func placeKeys(m *Manifest, to Target) error {
	dir := filepath.Join(to.Dir, "keys")
	_, err := os.Stat(filepath.Join(dir, sealKey))
	switch {
	case err == nil:
		return checkKeys(m, dir)
	case to.KeyFile == "":
		return ErrKeys
	}
	passphrase, err := to.Passphrase()
	if err != nil {
		return err
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := LoadKeys(to.KeyFile, passphrase, part); err != nil {
		return err
	}
	if err := checkKeys(m, part); err != nil {
		_ = os.RemoveAll(part)
		return err
	}
	return os.Rename(part, dir)
}

func checkKeys(m *Manifest, dir string) error {
	k, err := seal.Load(filepath.Join(dir, sealKey))
	if err != nil {
		return err
	}
	log, err := os.ReadFile(filepath.Join(dir, logKey))
	if err != nil {
		return ErrKeys.Because(err)
	}
	if keyCheck(k) != m.KeyCheck || !strings.Contains(string(log), m.Verifier) {
		return errs.New(errs.Invalid, "backup.other_keys", "密钥不是这份备份的，没有恢复任何内容；请找到与它同一个县、同一时期的密钥备份。")
	}
	return nil
}

func restoreFiles(ctx context.Context, r *reader, to Target, progress Progress) error {
	b, err := fs.ReadFile(r.copy, "files.txt")
	if err != nil || sum(b) != r.m.FileList {
		return damaged("files.txt")
	}
	list, err := readFileList(r.copy)
	if err != nil {
		return err
	}
	store := files.Store{Dir: filepath.Join(to.Dir, "files")}
	for i, l := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := r.files.Open("files/" + l.name[:2] + "/" + l.name[2:])
		if err != nil {
			return damaged("文件 " + l.name[:12])
		}
		err = store.PutAs(l.name, f)
		_ = f.Close()
		if err != nil {
			return err
		}
		progress("恢复文件", i+1, len(list))
	}
	return nil
}

func restoreRows(ctx context.Context, r *reader, to Target, progress Progress) error {
	if to.Database != "" {
		db, err := database.Connect(ctx, to.Database)
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		return fill(ctx, db, r, progress)
	}
	path := filepath.Join(to.Dir, "gonggu.db")
	part := path + ".part"
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		_ = os.Remove(part + end) // of a restore that was broken off
	}
	db, err := database.Connect(ctx, part)
	if err != nil {
		return err
	}
	if err = fill(ctx, db, r, progress); err != nil {
		_ = db.Close()
		return err
	}
	// The last to close folds the write-ahead log into the file.
	if err := db.Close(); err != nil {
		return err
	}
	if _, err := os.Stat(part + "-wal"); err == nil {
		return errors.New("restore: the write-ahead log was not folded in")
	}
	_ = os.Remove(part + ".lock")
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(to.Dir)
}

// fill builds the schema as the copy had it, loads and compares every table, then brings it up to date.
func fill(ctx context.Context, db *database.DB, r *reader, progress Progress) error {
	if err := emptyDatabase(ctx, db); err != nil {
		return err
	}
	if err := db.Migrate(ctx, len(r.m.Schema)); err != nil {
		return err
	}
	total, done := int(r.m.Rows()), 0
	each := func(phase string) func() { return func() { done++; tell(progress, phase, done, total) } }
	err := db.Fill(ctx, func(f *database.Filler) error {
		for _, c := range r.m.Tables {
			if err := loadTable(f, r.copy, c, each("恢复数据")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	done = 0
	if err := compare(ctx, db, r.m.Tables, each("核对数据")); err != nil {
		return err
	}
	return db.Migrate(ctx, 0)
}

func loadTable(f *database.Filler, copy fs.FS, c Copied, each func()) error {
	in, err := copy.Open(tableFile(c.Name))
	if err != nil {
		return damaged("表 " + c.Name)
	}
	defer func() { _ = in.Close() }()
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	rows := newRowReader(z, len(c.Columns))
	bad := error(nil)
	_, err = f.Load(c.Table, func() ([]any, error) {
		row, err := rows.next()
		if err == nil {
			each()
		} else if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			bad = damaged("表 " + c.Name).Because(err)
			return nil, bad
		}
		return row, err
	})
	switch {
	case bad != nil:
		return bad
	case err != nil:
		return err
	case rows.rows != c.Rows || rows.digest() != c.Digest:
		return damaged("表 " + c.Name)
	}
	return nil
}

// compare reads every table back and demands the copy's digest.
func compare(ctx context.Context, db *database.DB, want []Copied, each func()) error {
	return db.View(ctx, func(tx *database.Tx) error {
		for _, c := range want {
			n, got, err := digest(ctx, tx, c.Table, each)
			if err != nil {
				return err
			}
			if n != c.Rows || got != c.Digest {
				return fmt.Errorf("table %s arrived with %d rows %.12s, the copy has %d rows %.12s", c.Name, n, got, c.Rows, c.Digest)
			}
		}
		return nil
	})
}
