package server_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/inspection"
	"gonggu/internal/proof"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

// proof: the file goes by itself, leads to the root on paper, and no byte of it can be another.
func (s *stage) proof(t *testing.T) {
	c := s.county
	acts, err := act.From(t.Context(), c.DB, county, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	day := s.state.Reports[len(s.state.Reports)-1]
	kept, err := report.Frozen(t.Context(), c.DB, county, day)
	if err != nil {
		t.Fatal(err)
	}
	foot := kept.Report.Foot
	var sheet *act.Act
	for _, a := range acts {
		if a.Kind == inspection.KindSheet && a.Index < foot.LogSize {
			sheet = a
		}
	}
	file, err := proof.Make(t.Context(), c.DB, county, sheet.ID, foot.LogSize, c.Signer, c.Verifier)
	if err != nil {
		t.Fatal(err)
	}
	p, err := proof.Check(file, foot.Key) // the fingerprint that the report prints
	if err != nil || p.Root != foot.Root || p.Index != sheet.Index || p.Act.ID != sheet.ID || p.Act.Seen != sheet.Seen {
		t.Fatalf("%+v %v", p, err)
	}
	if again, err := proof.Make(t.Context(), c.DB, county, sheet.ID, foot.LogSize, c.Signer, c.Verifier); err != nil || !bytes.Equal(file, again) {
		t.Error("the same proof has other bytes the second time", err)
	}
	if _, err := proof.Make(t.Context(), c.DB, county, sheet.ID, sheet.Index, c.Signer, c.Verifier); errs.Code(err) != proof.ErrSize.Code {
		t.Errorf("a log before the act: %v", err)
	}
	if _, err := proof.Make(t.Context(), c.DB, county, "none", 0, c.Signer, c.Verifier); errs.Code(err) != act.ErrNoAct.Code {
		t.Errorf("no act: %v", err)
	}
	for i := range file {
		spoiled := bytes.Clone(file)
		spoiled[i] ^= 1
		if _, err := proof.Check(spoiled, c.Verifier); err == nil {
			t.Fatalf("byte %d changed, and nobody saw: %.60q", i, spoiled[max(0, i-30):])
		}
	}
	for _, a := range acts {
		whole, err := proof.Make(t.Context(), c.DB, county, a.ID, 0, c.Signer, c.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := proof.Check(whole, c.Verifier); err != nil || p.Index != a.Index {
			t.Fatalf("act %d: %v", a.Index, err)
		}
	}
	s.proofOfTheDesk(t, sheet)
	head, err := c.Head(t.Context(), foot.LogSize)
	if err != nil {
		t.Fatal(err)
	}
	if size, root, err := proof.OpenHead(county, string(head), c.Verifier); err != nil || size != foot.LogSize || hex.EncodeToString(root[:]) != foot.Root {
		t.Error(size, root, err)
	}
}

// proofOfTheDesk: what the desk hands out is the same file, and leads to the root of the first report after the act.
func (s *stage) proofOfTheDesk(t *testing.T, sheet *act.Act) {
	t.Helper()
	var got struct{ File, Root, PrintedOn, Leaf string }
	s.visitor(t, "xian").get(t, fmt.Sprintf("/households/%s/proofs/%d", sheet.Subject, sheet.Index), &got)
	p, err := proof.Check([]byte(got.File), s.county.Fingerprint())
	if err != nil || p.Index != sheet.Index || p.Root != got.Root || p.Leaf != got.Leaf || p.Act.ID != sheet.ID {
		t.Fatalf("%+v %v", p, err)
	}
	kept, err := report.Frozen(t.Context(), s.county.DB, county, got.PrintedOn)
	if err != nil || kept.Report.Foot.Root != p.Root {
		t.Errorf("the report of %s: %v", got.PrintedOn, err)
	}
}

// rebuilt: the state comes again from acts and files, on either engine, and only where nothing was.
func (s *stage) rebuilt(t *testing.T, engine string) {
	want, err := s.county.Canonical(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Tables) < 20 || want.Size == 0 {
		t.Fatalf("%+v", want)
	}
	dir := filepath.Join(t.TempDir(), "again")
	s.rebuildTo(t, dir, want)
	for day, was := range s.reports(t) {
		o := s.options
		o.Dir, o.Database = dir, ""
		c, err := server.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := report.Frozen(t.Context(), c.DB, county, day); err == nil && string(k.Doc) != was {
			t.Errorf("the report of %s has other bytes", day)
		}
		_ = c.Close()
	}
	if engine == "sqlite" { // from one engine to the other; the other way is the folder above
		s.rebuildTo(t, dbtest.Schema(t), want)
	}
	t.Run("where something is", func(t *testing.T) {
		full := t.TempDir()
		if err := os.WriteFile(filepath.Join(full, "letter.txt"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{full, s.options.Dir, dir} {
			if _, err := s.county.Rebuild(t.Context(), to, quiet); errs.Code(err) != server.ErrTarget.Code {
				t.Errorf("%s: %v", filepath.Base(to), err)
			}
		}
		if list, err := os.ReadDir(full); err != nil || len(list) != 1 {
			t.Errorf("something was done all the same: %v %v", list, err)
		}
		if s.options.Database != "" {
			if _, err := s.county.Rebuild(t.Context(), s.options.Database, quiet); errs.Code(err) != server.ErrTarget.Code {
				t.Errorf("its own database: %v", err)
			}
		}
	})
	t.Run("broken off", func(t *testing.T) {
		for _, to := range []string{filepath.Join(t.TempDir(), "broken"), dbtest.Schema(t)} {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := s.county.Rebuild(ctx, to, func(phase string, done, _ int) {
				if phase == "重放记录" && done >= 100 {
					cancel()
				}
			})
			cancel()
			if err == nil {
				t.Error("it was not broken off")
			}
			s.rebuildTo(t, to, want)
		}
	})
}

func (s *stage) rebuildTo(t *testing.T, to string, want *server.Dump) {
	t.Helper()
	got, err := s.county.Rebuild(t.Context(), to, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		t.Errorf("%s\n%s", a, b)
	}
}
