package problem_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
)

const county = "411624"

// insert is one open problem; what the suggestions do not look at is empty.
const insert = `INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state, rev,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, classes)
VALUES ($1, $2, $3, $4, $5, $6, '3.2', '', $7, $8, $9, '', $10, $11, '', 'sheet', '', '', 'water', '', 'accepted', 1, 5, '2022-10-15', '2022-10-20', '', '2022-09-20', 0, 0, '', '2022-09-20', '2022-09-21', 0, '', 0, '', '')`

var things = []string{"自来水", "卫生厕所", "生产路", "排水沟", "路灯", "垃圾池", "文化广场", "农家书屋", "卫生室", "危旧房屋", "公益岗位", "扶贫车间", "光伏板", "灌溉机井", "变压器", "监控设备"}
var wrongs = []string{"长期损坏没有维修", "时断时续，群众反映强烈", "没有专人管理", "闲置未使用", "台账与实际不一致", "补助资金没有到位", "建成后没有移交", "位置偏远使用不便", "存在安全隐患", "已申报尚未动工"}
var places = []string{"村东头", "村西头", "村部北侧", "小学门前", "一组", "二组", "三组", "南北主街", "东西主街", "河堤下", "桥头", "文化广场旁"}

// fill writes n open problems: of each ten, three are of a village itself, the others of households, some twice.
func fill(b testing.TB, db *database.DB, n, villages int) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	err := db.Write(b.Context(), func(tx *database.Tx) error {
		for i := range n {
			area := fmt.Sprintf("411624101%03d", 200+rng.IntN(villages))
			item := fmt.Sprintf("3.2.%d", 1+rng.IntN(5))
			kind, subject, household, rule := problem.SubjectHousehold, fmt.Sprint("h-", area, "-", i/2), int64(i/2+1), fmt.Sprint("rule-", rng.IntN(20))
			if i%10 < 3 {
				kind, subject, household, rule = problem.SubjectArea, area, 0, ""
			}
			say := pick(places) + pick(things) + pick(wrongs) + "，" + pick(places) + pick(things) + pick(wrongs)
			if err := tx.Put(b.Context(), insert, county, int64(i+1), fmt.Sprint("p", i), fmt.Sprint("n-", i), rule, item, kind, subject, household, area, say); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkConsolidate measures the office's suggestions of a township: spread over its villages, and, the worst, all in one.
func BenchmarkConsolidate(b *testing.B) {
	pk := &pack.Pack{}
	pk.Head.Loop.Similar, pk.Head.Loop.Cluster = 600_000, 3
	for _, n := range []int{1000, 5000} {
		for _, villages := range []int{26, 1} {
			b.Run(fmt.Sprintf("problems=%d/villages=%d", n, villages), func(b *testing.B) {
				db := dbtest.SQLite(b)
				fill(b, db, n, villages)
				b.ResetTimer()
				var s *problem.Suggestions
				for b.Loop() {
					var err error
					if s, err = problem.Consolidate(b.Context(), db, county, duty.Everything(county), "411624101", pk); err != nil {
						b.Fatal(err)
					}
				}
				if s.Looked != n || len(s.Pairs) == 0 || len(s.Groups) == 0 {
					b.Fatalf("%d looked at, %d pairs, %d groups", s.Looked, len(s.Pairs), len(s.Groups))
				}
				b.ReportMetric(float64(len(s.Pairs)+s.More), "suggestions")
			})
		}
	}
}
