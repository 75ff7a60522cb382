package order_test

import (
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
)

// paper is an act that its author types in for somebody who signed a sheet of paper.
func paper(a *act.Act, behalf canon.Object) *act.Act {
	sig, _ := a.Body["signature"].(canon.Object)
	sig["strokes"] = []any{}
	a.OnBehalf = behalf
	return a
}

// A repair on paper counts as that of the clerk who typed it in and of his unit: neither verifies it.
//
// clause: 5.2-c
func TestARepairSignedOnPaper(t *testing.T) {
	scan := strings.Repeat("0f", 32)
	mended := canon.Object{"result": "已经更换", "done_on": "2022-09-28"}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		id := c.ordered()
		c.ok(c.sign("shui", problem.KindClaim, id, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"}))
		typed := func(post string, behalf canon.Object) act.Answer {
			return c.send(paper(c.signed(post, problem.KindRectify, id, mended), behalf))
		}
		before := c.dump()
		c.want("problem.signature", typed("jia-a", canon.Object{}))
		c.want("problem.signer", typed("jia-a", canon.Object{"scan": scan}), "姓名")
		c.want("problem.signer", typed("jia-a", canon.Object{"signer": " 刘　 ", "scan": scan}), "姓名")
		c.want("problem.signer", typed("jia-a", canon.Object{"signer": strings.Repeat("刘", 41), "scan": scan}))
		for _, bad := range []string{"", scan[2:], scan + "0f", "0g" + scan[2:], strings.ToUpper(scan)} {
			c.want("problem.scan", typed("jia-a", canon.Object{"signer": "刘支书", "scan": bad}), "扫描件")
		}
		both := c.signed("jia-a", problem.KindRectify, id, mended)
		both.OnBehalf = canon.Object{"signer": "刘支书", "scan": scan}
		c.want("problem.signature", c.send(both))
		c.want("problem.not_yours", typed("jiao", canon.Object{"signer": "刘支书", "scan": scan}))
		if c.dump() != before {
			t.Error("what was refused has written")
		}

		c.ok(typed("jia-a", canon.Object{"signer": "刘支书", "scan": scan}))
		word := canon.Object{"say": ""}
		c.want("problem.own_repair", c.sign("jia-a", problem.KindVerify, id, word), "不能由您复核")
		c.want("problem.own_repair", c.sign("jia-b", problem.KindVerify, id, word))
		c.want("problem.scan", c.send(paper(c.signed("xian", problem.KindVerify, id, word), canon.Object{"signer": "赵主任"})))
		c.ok(c.sign("xian", problem.KindVerify, id, word))
		c.ok(c.do("xian", problem.KindClose, id, canon.Object{}))
		all, err := problem.Signatures(t.Context(), db, county, c.problem(id).Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Step == problem.StepRectify && (s.Hand != problem.Hand{Person: "张", Unit: jia, Kind: "township"} || s.Voided != 0) {
				t.Errorf("%+v", s)
			}
		}
	})
}

// Who typed in the sheet on which a problem was found does not verify its repair; his colleague may.
func TestWhoTypedTheFindingDoesNotVerify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		id := ident.New()
		sheet := c.make("jia-a", kindFind, id, canon.Object{"item": "3.2.4", "area": jia1, "lead": jia, "clear": clearOn})
		sheet.OnBehalf = canon.Object{"inspector": "刘支书"}
		c.ok(c.send(sheet))
		c.ok(c.do("xian", problem.KindAccept, id, canon.Object{}))
		b := body(jia, id)
		b.Helping = nil
		_, a := c.issue(b)
		c.ok(a)
		c.ok(c.sign("jia-b", problem.KindClaim, id, canon.Object{"leader": "钱镇长", "person": "孙科长", "measures": "更换管网"}))
		c.ok(c.sign("cun1", problem.KindRectify, id, canon.Object{"result": "已经更换", "done_on": "2022-09-28"}))
		word := canon.Object{"say": ""}
		c.want("problem.typed", c.sign("jia-a", problem.KindVerify, id, word), "代录")
		c.ok(c.sign("jia-b", problem.KindVerify, id, word))
	})
}
