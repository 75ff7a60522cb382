package synth

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// The areas of every prefix in use end in 90–99, which no county-level code ever did.
func TestNumbersBelongToNobody(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	ids, phones := map[string]string{}, map[string]string{}
	mobile := regexp.MustCompile(`^(154|164)\d{8}$`)
	old, away := 0, 0
	for h := range c.Households() {
		for i := range h.Members {
			p := &h.Members[i]
			n := p.IDNumber
			if other, ok := ids[n]; ok {
				t.Fatalf("%s and %s have the number %s", other, p.Number, n)
			}
			ids[n] = p.Number
			if checkDigit([]byte(n[:17])) != n[17] {
				t.Fatalf("%s has a wrong check digit", n)
			}
			if hasNoID(n) {
				continue
			}
			if n[4] != '9' {
				t.Fatalf("%s has an area that was assigned", n)
			}
			old += int(is(n[:5] == "41279"))
			away += int(is(p.origin != ""))
			if n[6:14] != strings.ReplaceAll(p.Birth, "-", "") {
				t.Fatalf("%s was born on %s", n, p.Birth)
			}
			if (n[16]-'0')%2 == 0 != p.Female {
				t.Fatalf("%s: woman %v", n, p.Female)
			}
			checkLength(t, p)
			if p.Phone != "" {
				if !mobile.MatchString(p.Phone) || phones[p.Phone] != "" {
					t.Fatalf("phone %s of %s (and %s)", p.Phone, p.Number, phones[p.Phone])
				}
				phones[p.Phone] = p.Number
			}
		}
		if h.Account != "" && luhn(h.Account) {
			t.Fatalf("a card could have the number %s", h.Account)
		}
	}
	if old == 0 || away == 0 {
		t.Errorf("%d old prefixes, %d from elsewhere", old, away)
	}
}

func checkLength(t *testing.T, p *Person) {
	t.Helper()
	switch {
	case p.IDKind == "居民身份证" && len(p.IDNumber) == 18:
	case p.IDKind == "残疾人证" && (len(p.IDNumber) == 20 || len(p.IDNumber) == 22) && p.isDisabled():
		if int(p.IDNumber[18]-'0') != disabilityOrder(p.Disability) || int(p.IDNumber[19]-'0') != gradeOrder(p.DisabilityLevel) {
			t.Errorf("%s for %s %s", p.IDNumber, p.Disability, p.DisabilityLevel)
		}
	default:
		t.Errorf("%s %s", p.IDKind, p.IDNumber)
	}
}

func luhn(n string) bool {
	sum := 0
	for i := range n {
		v := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			v *= 2
			v = v/10 + v%10
		}
		sum += v
	}
	return sum%10 == 0
}

// The identities of a county as large as can be do not collide either: the places are a
// bijection, whatever the year.
func TestPlacesAreABijection(t *testing.T) {
	id, err := newIdentity(7, 150_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, away := range []bool{false, true} {
		seen := map[string]bool{}
		for k := range 300_000 {
			n := id.spot(k, 1984, false, away).idNumber(1984)
			if seen[n] {
				t.Fatalf("%s twice", n)
			}
			seen[n] = true
			if _, err := time.Parse("20060102", n[6:14]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// generations of the relations, above (+) or below (−) the head.
var generations = map[string]int{
	"之父": 1, "之母": 1, "之公公": 1, "之婆婆": 1, "之子": -1, "之女": -1, "之儿媳": -1,
	"之孙子": -2, "之孙女": -2, "之外孙子": -2, "之外孙女": -2,
}

var women = map[string]bool{"之母": true, "之婆婆": true, "之女": true, "之儿媳": true, "之孙女": true, "之外孙女": true}

func TestRelationsAndAges(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	for h := range c.Households() {
		head := h.Head()
		names := map[string]bool{}
		spouses := 0
		for i := range h.Members {
			p := &h.Members[i]
			if (p.Relation == "户主") != (i == 0) {
				t.Fatalf("%s: member %d is %s", h.Number, i, p.Relation)
			}
			if p.Relation == "配偶" {
				spouses++
				if p.Female == head.Female {
					t.Fatalf("%s: spouses of one sex", h.Number)
				}
			}
			if names[p.Name] {
				t.Fatalf("%s: two named %s", h.Number, p.Name)
			}
			names[p.Name] = true
			g, ok := generations[p.Relation]
			if ok && p.Female != women[p.Relation] {
				t.Fatalf("%s: %s, woman %v", h.Number, p.Relation, p.Female)
			}
			if gap := p.birth.y - head.birth.y; ok && (g == -2 && gap < 35 || g == -1 && gap < 18 || g == 1 && gap > -18) {
				t.Fatalf("%s: head born %d, %s born %d", h.Number, head.birth.y, p.Relation, p.birth.y)
			}
			checkPerson(t, p)
		}
		if spouses > 1 {
			t.Fatalf("%s: %d spouses", h.Number, spouses)
		}
	}
}

func checkPerson(t *testing.T, p *Person) {
	t.Helper()
	fail := func(what string) { t.Fatalf("%s %s aged %d: %s (%+v)", p.Number, p.Name, p.Age, what, *p) }
	switch {
	case p.Age < 0 || p.Age > 105:
		fail("age")
	case p.Birth > "2022-09-10":
		fail("not born")
	case p.Education != "" && p.School != "":
		fail("both educated and at school")
	case p.Age < 16 && p.Labour != labourNone && p.Labour != "":
		fail("a child who works")
	case p.Work.Months > 0 && (p.Age < 16 || p.School != "" || p.destined):
		fail("at work")
	case p.Post != "" && (p.Age < 16 || p.Age >= 70 || p.PostMonths == 0):
		fail("public post")
	case p.Post == "" && p.PostMonths != 0:
		fail("months without a post")
	case p.School == "学龄前儿童" && p.Age >= 7, p.School == "小学" && (p.Age < 5 || p.Age > 13):
		fail("school " + p.School)
	case strings.HasSuffix(p.School, "年级") && len([]rune(p.School)) == 3 && (p.Age < 12 || p.Age > 17):
		fail("school " + p.School)
	case p.has(disabled) != p.isDisabled():
		fail("disabled without a certificate, or the reverse")
	case p.MedicalResident == Yes && p.MedicalEmployee == Yes:
		fail("insured twice")
	case p.Work.Months > 0 && (p.Work.Wage < 300*yuan || p.Work.Wage > 30_000*yuan):
		fail("wage")
	case p.LowAid != "未享受" && p.DestituteAid != "未享受":
		fail("two allowances")
	case p.CertificateYear != 0 && p.CertificateYear < p.birth.y:
		fail("certificate before birth")
	}
}

func TestMonitoredRecords(t *testing.T) {
	c := shenqiu(t, 60_000, 5)
	for h := range c.Households() {
		m := h.Monitor
		if m.Kind == "" {
			if m.Enrolled != "" || m.Cleared != "" || m.Risks != nil {
				t.Fatalf("%s is not monitored: %+v", h.Number, m)
			}
			continue
		}
		if len(m.Risks) == 0 || m.Enrolled == "" || m.Enrolled >= "2022-09" || h.Helper.Name == "" || m.Contact == "" {
			t.Fatalf("%s: %+v", h.Number, m)
		}
		if (m.Cleared == Yes) != (m.ClearedIn != "") || m.NoLabour == Yes && m.Cleared == Yes {
			t.Fatalf("%s: %+v", h.Number, m)
		}
		if m.Kind == monitorUnstable && !h.lifted() || m.Kind == monitorMarginal && h.lifted() {
			t.Fatalf("%s is %s and %s", h.Number, h.Kind, m.Kind)
		}
		if contains(m.Risks, "因自然灾害") != (m.Disaster != "") {
			t.Fatalf("%s: %+v", h.Number, m)
		}
		for _, r := range m.Risks {
			if r == "因病" && len(h.Measures[helpHealth]) == 0 || r == "因残" && len(h.Measures[helpWelfare])+len(h.Measures[helpSocial]) == 0 {
				t.Fatalf("%s: %s without a measure: %v", h.Number, r, h.Measures)
			}
		}
	}
}
