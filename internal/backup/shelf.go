package backup

import (
	"archive/zip"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gonggu/internal/errs"
	"gonggu/internal/files"
)

// shelf is where a copy is written. Nothing on it counts before finish.
type shelf interface {
	create(name string) (*part, error)
	put(name string, b []byte) error
	// keep stores a file by its hash and returns its size.
	keep(from files.Store, name string) (int64, error)
	finish() (path string, err error)
	abort()
}

// part is one file of a copy while it is written.
type part struct {
	io.Writer
	f    *os.File // nil in a zip
	done bool
}

func (p *part) close() error {
	p.done = true
	if p.f == nil {
		return nil
	}
	if err := p.f.Sync(); err != nil {
		_ = p.f.Close()
		return err
	}
	return p.f.Close()
}

func (p *part) discard() {
	if !p.done && p.f != nil {
		_ = p.f.Close()
	}
}

func newShelf(to, name string) (shelf, error) {
	if strings.EqualFold(filepath.Ext(to), ".zip") {
		if _, err := os.Stat(to); err == nil {
			return nil, errs.Newf(errs.Conflict, "backup.exists", "文件 %s 已经存在，没有覆盖它；请换一个文件名。", filepath.Base(to))
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(to+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		return &archive{to: to, name: name, f: f, z: zip.NewWriter(f)}, nil
	}
	d := &folder{root: to, name: name, dir: filepath.Join(to, name+".part")}
	if _, err := os.Stat(filepath.Join(to, name)); err == nil {
		return nil, errs.Newf(errs.Conflict, "backup.exists", "备份 %s 已经存在；请稍等一秒再试。", name)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return nil, err
	}
	return d, os.MkdirAll(d.dir, 0o700)
}

// folder keeps many copies beside each other; they share the files, which never change.
type folder struct{ root, name, dir string }

func (d *folder) create(name string) (*part, error) {
	to := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &part{Writer: f, f: f}, nil
}

func (d *folder) put(name string, b []byte) error {
	p, err := d.create(name)
	if err != nil {
		return err
	}
	if _, err := p.Write(b); err != nil {
		p.discard()
		return err
	}
	return p.close()
}

func (d *folder) keep(from files.Store, name string) (int64, error) {
	return files.Store{Dir: filepath.Join(d.root, "files")}.Adopt(from, name)
}

func (d *folder) finish() (string, error) {
	to := filepath.Join(d.root, d.name)
	if err := os.Rename(d.dir, to); err != nil {
		return "", err
	}
	return to, syncDir(d.root)
}

func (d *folder) abort() { _ = os.RemoveAll(d.dir) }

// archive is one copy in one file, for a stick or a disc.
type archive struct {
	to, name string
	f        *os.File
	z        *zip.Writer
}

func (a *archive) create(name string) (*part, error) {
	// Stored, not deflated: tables are compressed already, and so are photos.
	w, err := a.z.CreateHeader(&zip.FileHeader{Name: path.Join(a.name, name), Method: zip.Store})
	return &part{Writer: w}, err
}

func (a *archive) put(name string, b []byte) error {
	p, err := a.create(name)
	if err != nil {
		return err
	}
	_, err = p.Write(b)
	return err
}

func (a *archive) keep(from files.Store, name string) (int64, error) {
	in, err := from.Open(name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	w, err := a.z.CreateHeader(&zip.FileHeader{Name: "files/" + name[:2] + "/" + name[2:], Method: zip.Store})
	if err != nil {
		return 0, err
	}
	return io.Copy(w, in)
}

func (a *archive) finish() (string, error) {
	if err := a.z.Close(); err != nil {
		return "", err
	}
	if err := a.f.Sync(); err != nil {
		return "", err
	}
	if err := a.f.Close(); err != nil {
		return "", err
	}
	if err := os.Rename(a.to+".part", a.to); err != nil {
		return "", err
	}
	return a.to, syncDir(filepath.Dir(a.to))
}

func (a *archive) abort() {
	_ = a.f.Close()
	_ = os.Remove(a.to + ".part")
}

// syncDir makes a rename durable; Windows has no such call and does not need it.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer func() { _ = d.Close() }()
	_ = d.Sync()
	return nil
}
