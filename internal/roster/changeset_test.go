package roster

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/canon"
	"gonggu/internal/files"
	"gonggu/internal/intake"
	"gonggu/internal/pack"
	"gonggu/internal/seal"
	"gonggu/packs"
)

func shenqiu(t *testing.T) *pack.Pack {
	t.Helper()
	dir, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	p, bad := pack.Load(dir)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return p
}

// several households: with and without sealed facts, without members, with facts that the pack does not know.
func several() []*intake.Household {
	var out []*intake.Household
	for i := range chunkLines + 3 {
		h := &intake.Household{Number: fmt.Sprint("41162400000", i), Area: "411624100201", Group: "王庄组", Head: "王\"五", Facts: map[string]any{"kind": "k1", "size": int64(i)}}
		if i%2 == 0 {
			h.Facts["bank_account"], h.Address = "6222", "某村某号"
		}
		for m := range i % 4 {
			f := map[string]any{FactRelation: RelationHead, FactID: fmt.Sprint("41272819500101000", m), "health": []string{"a", "b"}}
			if m == 1 {
				f["of_no_pack"] = true
			}
			if m == 2 {
				f = map[string]any{}
			}
			h.Members = append(h.Members, intake.Member{Number: fmt.Sprint(m), Name: "王五", Facts: f, Unknown: map[string]string{"备注": "无"}})
		}
		out = append(out, h)
	}
	return out
}

// TestChangeSetCanonical holds what is put together by hand to the canonical form, and to what was said.
func TestChangeSetCanonical(t *testing.T) {
	store := files.Store{Dir: t.TempDir()}
	keys := seal.FromSeed("x")
	p := shenqiu(t)
	w, err := newChangeWriter(store, keys, "import/1", wordsOf(p))
	if err != nil {
		t.Fatal(err)
	}
	all := several()
	for _, h := range all {
		if err := w.add(h); err != nil {
			t.Fatal(err)
		}
	}
	changeSet, openings, err := w.commit()
	if err != nil {
		t.Fatal(err)
	}
	f, err := store.Open(changeSet)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		v, err := canon.Parse(line)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if again, err := canon.Marshal(v); err != nil || !bytes.Equal(again, line) {
			t.Fatalf("line %d is not canonical (%v):\n%s\n%s", i+1, err, line, again)
		}
	}
	n := 0
	previewed := &previewing{}
	err = scanChangeSet(store, keys, "import/1", changeSet, openings, func(i int, line []byte, opened any) error {
		in, err := joinLine(line, opened, func(part string) []byte { return keys.Salt("import/1", strconv.Itoa(i)+"/"+part) })
		if err != nil {
			return err
		}
		want := previewed.incoming(all[i])
		if len(want.Kept) == 0 {
			want.Kept = nil
		}
		if got, want := fmt.Sprint(*in), fmt.Sprint(*want); got != want || i != n {
			t.Fatalf("line %d:\n%s\n%s", i+1, got, want)
		}
		n++
		return nil
	})
	if err != nil || n != len(all) {
		t.Fatal(n, err)
	}
}
