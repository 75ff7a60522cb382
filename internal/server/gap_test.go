package server_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gonggu/internal/backup"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/server"
)

// rebuiltAfterPurge: values that a purge destroyed stay destroyed, and all else comes again from acts and files.
func (s *stage) rebuiltAfterPurge(t *testing.T) {
	if n := s.one(t, "SELECT count(*) FROM purged_values WHERE county = $1", county); n == "0" {
		t.Fatal("nothing was purged before")
	}
	want, err := s.county.Canonical(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	s.rebuildTo(t, filepath.Join(t.TempDir(), "again"), want)
	if s.options.Database == "" {
		s.rebuildTo(t, dbtest.Schema(t), want)
	}
}

// looksChanged: who changes, removes or cuts off an entry of the access log is named by the county's own verification.
func (s *stage) looksChanged(t *testing.T) {
	named := func(says string) {
		t.Helper()
		for _, quick := range []bool{true, false} {
			if v := s.look(t, server.VerifyOptions{Quick: quick}); !strings.Contains(strings.Join(v.Faults, "；"), says) {
				t.Errorf("quick %v: %q, want %q", quick, v.Faults, says)
			}
		}
	}
	was := s.one(t, "SELECT subject FROM access_entries WHERE county = $1 AND idx = 2", county)
	s.exec(t, "UPDATE access_entries SET subject = 'x' WHERE county = $1 AND idx = 2", county)
	named("第 2 条与其摘要不一致")
	s.exec(t, "UPDATE access_entries SET subject = $1 WHERE county = $2 AND idx = 2", was, county)
	s.clean(t)
	s.exec(t, "UPDATE access_entries SET county = 'gone' WHERE county = $1 AND idx = 1", county)
	named("1")
	s.exec(t, "UPDATE access_entries SET county = $1 WHERE county = 'gone'", county)
	s.clean(t)
}

// A copy taken while an import is being entered holds all of it or nothing, and the import is gone on with where it is put back.
func TestACopyTakenWhileAnImportRuns(t *testing.T) {
	t.Parallel()
	const households = 1200
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := &stage{options: server.Options{Dir: t.TempDir(), County: county, Seed: "5"}}
			if engine == "postgresql" {
				s.options.Database = dbtest.Schema(t)
			}
			folder, keys := filepath.Join(t.TempDir(), "copies"), filepath.Join(t.TempDir(), "keys.json")
			taken := 0
			copyNow := func(phase string, _, _ int) {
				if phase != demo.PhaseImport || taken > 0 {
					return
				}
				taken++
				reading := s.options
				reading.Reading = true
				c, err := server.Open(t.Context(), reading)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := backup.Take(t.Context(), c.Source(), folder, silent); err != nil {
					t.Error(err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
			staged, err := demo.Stage(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: households, Seed: 5, Pack: packFS(t), Progress: copyNow})
			if err != nil {
				t.Fatal(err)
			}
			s.clock = staged.Clock
			if err := staged.County.Close(); err != nil || taken != 1 {
				t.Fatal(taken, err)
			}
			if err := backup.SaveKeys(s.options.Dir, keys, passphrase); err != nil {
				t.Fatal(err)
			}
			o, err := put(t, s, folder, engine, keys, passphrase)
			if err != nil {
				t.Fatal(err)
			}
			there := &stage{options: o, clock: s.clock}
			there.open(t)
			defer there.close(t)
			if state, n := there.one(t, "SELECT state FROM imports"), there.one(t, "SELECT count(*) FROM households"); state != "applying" || n != "0" {
				t.Errorf("the copy holds an import that is %s, and %s households: it was not taken in the middle", state, n)
			}
			there.clean(t)
			if err := there.county.Desk.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			there.county.Desk.Wait()
			if state, n := there.one(t, "SELECT state FROM imports"), there.one(t, "SELECT count(*) FROM households"); state != "done" || n != "1200" {
				t.Errorf("gone on with, the import is %s (%s), with %s households", state, there.one(t, "SELECT failure FROM imports"), n)
			}
			there.clean(t)
		})
	}
}

const nation = "\ufeff" + `统计用区划代码,名称,城乡分类
410000000000,甲省,
411600000000,乙市,
411624000000,沈丘县,
411624001000,东城街道,
411624001998,新设的社区居委会,111
411625000000,邻县,
411625100000,邻县的镇,
411625100200,邻县的村,220
441900000000,不设县的市,
441900003000,直管的街道,
441900003001,直管的社区,111
350527000000,没有下级的县,
`

// A division list goes into each county's own log, once; what a county ended stays ended.
func TestADivisionListOfManyCounties(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			lay := func(text string) *server.AreasLaid {
				t.Helper()
				var d duty.Divisions
				if err := d.Read("全国.csv", strings.NewReader(text)); err != nil {
					t.Fatal(err)
				}
				list, err := d.Counties()
				if err != nil {
					t.Fatal(err)
				}
				out, err := s.county.LayAreas(t.Context(), list, silent)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			before := s.one(t, "SELECT count(*) FROM areas WHERE county = $1", county)
			short := s.one(t, "SELECT short FROM areas WHERE county = $1 AND code = '411624001'", county)
			got := lay(nation)
			// The county has all but the new community; it has 602 places in force that the list lacks.
			if got.Counties != 4 || got.Townships != 3 || got.Villages != 3 || got.Written != 1+3+3+1 || got.Acts != 4 || got.Unlisted != 602 || got.Kept != 0 {
				t.Errorf("%+v", got)
			}
			if again := lay(nation); again.Written != 0 || again.Acts != 0 {
				t.Errorf("again: %+v", again)
			}
			if s.one(t, "SELECT short FROM areas WHERE county = $1 AND code = '411624001'", county) != short || short == "东城街道" {
				t.Error("the county's own short name is gone")
			}
			if after := s.one(t, "SELECT count(*) FROM areas WHERE county = $1", county); after == before {
				t.Error("nothing came")
			}
			list, err := duty.Areas(t.Context(), s.county.DB, "441900", duty.Everything("441900"))
			if err != nil || len(list) != 3 || list[0].Name != "不设县的市" || list[2].Parent != "441900003" {
				t.Errorf("%+v %v", list, err)
			}
			// Renamed, and ended: the one follows the list, the other does not come back.
			s.exec(t, "UPDATE areas SET until = '2022-09-01' WHERE county = '411625' AND code = '411625100200'")
			if got := lay(strings.ReplaceAll(nation, "邻县的镇", "改名的镇")); got.Written != 1 || got.Kept != 1 || got.Acts != 1 {
				t.Errorf("%+v", got)
			}
			if got := lay(nation); got.Written != 1 || s.one(t, "SELECT name FROM areas WHERE code = '411625100'") != "邻县的镇" {
				t.Errorf("named back: %+v", got)
			}
			s.clean(t)
			o := s.options
			o.County, o.Reading = "441900", true
			c, err := server.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if v, err := c.Verify(t.Context(), silent); err != nil || len(v.Faults) > 0 || v.Acts != 1 || v.Rows < 3 {
				t.Errorf("%+v %v", v, err)
			}
		})
	}
}

// What is wrong with a division list is said by line, and nothing of it is used.
func TestAWrongDivisionListIsRefused(t *testing.T) {
	for text, says := range map[string]string{
		"":                                 "不能按 CSV 读出",
		"编号,村\n1,2\n":                      "没有“区划代码”和“名称”两列",
		"code,name\n4116245,x\n":           "第 2 行：代码“4116245”应为",
		"code,name\n41162x,x\n":            "第 2 行",
		"code,name\n411624,\n":             "名称是空的",
		"code,name\n411624,\xc9\xf2\xc7\n": "不是 UTF-8",
		"code,name\n411624,沈丘县\n411624,沈丘\n":      "第 3 行：代码 411624 出现了两次（“沈丘县”和“沈丘”）",
		"code,name\n411624,沈丘县\n411624001001,村\n": "上级 411624001 不在名单里",
		"code,name\n41,河南省\n":                     "没有县级及以下",
		"code,name\n411624,\"沈丘\n":                "不能按 CSV 读出",
	} {
		var d duty.Divisions
		err := d.Read("名单.csv", strings.NewReader(text))
		if err == nil {
			_, err = d.Counties()
		}
		e := errs.As(err)
		said := e.Message
		for _, f := range e.Fields {
			said += "；" + f.Message
		}
		if err == nil || !errs.Shown(err) || !strings.Contains(said, says) {
			t.Errorf("%q: %v, want %q", text, said, says)
		}
	}
}
