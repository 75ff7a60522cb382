package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"

	"gonggu/internal/errs"
)

// Book is an opened workbook. It is not safe for concurrent use: read one sheet at a time.
type Book struct {
	limits   Limits
	parts    map[string]*zip.File // by lower-case path with forward slashes
	sheets   []*Sheet
	stylesAt string
	sharedAt string
	formats  []format
	styled   bool
	shared   *sharedStrings
	date1904 bool
	closer   func() error
}

// Sheet is one worksheet of a Book.
type Sheet struct {
	Name   string
	Hidden bool // hidden or very hidden in Excel
	// Merges is known after the sheet's rows were read to the end; at most 300,000 are kept.
	Merges []Merge
	book   *Book
	part   string
}

// Merge is a range of merged cells; rows count from 1, columns from 0.
type Merge struct{ Row, Col, LastRow, LastCol int }

// Open reads the directory of a workbook. It refuses what is none with an *errs.Error of code
// workbook.empty, too_large, legacy_xls, encrypted, text, html, binary, opendocument, not_workbook,
// damaged, bomb, unsafe or no_sheet.
func Open(r io.ReaderAt, size int64, limits Limits) (*Book, error) {
	limits = limits.filled()
	z, err := openZip(r, size, limits)
	if err != nil {
		return nil, err
	}
	return openBook(z, limits)
}

// openZip tells what the file is and opens its zip directory within the limits.
func openZip(r io.ReaderAt, size int64, limits Limits) (*zip.Reader, error) {
	if size <= 0 {
		return nil, errEmpty
	}
	if size > limits.FileBytes {
		return nil, errTooLarge
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, errDamaged.Because(err)
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		return nil, notZip(r, size, head)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errDamaged.Because(err)
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	if err := checkParts(z, size, limits); err != nil {
		return nil, err
	}
	return z, nil
}

func checkParts(z *zip.Reader, size int64, limits Limits) error {
	if len(z.File) > limits.Parts {
		return errBomb
	}
	var total uint64
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return errEncrypted
		}
		total += f.UncompressedSize64
		if total < f.UncompressedSize64 || total > uint64(limits.InflatedBytes) {
			return errBomb
		}
		if f.UncompressedSize64 > ratioFloor && f.UncompressedSize64/max(f.CompressedSize64, 1) > uint64(limits.Ratio) {
			return errBomb
		}
	}
	if total > ratioFloor && total/uint64(size) > uint64(limits.Ratio) {
		return errBomb // parts may overlap
	}
	return nil
}

// notZip says what a file that is no zip looks like.
func notZip(r io.ReaderAt, size int64, head []byte) *errs.Error {
	if bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}) {
		if oleHas(r, size, "EncryptedPackage") {
			return errEncrypted
		}
		return errLegacy
	}
	if bytes.HasPrefix(head, []byte{0x09, 0x08}) && len(head) > 8 { // BIFF without its OLE shell
		return errLegacy
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte{0xEF, 0xBB, 0xBF}), " \t\r\n"))
	for _, mark := range []string{"<html", "<!doctype html", "<table", "<?xml", "<meta"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return errHTML
		}
	}
	if bytes.IndexByte(head, 0) < 0 && !bytes.HasPrefix(head, []byte("%PDF")) && looksText(head) {
		return errText
	}
	return errNotZip
}

// looksText holds for UTF-8 and GBK text: no control characters but the usual ones.
func looksText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return utf8.Valid(b) || bytes.ContainsAny(b, ",\t;")
}

// oleHas looks for a stream's name in an OLE file; its directory lies near one of the ends.
func oleHas(r io.ReaderAt, size int64, name string) bool {
	want := make([]byte, 0, len(name)*2)
	for i := 0; i < len(name); i++ {
		want = append(want, name[i], 0)
	}
	const window = 4 << 20
	buf := make([]byte, min(size, window))
	for _, at := range []int64{0, size - int64(len(buf))} {
		n, _ := r.ReadAt(buf, at)
		if bytes.Contains(buf[:n], want) {
			return true
		}
	}
	return false
}

func openBook(z *zip.Reader, limits Limits) (*Book, error) {
	b := &Book{limits: limits, parts: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		b.parts[partKey(f.Name)] = f
	}
	main := ""
	if err := b.relations("", func(kind, target, _ string) {
		if kind == "officeDocument" {
			main = target
		}
	}); err != nil {
		return nil, err
	}
	if main == "" {
		main = "xl/workbook.xml"
	}
	switch {
	case b.parts["xl/workbook.bin"] != nil:
		return nil, errBinary
	case b.parts["content.xml"] != nil && b.parts["mimetype"] != nil:
		return nil, errODS
	case b.parts[main] == nil || !strings.HasPrefix(main, "xl/") && b.parts["word/document.xml"] != nil:
		return nil, errNotZip
	}
	if err := b.readMain(main); err != nil {
		return nil, err
	}
	if len(b.sheets) == 0 {
		return nil, errNoSheet
	}
	return b, nil
}

// partKey is the key of b.parts: some programs write backslashes or another case.
func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// relations calls each for every relation of a part ("" for the package): its kind (the last element of
// its type, alike in strict and transitional OOXML), its target's key and its id.
func (b *Book) relations(part string, each func(kind, target, id string)) error {
	dir, base := path.Split(part)
	key := dir + "_rels/" + base + ".rels"
	if b.parts[key] == nil {
		return nil
	}
	return b.tags(key, func(t token) error {
		if string(t.name) != "Relationship" || t.closing {
			return nil
		}
		target := t.attrText("Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, strings.ReplaceAll(target, `\`, "/"))
		}
		each(path.Base(t.attrText("Type")), partKey(target), t.attrText("Id"))
		return nil
	})
}

// tags calls each for every tag of a small part.
func (b *Book) tags(key string, each func(token) error) error {
	r, err := b.open(key)
	if err != nil {
		return err
	}
	defer r.Close()
	s, err := newScanner(r)
	if err != nil {
		return err
	}
	for {
		t, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = each(t)
		}
		if err != nil {
			return err
		}
	}
}

func (b *Book) readMain(main string) error {
	targets := map[string]string{}
	if err := b.relations(main, func(kind, target, id string) {
		switch kind {
		case "worksheet":
			targets[id] = target
		case "sharedStrings":
			b.sharedAt = target
		case "styles":
			b.stylesAt = target
		}
	}); err != nil {
		return err
	}
	return b.tags(main, func(t token) error {
		switch string(t.name) {
		case "workbookPr":
			v := t.attrText("date1904")
			b.date1904 = b.date1904 || v == "1" || v == "true"
		case "sheet":
			part := targets[t.attrText("id")]
			if t.closing || part == "" { // a chart or macro sheet
				return nil
			}
			if b.parts[part] == nil || len(b.sheets) >= 4096 {
				return errDamaged
			}
			state := t.attrText("state")
			b.sheets = append(b.sheets, &Sheet{
				Name: t.attrText("name"), Hidden: state == "hidden" || state == "veryHidden", book: b, part: part,
			})
		}
		return nil
	})
}

// open opens a part; what it gives is bounded by what the part declared.
func (b *Book) open(key string) (io.ReadCloser, error) {
	f := b.parts[key]
	if f == nil {
		return nil, errDamaged
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, errDamaged.Because(err)
	}
	if err != nil {
		return nil, errDamaged.Because(err)
	}
	return &bounded{r, int64(f.UncompressedSize64)}, nil
}

// load reads styles and shared strings, once.
func (b *Book) load() error {
	if !b.styled && b.parts[b.stylesAt] != nil {
		r, err := b.open(b.stylesAt)
		if err != nil {
			return err
		}
		b.formats, err = readStyles(r)
		r.Close()
		if err != nil {
			return err
		}
	}
	b.styled = true
	if b.shared != nil {
		return nil
	}
	if b.parts[b.sharedAt] == nil {
		b.shared = newSharedStrings(0)
		return nil
	}
	r, err := b.open(b.sharedAt)
	if err != nil {
		return err
	}
	a := readAhead(r)
	defer a.Close()
	b.shared, err = readShared(a, b.limits)
	return err
}

// Sheets returns the worksheets in the order of their tabs.
func (b *Book) Sheets() []*Sheet { return b.sheets }

// Unload frees the shared strings; reading a sheet again loads them anew.
func (b *Book) Unload() {
	if b.shared != nil {
		b.shared.close()
		b.shared = nil
	}
}

// Close frees memory and temporary files.
func (b *Book) Close() error {
	b.Unload()
	if b.closer != nil {
		c := b.closer
		b.closer = nil
		return c()
	}
	return nil
}
