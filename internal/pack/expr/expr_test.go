package expr_test

import (
	"testing"

	"gonggu/internal/pack/expr"
)

func space(t testing.TB) *expr.Space {
	t.Helper()
	sp, err := expr.NewSpace(expr.Schema{
		Household: []expr.Field{{"a", expr.Number}, {"b", expr.Number}, {"ok", expr.Bool}, {"kind", expr.Text}, {"tags", expr.Texts}},
		Person:    []expr.Field{{"age", expr.Number}, {"birth", expr.Text}},
		Params:    []expr.Field{{"line", expr.Number}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sp
}

func TestAComplaintNamesTheCharacterItIsAbout(t *testing.T) {
	sp := space(t)
	for _, c := range []struct {
		src string
		off int
		say string
	}{
		{`h.a < 16 && h.nosuch`, 14, "没有代码为 nosuch 的户的事实：先登记，或改正代码"},
		{`h.a + 1 > p.none`, 12, "没有代码为 none 的参数：先登记，或改正代码"},
		{`h.a < "x"`, 4, "< 不能用在 (数值, 文字) 上"},
		{`h.a < 1 && x > 1`, 11, "不认识 x：只能用 h、m、me、v、p、today"},
		{`h.a`, 0, "这里要的是是/否，表达式的结果却是数值"},
		{`h.kind.matches("x")`, 7, "不能用函数 matches：只有 size、has、days、age_on、div、exists、all、exists_one、filter、map、contains、startsWith、endsWith"},
		{`h.a / 2 > 1`, 4, "除法请写成 div(a, b)：除数为零时结果是“未知”"},
		{`m[0].age > 1`, 1, "不能按位置取值（如 m[0]）：用 exists、filter"},
		{`h.a > 1 && me.age > 1`, 11, "这里没有 me：me 只用于 of: person 的规则、计算项和 of: member 的栏目"},
		{`h.a > 1 &&`, 10, "表达式没有写完"},
		{`h.a ＞ 1`, 4, "表达式里出现了中文标点“＞”：请用英文标点"},
		{`h.kind == "中文" && size(m) > 2 && m.exists(x, x.bad > 1)`, 47, "没有代码为 bad 的事实：先登记，或改正代码"},
		{`m.exists(x, m.exists(y, m.exists(z, m.exists(w, m.exists(u, u.age > x.age)))))`, 0, ""},
		{`m.exists(x, x == x)`, -1, "户、人、村不能整个拿来比较：写出要比较的事实"},
		{`h.ok == null`, 8, "表达式里没有 null：用 has(…) 问一个事实是否已知"},
	} {
		_, bad := sp.Compile(c.src, expr.Household, expr.Bool)
		if len(bad) == 0 {
			t.Errorf("%s: no complaint", c.src)
			continue
		}
		if c.say != "" && bad[0].Say != c.say || c.off >= 0 && bad[0].Off != c.off {
			t.Errorf("%s: got %d %q", c.src, bad[0].Off, bad[0].Say)
		}
	}
}
