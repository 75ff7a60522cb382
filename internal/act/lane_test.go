package act_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/seal"
)

const county = "411624"

// note counts acts; "late" refuses after it has written, "broken" fails inside.
func kinds() map[string]act.Kind {
	return map[string]act.Kind{"note.take": {Apply: func(ctx context.Context, s *act.Step) error {
		switch s.Act.Body["do"] {
		case "refuse":
			return errs.New(errs.Invalid, "note.bad", "内容不对")
		case "late":
			s.Tally("411624001001", "late", "", "2022-09-15", 1)
			if _, err := s.Tx.Exec(ctx, `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4)`, county, s.Act.ID, "x", s.Act.Index); err != nil {
				return err
			}
			return errs.New(errs.Invalid, "note.late", "写了才发现不对")
		case "broken":
			_, err := s.Tx.Exec(ctx, `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4)`, county, s.Act.ID, nil, 0)
			return err
		}
		s.Tally("411624001001", "note", "", "2022-09-15", 1)
		return nil
	}}}
}

func lane(t *testing.T, db *database.DB) *act.Lane {
	t.Helper()
	l := act.NewLane(act.Options{County: county, DB: db, Clock: clock.NewVirtual(1663200000000, true), Keys: seal.FromSeed("t"), Kinds: kinds(),
		CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil }})
	t.Cleanup(l.Close)
	return l
}

func note(do string, after ...string) *act.Act {
	return &act.Act{ID: ident.New(), County: county, Kind: "note.take", Subject: "s", Actor: "zhang", Post: "p", After: after, Body: canon.Object{"do": do}}
}

func submit(t *testing.T, l *act.Lane, acts ...*act.Act) []act.Answer {
	t.Helper()
	subs := make([]act.Submission, len(acts))
	for i, a := range acts {
		subs[i].Act = a
	}
	got, err := l.Submit(t.Context(), "zhang", subs...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEveryActGetsOneOfFourAnswersAndKeepsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		l := lane(t, db)
		good, bad, late, first := note("x"), note("refuse"), note("late"), note("x")
		second := note("x", first.ID)
		third := note("x", second.ID, first.ID)
		got := submit(t, l, good, bad, third, second, late, first)
		want := []act.Outcome{act.Accepted, act.Refused, act.Waiting, act.Waiting, act.Refused, act.Accepted}
		for i, w := range want {
			if got[i].Outcome != w {
				t.Errorf("act %d: %s %s, want %s", i, got[i].Outcome, got[i].Code, w)
			}
		}
		again := submit(t, l, good, bad, third, second, late, first)
		for i, w := range []act.Outcome{act.Known, act.Refused, act.Known, act.Known, act.Refused, act.Known} {
			if again[i].Outcome != w {
				t.Errorf("again %d: %s, want %s", i, again[i].Outcome, w)
			}
		}
		if again[0].Index != got[0].Index || string(again[0].Leaf) != string(got[0].Leaf) || again[0].ReceivedAt != got[0].ReceivedAt {
			t.Error("a known act must get the same receipt")
		}
		if again[4].Code != "note.late" {
			t.Errorf("late refusal: code %s", again[4].Code)
		}
		head, err := act.ReadHead(t.Context(), db, county)
		if err != nil || head.Size != 4 {
			t.Fatalf("log has %d acts (%v), want 4", head.Size, err)
		}
		var people, notes, lates int64
		scan(t, db, `SELECT count(*) FROM people`, &people)
		scan(t, db, `SELECT coalesce(sum(n), 0) FROM tallies WHERE measure = 'note' AND area = '411624'`, &notes)
		scan(t, db, `SELECT coalesce(sum(n), 0) FROM tallies WHERE measure = 'late'`, &lates)
		if people != 0 || notes != 4 || lates != 0 {
			t.Errorf("a refused act left traces: people %d, notes %d, lates %d", people, notes, lates)
		}
		taken := *good
		taken.Body = canon.Object{"do": "other"}
		if a := submit(t, l, &taken)[0]; a.Outcome != act.Refused || a.Code != "act.id_taken" {
			t.Errorf("same id, other content: %s %s", a.Outcome, a.Code)
		}
		other := note("x")
		other.Actor = "li"
		if a := submit(t, l, other)[0]; a.Code != "act.not_yours" {
			t.Errorf("another's act: %s %s", a.Outcome, a.Code)
		}
	})
}

func scan(t *testing.T, db *database.DB, q string, to *int64) {
	t.Helper()
	if err := db.QueryRow(t.Context(), q).Scan(to); err != nil {
		t.Fatal(err)
	}
}

func TestAnActThatFailsInsideHarmsNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		l := lane(t, db)
		var wg sync.WaitGroup
		failed := 0
		var mu sync.Mutex
		for i := range 40 {
			wg.Go(func() {
				do := "x"
				if i%10 == 3 {
					do = "broken"
				}
				_, err := l.Submit(context.Background(), "zhang", act.Submission{Act: note(do)})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed++
				}
			})
		}
		wg.Wait()
		head, err := act.ReadHead(t.Context(), db, county)
		if err != nil || head.Size != 36 || failed != 4 {
			t.Fatalf("size %d, failed %d, %v", head.Size, failed, err)
		}
	})
}

func TestTheLogProvesEveryActAtEverySize(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		l := lane(t, db)
		var leaves []tlog.Hash
		roots := map[int64]tlog.Hash{}
		for len(leaves) < 600 {
			acts := make([]*act.Act, 1+len(leaves)%97)
			for i := range acts {
				acts[i] = note(fmt.Sprint(len(leaves), i))
			}
			for _, a := range submit(t, l, acts...) {
				leaves = append(leaves, tlog.Hash(a.Leaf))
			}
			head, err := act.ReadHead(t.Context(), db, county)
			if err != nil {
				t.Fatal(err)
			}
			roots[head.Size] = head.Root
		}
		size := int64(len(leaves))
		for n, root := range roots {
			if got, err := act.RootAt(t.Context(), db, county, n); err != nil || got != root {
				t.Fatalf("root at %d: %v %v", n, got, err)
			}
		}
		for i := int64(0); i < size; i += 37 {
			p, err := act.Prove(t.Context(), db, county, size, i)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(p, size, roots[size], i, leaves[i]); err != nil {
				t.Fatalf("act %d: %v", i, err)
			}
			a, err := act.ByIndex(t.Context(), db, county, i)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := a.Record()
			if err != nil || tlog.RecordHash(rec) != leaves[i] {
				t.Fatalf("act %d does not hash to its leaf", i)
			}
		}
	})
}

func TestTwoLanesOnOnePostgreSQLKeepOneOrder(t *testing.T) {
	url := dbtest.Schema(t)
	var lanes []*act.Lane
	var db *database.DB
	for range 3 {
		d, err := database.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		db, lanes = d, append(lanes, lane(t, d))
	}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if _, err := lanes[i%3].Submit(context.Background(), "zhang", act.Submission{Act: note("x")}, act.Submission{Act: note("x")}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	head, err := act.ReadHead(t.Context(), db, county)
	if err != nil || head.Size != 120 {
		t.Fatalf("size %d %v", head.Size, err)
	}
	root, err := act.RootAt(t.Context(), db, county, 120)
	if err != nil || root != head.Root {
		t.Fatalf("root %v %v", root, err)
	}
}

func BenchmarkLaneOn256Producers(b *testing.B) {
	db := dbtest.SQLite(b)
	l := act.NewLane(act.Options{County: county, DB: db, Clock: clock.Real{}, Keys: seal.FromSeed("t"), Kinds: kinds(),
		CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil }})
	defer l.Close()
	b.SetParallelism(128)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Submit(context.Background(), "zhang", act.Submission{Act: note("x")}); err != nil {
				b.Error(err)
			}
		}
	})
}

// What an act needs may come with another of the same batch: a refusal found before the lane is asked again inside it.
func TestAnActIsJudgedByWhatCameBeforeItInItsBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		missing := errs.New(errs.NotFound, "thing.missing", "还没有")
		l := act.NewLane(act.Options{County: county, DB: db, Clock: clock.NewVirtual(1663200000000, true), Keys: seal.FromSeed("t"),
			CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil },
			Kinds: map[string]act.Kind{
				"thing.make": {Apply: func(ctx context.Context, s *act.Step) error {
					_, err := s.Tx.Exec(ctx, `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, 'x', $3)`, county, s.Act.Subject, s.Act.Index)
					return err
				}},
				"thing.use": {Prepare: func(ctx context.Context, r database.Reader, a *act.Act, _ map[string]act.Opening, _ any) (any, error) {
					var name string
					if err := r.QueryRow(ctx, `SELECT name FROM people WHERE county = $1 AND id = $2`, county, a.Subject).Scan(&name); err != nil {
						return nil, missing.Because(err)
					}
					return name, nil
				}, Apply: func(_ context.Context, s *act.Step) error {
					if s.Prepared != "x" {
						return errs.New(errs.Invalid, "thing.unprepared", "没有准备好")
					}
					return nil
				}},
			}})
		t.Cleanup(l.Close)
		make1, use1, use2 := note(""), note(""), note("")
		make1.Kind, make1.Subject, use1.Kind, use1.Subject, use2.Kind, use2.Subject = "thing.make", "a", "thing.use", "a", "thing.use", "b"
		got := submit(t, l, make1, use1, use2)
		if got[1].Outcome != act.Accepted || got[2].Outcome != act.Refused || got[2].Code != "thing.missing" {
			t.Errorf("%s %s, %s %s", got[1].Outcome, got[1].Code, got[2].Outcome, got[2].Code)
		}
	})
}

// What a kind reads at once reaches each act's Prepare, a kind that cannot read at once is prepared act by act, and nobody waits for long
// for an act that takes long to prepare.
func TestActsOfOneKindAreReadAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		const many = 60
		var fetched, alone, ahead atomic.Int64
		held, release := make(chan struct{}), make(chan struct{})
		all := func(_ context.Context, _ database.Reader, acts []*act.Act) (any, error) {
			fetched.Add(int64(len(acts)))
			found := map[string]string{}
			for _, a := range acts {
				found[a.ID] = a.Subject
			}
			return found, nil
		}
		l := act.NewLane(act.Options{County: county, DB: db, Clock: clock.NewVirtual(1663200000000, true), Keys: seal.FromSeed("t"),
			CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil },
			Kinds: map[string]act.Kind{
				"thing.see": {Fetch: all, Prepare: func(_ context.Context, _ database.Reader, a *act.Act, _ map[string]act.Opening, found any) (any, error) {
					m, _ := found.(map[string]string)
					return m[a.ID], nil
				}, Ahead: func(_ context.Context, s *act.Step, prepared []any) error {
					ahead.Add(int64(len(prepared)))
					return nil
				}, Apply: func(_ context.Context, s *act.Step) error {
					if s.Prepared != s.Act.Subject {
						return errs.New(errs.Invalid, "thing.unread", "没有读到")
					}
					return nil
				}},
				"thing.blind": {Fetch: func(context.Context, database.Reader, []*act.Act) (any, error) { return nil, errors.New("cannot") },
					Prepare: func(_ context.Context, _ database.Reader, a *act.Act, _ map[string]act.Opening, found any) (any, error) {
						if found == nil {
							alone.Add(1)
						}
						return nil, nil
					}, Apply: func(context.Context, *act.Step) error { return nil }},
				"thing.slow": {Prepare: func(context.Context, database.Reader, *act.Act, map[string]act.Opening, any) (any, error) {
					close(held)
					<-release
					return nil, nil
				}, Apply: func(context.Context, *act.Step) error { return nil }},
			}})
		t.Cleanup(l.Close)
		of := func(kind, subject string) *act.Act {
			a := note("")
			a.Kind, a.Subject = kind, subject
			return a
		}
		var acts []*act.Act
		for i := range many {
			acts = append(acts, of("thing.see", fmt.Sprint(i)), of("thing.blind", "b"))
		}
		slow := make(chan error, 1)
		go func() {
			got, err := l.Submit(t.Context(), "zhang", act.Submission{Act: of("thing.slow", "s")})
			if err == nil && got[0].Outcome != act.Accepted {
				err = errors.New(got[0].Code)
			}
			slow <- err
		}()
		<-held
		for i, a := range submit(t, l, acts...) {
			if a.Outcome != act.Accepted {
				t.Errorf("act %d: %s %s", i, a.Outcome, a.Code)
			}
		}
		if fetched.Load() != many || alone.Load() != many || ahead.Load() != many {
			t.Errorf("of %d acts %d were read at once, %d alone, %d ahead", many, fetched.Load(), alone.Load(), ahead.Load())
		}
		close(release)
		if err := <-slow; err != nil {
			t.Error("the slow act:", err)
		}
	})
}

// What waits for the lane waits unread: not more than a commit and a half is read out of requests at a time.
func TestActsThatWaitForTheLaneWaitUnread(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) { actsWaitUnread(t, lane(t, db)) })
}

func actsWaitUnread(t *testing.T, l *act.Lane) {
	var leaves []func()
	for {
		ctx, cancel := context.WithCancel(t.Context())
		entered := make(chan func(), 1)
		go func() {
			if leave, err := l.Admit(ctx, 500); err == nil {
				entered <- leave
			}
			close(entered)
		}()
		if len(leaves) == 3 { // 1,536 are full
			cancel()
			if _, ok := <-entered; ok {
				t.Fatal("a fourth request of 500 acts was read beside three")
			}
			break
		}
		leaves = append(leaves, <-entered)
		cancel()
	}
	waiting := make(chan error)
	go func() {
		leave, err := l.Admit(t.Context(), 5000) // more than there is room for in all: alone
		if err == nil {
			leave()
		}
		waiting <- err
	}()
	for _, leave := range leaves {
		leave()
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}
