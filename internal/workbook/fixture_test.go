package workbook

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"gonggu/internal/errs"
)

// zipOf makes a zip of names and contents, in the order given.
func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(files); i += 2 {
		f, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const (
	testTypes = `<?xml version="1.0"?><Types xmlns="x"/>`
	testRoot  = `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	testRels  = `<Relationships>` +
		`<Relationship Id="rId1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/>` +
		`<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	testBook   = `<workbook><sheets><sheet name="表&amp;一" sheetId="1" r:id="rId1"/></sheets></workbook>`
	testStyles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>` +
		`<numFmt numFmtId="165" formatCode="000000"/><numFmt numFmtId="166" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;"/>` +
		`<numFmt numFmtId="167" formatCode="#,##0.00_);[Red]\(#,##0.00\)"/><numFmt numFmtId="168" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="9"/><xf numFmtId="57"/><xf numFmtId="31"/><xf numFmtId="168"/><xf numFmtId="21"/></cellXfs></styleSheet>`
)

// bookOf makes a one-sheet workbook of raw parts.
func bookOf(t testing.TB, sheet, shared string) []byte {
	return zipOf(t, "[Content_Types].xml", testTypes, "_rels/.rels", testRoot, "xl/workbook.xml", testBook,
		"xl/_rels/workbook.xml.rels", testRels, "xl/styles.xml", testStyles,
		"xl/sharedStrings.xml", `<sst>`+shared+`</sst>`, "xl/worksheets/sheet1.xml", sheet)
}

// dump reads the first sheet as "N: col=text …" lines.
func dump(t testing.TB, file []byte) ([]string, error) {
	t.Helper()
	b, err := Open(bytes.NewReader(file), int64(len(file)), Limits{})
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var out []string
	for row, err := range b.Sheets()[0].Rows(context.Background()) {
		if err != nil {
			return out, err
		}
		var s strings.Builder
		fmt.Fprintf(&s, "%d:", row.N)
		for _, c := range row.Cells {
			mark := ""
			if c.Lossy {
				mark = "!"
			}
			fmt.Fprintf(&s, " %s=%s%s", ColumnName(c.Col), c.Text, mark)
		}
		out = append(out, s.String())
	}
	return out, nil
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if errs.Code(err) != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
	if !strings.ContainsAny(errs.As(err).Message, "请") {
		t.Errorf("%s does not say what to do: %s", code, errs.As(err).Message)
	}
}
