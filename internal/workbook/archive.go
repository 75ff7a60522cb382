package workbook

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path"
	"strings"

	"gonggu/internal/errs"
)

// Member is one workbook of an upload: the uploaded file itself, or one file inside an uploaded .zip.
type Member struct {
	Name string // as a person knows it, "导出.zip/白集镇.xlsx" inside a zip
	Book *Book  // nil when Err says why it cannot be read
	Err  error
}

// Expand opens an upload: one .xlsx, or a .zip holding several (in folders too, names in GBK too).
// A member that cannot be read is there with its Err and spoils nothing else; what is no table
// (pictures, documents, lock files) is left out, a .zip in the .zip is not opened. Each Book must be closed.
func Expand(ctx context.Context, name string, r io.ReaderAt, size int64, limits Limits) ([]Member, error) {
	limits = limits.filled()
	z, err := openZip(r, size, limits)
	if err != nil {
		return nil, err
	}
	if isBook(z) {
		b, err := openBook(z, limits)
		if err != nil {
			return nil, err
		}
		return []Member{{Name: name, Book: b}}, nil
	}
	var out []Member
	for _, f := range z.File {
		inner := entryName(f.Name, f.NonUTF8)
		if !isTable(inner) {
			continue
		}
		if err := ctx.Err(); err != nil {
			closeAll(out)
			return nil, err
		}
		if len(out) >= limits.Members {
			closeAll(out)
			return nil, errTooLarge
		}
		m := Member{Name: name + "/" + strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(inner, `\`, "/")), "/")}
		m.Book, m.Err = openMember(f, limits)
		if m.Err != nil && !errs.Shown(m.Err) {
			closeAll(out)
			return nil, m.Err
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil, errNoBook
	}
	return out, nil
}

func closeAll(ms []Member) {
	for _, m := range ms {
		if m.Book != nil {
			m.Book.Close()
		}
	}
}

func isBook(z *zip.Reader) bool {
	for _, f := range z.File {
		switch k := partKey(f.Name); {
		case k == "[content_types].xml", k == "xl/workbook.xml", k == "mimetype", k == "xl/workbook.bin":
			return true
		}
	}
	return false
}

// isTable tells the entries that a person meant to import, if wrongly, from the rest.
func isTable(name string) bool {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if strings.HasPrefix(base, "~$") || strings.HasPrefix(base, ".") || strings.Contains(name, "__MACOSX") {
		return false
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".xlsx", ".xlsm", ".xls", ".et", ".csv", ".xlsb", ".ods":
		return true
	}
	return false
}

// openMember copies an entry to a temporary file, because a zip in a zip cannot be read at random.
func openMember(f *zip.File, limits Limits) (*Book, error) {
	if f.UncompressedSize64 > uint64(limits.FileBytes) {
		return nil, errTooLarge
	}
	r, err := f.Open()
	if err != nil {
		return nil, errDamaged.Because(err)
	}
	defer r.Close()
	tmp, err := os.CreateTemp("", "gonggu-member-*")
	if err != nil {
		return nil, err
	}
	drop := func() error {
		tmp.Close()
		return os.Remove(tmp.Name())
	}
	n, err := io.Copy(tmp, &bounded{r, int64(f.UncompressedSize64)})
	if err != nil {
		drop()
		return nil, err
	}
	b, err := Open(tmp, n, limits)
	if err != nil {
		drop()
		return nil, err
	}
	b.closer = drop
	return b, nil
}
