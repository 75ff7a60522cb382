package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/webapi"
)

// A foreign place and what lies in it, as seen from the demonstration's township, village and team.
type foreign struct{ township, village, household, number, problem, problemNumber, doubt, importID, sheetIndex, foundIndex, post, person string }

func (s *stage) foreign(t *testing.T, own string) foreign {
	t.Helper()
	f := foreign{}
	const outside = " WHERE county = $1 AND (area < $2 OR area >= $3) ORDER BY key DESC LIMIT 1"
	const ofOthers = " WHERE county = $1 AND household <> 0 AND lead <> 'water' AND helping NOT LIKE '%,water,%' AND (area < $2 OR area >= $3) ORDER BY key DESC LIMIT 1" // the department reads its own anywhere
	f.problem = s.one(t, "SELECT id FROM problems"+ofOthers, county, own, own+"~")
	area := s.one(t, "SELECT area FROM problems"+ofOthers, county, own, own+"~")
	f.township, f.village = area[:9], area[:12]
	f.problemNumber = s.one(t, "SELECT number FROM problems WHERE county = $1 AND id = $2", county, f.problem)
	f.household = s.one(t, "SELECT subject FROM problems WHERE county = $1 AND id = $2", county, f.problem)
	f.number = s.one(t, "SELECT number FROM households WHERE county = $1 AND id = $2", county, f.household)
	f.doubt = s.one(t, "SELECT id FROM doubts"+outside, county, own, own+"~")
	f.post = s.one(t, "SELECT id FROM posts WHERE county = $1 AND area = $2 AND duties = 'inspector' AND until_at = 0 ORDER BY id LIMIT 1", county, f.village)
	f.importID = s.one(t, "SELECT id FROM imports WHERE county = $1 AND rejects <> '' ORDER BY created_at LIMIT 1", county)
	f.sheetIndex = s.one(t, "SELECT idx FROM acts WHERE county = $1 AND subject = $2 ORDER BY idx LIMIT 1", county, f.household)
	f.foundIndex = s.one(t, "SELECT found_idx FROM problems WHERE county = $1 AND id = $2", county, f.problem)
	f.person = s.one(t, "SELECT person FROM posts WHERE county = $1 AND id = $2", county, f.post)
	return f
}

// route is a GET of the API asked for a foreign place, and the answer of each kind of post. In the lists of posts, those that
// are not named get 403. open: may see it in all the county. own: 200 with nothing of the foreign place. none: 404.
type route struct {
	path            string
	open, own, none []string
}

const (
	everybody = "xian lingdao xiangzhen cun bumen dudao xitong anquan shenji"
	local     = "xiangzhen cun dudao"
)

var routes = []route{
	{"/county", strings.Fields(everybody), nil, nil},
	{"/session", strings.Fields(everybody), nil, nil},
	{"/county", strings.Fields(everybody), nil, nil}, // its name alone: the sign-in page shows it to everybody
	{"/pack", strings.Fields(everybody), nil, nil},
	{"/pack/form/household", strings.Fields(everybody), nil, nil},
	{"/packs", strings.Fields(everybody), nil, nil},
	{"/packs/diff?from={pack}&to={pack}", strings.Fields(everybody), nil, nil},
	{"/amendments", strings.Fields(everybody), nil, nil},
	{"/amendments/settings", strings.Fields("xian"), nil, nil},
	{"/areas", strings.Fields("xian lingdao bumen xitong anquan shenji"), strings.Fields(local), nil},
	{"/overview?area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/households?area={township}", strings.Fields("xian"), strings.Fields(local), nil},
	{"/households/{household}", strings.Fields("xian"), nil, strings.Fields(local)},
	{"/households/{household}/draft", strings.Fields("xian"), nil, strings.Fields("xiangzhen cun")},
	{"/doubts?area={township}", strings.Fields("xian"), strings.Fields(local), nil},
	{"/problems?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/problems?q={problemNumber}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/todos?rows=10", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/boards/problems?area={township}", strings.Fields("xian lingdao bumen"), nil, nil}, // a department's holds only what it leads or helps with
	{"/problems/{problem}", strings.Fields("xian lingdao"), nil, strings.Fields(local + " bumen")},
	{"/problems/{problem}/kin", strings.Fields("xian lingdao"), nil, strings.Fields(local + " bumen")},
	{"/consolidation?area={township}", []string{"xian"}, nil, nil},
	{"/clusters?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/clusters/{problem}", nil, nil, strings.Fields("xian lingdao bumen " + local)}, // no cluster's id; a cluster's own members: TestConsolidationAndSources
	{"/sources?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/sources/choices", strings.Fields("xian lingdao bumen " + local), nil, nil}, // the pack's, not people's
	{"/sources/dispatch?item=3.2.4&area={township}", []string{"xian"}, nil, nil},
	{"/sources/template.xlsx", []string{"xian"}, nil, nil},
	{"/exports/sources.xlsx?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/exports/clusters.xlsx?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/reports/daily", strings.Fields("xian lingdao bumen dudao xiangzhen cun"), nil, nil},
	{"/reports/daily/{day}?area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/reports/daily/{day}", strings.Fields("xian lingdao bumen"), strings.Fields(local), nil},
	{"/exports/households.xlsx?area={township}", strings.Fields("xian"), strings.Fields(local), nil},
	{"/exports/doubts.xlsx?area={township}", strings.Fields("xian"), strings.Fields(local), nil},
	{"/exports/problems.xlsx?area={township}", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/exports/daily.xlsx?day={day}&area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/imports", strings.Fields("xian"), strings.Fields("xiangzhen"), nil},
	{"/imports/{import}", strings.Fields("xian"), nil, strings.Fields("xiangzhen")},
	{"/imports/{import}/rejects.xlsx", strings.Fields("xian"), nil, strings.Fields("xiangzhen")},
	{"/access", []string{"shenji"}, nil, nil},
	{"/access/head", []string{"shenji"}, nil, nil},
	{"/log", []string{"shenji"}, nil, nil},
	{"/exports/access.xlsx", []string{"shenji"}, nil, nil},
	{"/exports/log.xlsx", []string{"shenji"}, nil, nil},
	{"/requests?area={township}", strings.Fields("xian"), strings.Fields("xiangzhen cun"), nil},
	{"/requests/head?area={township}", strings.Fields("xian"), strings.Fields("xiangzhen cun"), nil},
	{"/exports/requests.xlsx?area={township}", strings.Fields("xian"), strings.Fields("xiangzhen cun"), nil},
	{"/households/{household}/notice", strings.Fields("xian"), nil, strings.Fields("xiangzhen cun")},
	{"/retention", strings.Fields("xian anquan shenji"), nil, nil},
	{"/retention/undo?through={day}", strings.Fields("xian anquan shenji"), nil, nil},
	{"/life/choices", strings.Fields("xian"), strings.Fields("xiangzhen cun"), nil},
	{"/errata?area={village}", strings.Fields("xian"), nil, nil},
	{"/machine", strings.Fields("xian xitong"), nil, nil}, // of the machine, not of people
	{"/refused", strings.Fields(everybody), nil, nil},
	{"/refused/{problem}", nil, nil, strings.Fields(everybody)}, // somebody else's id is nobody's
	{"/overview/led?area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/overview/late?area={township}", strings.Fields("xian lingdao bumen"), strings.Fields(local), nil},
	{"/reports/daily/{day}/standing", strings.Fields("xian lingdao bumen dudao xiangzhen cun"), nil, nil},
	{"/households/{household}/proofs/{household index}", strings.Fields("xian"), nil, strings.Fields(local)},
	{"/problems/{problem}/proofs/{problem index}", strings.Fields("xian"), nil, strings.Fields(local + " bumen lingdao")},
	{"/orders", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/clears", strings.Fields("xian lingdao bumen"), strings.Fields(local), nil}, // the own unit's; every unit's for the office only
	{"/loop?area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/orders/{problem}", nil, nil, strings.Fields("xian lingdao bumen " + local)}, // no order has a problem's id; who reads which: internal/order
	{"/exports/orders.xlsx", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/jobs", strings.Fields("xian xitong"), nil, nil},
	{"/exports/daily.docx?day={day}&area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/exports/overview.xlsx?area={township}", strings.Fields("xian lingdao bumen"), nil, nil},
	{"/exports/reports.xlsx", strings.Fields("xian lingdao bumen dudao xiangzhen cun"), nil, nil},
	{"/exports/imports.xlsx", strings.Fields("xian"), strings.Fields("xiangzhen"), nil},
	{"/exports/retention.xlsx", strings.Fields("xian anquan shenji"), nil, nil},
	{"/exports/amendments.xlsx", strings.Fields(everybody), nil, nil}, // the county's rules, which everybody reads
	{"/exports/pack.xlsx", strings.Fields(everybody), nil, nil},
	{"/exports/diff.xlsx?from={pack}&to={pack}", strings.Fields(everybody), nil, nil},
	{"/exports/refused.xlsx", strings.Fields(everybody), nil, nil},
	{"/exports/jobs.xlsx", strings.Fields("xian xitong"), nil, nil},
	{"/tasks", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/tasks/coverage?area={township}", strings.Fields("xian lingdao"), nil, nil},
	{"/tasks/coverage", strings.Fields("xian lingdao"), strings.Fields(local), nil},
	{"/tasks/board?area={township}", strings.Fields("xian"), nil, nil},
	{"/tasks/board?area={village}", strings.Fields("xian"), nil, nil},
	{"/tasks/balance?area={township}&posts={post}", strings.Fields("xian"), nil, nil},
	{"/tasks/mine", strings.Fields("xian"), strings.Fields("xiangzhen cun"), nil},
	{"/households?owner=nobody&area={township}", strings.Fields("xian"), strings.Fields(local), nil},
	{"/exports/tasks.xlsx", strings.Fields("xian lingdao"), strings.Fields(local + " bumen"), nil},
	{"/exports/coverage.xlsx?area={township}", strings.Fields("xian lingdao"), nil, nil},
	{"/units", strings.Fields("xian xitong anquan shenji"), strings.Fields("xiangzhen"), nil},
	{"/posts?area={township}", strings.Fields("xian xitong anquan shenji"), strings.Fields("xiangzhen"), nil},
	{"/posts/{post}", strings.Fields("xian xitong anquan shenji"), nil, strings.Fields("xiangzhen")},
	{"/exports/posts.xlsx?area={township}", strings.Fields("xian xitong anquan shenji"), strings.Fields("xiangzhen"), nil},
	{"/persons", strings.Fields("anquan"), nil, nil},
	{"/wishes", strings.Fields("anquan"), nil, nil},
	{"/accounts", strings.Fields("xitong anquan shenji"), nil, nil},
	{"/exports/accounts.xlsx", strings.Fields("xitong anquan shenji"), nil, nil},
	{"/accounts/{person}/sessions", strings.Fields("xitong"), nil, nil},
	{"/account-rules", strings.Fields("xitong anquan shenji"), nil, nil},
	{"/account", strings.Fields(everybody), nil, nil},
	{"/messages", nil, strings.Fields(everybody), nil}, // one's own post's and unit's
	{"/messages/unread", nil, strings.Fields(everybody), nil},
	{"/exports/messages.xlsx", nil, strings.Fields(everybody), nil},
	{"/channels", strings.Fields("xitong"), nil, nil},
	{"/outbox", strings.Fields("xian xitong"), nil, nil},
	{"/exports/outbox.xlsx", strings.Fields("xian xitong"), nil, nil},
	{"/staff-lists", strings.Fields("xitong"), nil, nil},
	{"/staff-lists/{import}", nil, nil, strings.Fields("xitong")}, // its maker alone
	{"/staff-lists/template.xlsx", strings.Fields("xitong"), nil, nil},
}

func (s *stage) scope(t *testing.T) {
	everyRoute(t)
	for _, k := range s.county.Lane.Kinds() { // the auditor reads no codes
		if name := webapi.KindName(k); name == k {
			t.Errorf("%s has no Chinese name in webapi/story.go", k)
		}
	}
	own := s.visitor(t, "xiangzhen").me.Post.Area.Code
	f := s.foreign(t, own)
	for _, login := range strings.Fields(everybody) {
		v := s.visitor(t, login)
		fill := strings.NewReplacer("{pack}", s.one(t, "SELECT pack FROM campaigns WHERE county = $1", county), "{township}", f.township, "{village}", f.village, "{post}", f.post, "{person}", f.person, "{household}", f.household, "{problem}", f.problem, "{problemNumber}", f.problemNumber, "{import}", f.importID, "{household index}", f.sheetIndex, "{problem index}", f.foundIndex, "{day}", v.me.Day)
		for _, r := range routes {
			status, b := v.send(t, "GET", fill.Replace(r.path), "", nil)
			b = plain(t, b)
			want := http.StatusForbidden
			switch {
			case slices.Contains(r.open, login), slices.Contains(r.own, login):
				want = http.StatusOK
			case slices.Contains(r.none, login):
				want = http.StatusNotFound
			}
			if status != want {
				t.Errorf("%s GET %s: %d, want %d: %.200s", login, r.path, status, want, b)
			}
			if slices.Contains(r.open, login) && !slices.Contains(strings.Fields(local), login) {
				continue
			}
			for name, secret := range map[string]string{"place": f.village, "household": f.household, "household number": f.number, "problem": f.problem, "problem number": f.problemNumber, "doubt": f.doubt, "import": f.importID, "post": f.post, "person": f.person} {
				if bytes.Contains(b, []byte(secret)) && !strings.Contains(fill.Replace(r.path), secret) {
					t.Errorf("%s GET %s shows the %s %s of another township", login, r.path, name, secret)
				}
			}
		}
		s.reveal(t, v, f)
	}
	t.Run("without a session", func(t *testing.T) {
		out := &visitor{stage: s, client: &http.Client{}}
		for _, r := range routes {
			want := http.StatusUnauthorized
			if r.path == "/county" {
				want = http.StatusOK
			}
			if status, b := out.send(t, "GET", r.path, "", nil); status != want {
				t.Errorf("GET %s: %d %.100s", r.path, status, b)
			}
		}
	})
}

// reveal: what is masked is shown to whoever may, with a reason, and the showing is noted; to nobody else.
func (s *stage) reveal(t *testing.T, v *visitor, f foreign) {
	t.Helper()
	noted := func() int {
		n, err := strconv.Atoi(s.one(t, "SELECT count(*) FROM access_entries WHERE county = $1 AND person = $2 AND subject = $3 AND action = 'household.reveal'", county, v.me.Account.ID, f.household))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := noted()
	var out json.RawMessage
	status := v.post(t, "/households/"+f.household+"/reveal", map[string]any{"facts": []string{"h.head_id"}, "reason": "核对本人证件"}, &out)
	county := v.login() == "xian"
	switch {
	case county && (status != http.StatusOK || noted() != before+1):
		t.Errorf("%s reveals: %d %s, noted %d times", v.login(), status, out, noted()-before)
	case !county && status != http.StatusForbidden && status != http.StatusNotFound:
		t.Errorf("%s reveals another township's ID number: %d %s", v.login(), status, out)
	}
}

// login is the visitor's, as he typed it.
func (v *visitor) login() string { return v.me.Account.Login }

// plain unpacks a workbook, so that what stands in it can be searched.
func plain(t *testing.T, b []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(b, []byte("PK")) {
		return b
	}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, in); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// everyRoute demands that each GET of the API's document, and each that streams, stands in the table above.
func everyRoute(t *testing.T) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	b, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for p, ops := range doc.Paths {
		if ops["get"] != nil {
			paths = append(paths, p)
		}
	}
	paths = append(paths, streamed(t)...)
	hole := regexp.MustCompile(`\{[^}]*\}`)
	for _, p := range paths {
		shape := regexp.MustCompile("^" + hole.ReplaceAllString(regexp.MustCompile(`[.]`).ReplaceAllString(p, `\.`), `[^/]+`) + "$")
		if !slices.ContainsFunc(routes, func(r route) bool {
			bare, _, _ := strings.Cut(r.path, "?")
			return shape.MatchString("/api/v1" + bare)
		}) {
			t.Errorf("GET %s is in no row of the table: who may see what of another township?", p)
		}
	}
}

// streamed are the GETs that are registered beside the API's document.
func streamed(t *testing.T) []string {
	t.Helper()
	streams := regexp.MustCompile(`"GET (/api/v1/[^"]+)"`)
	dir, err := os.ReadDir("../webapi")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range dir {
		text, err := os.ReadFile("../webapi/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range streams.FindAllSubmatch(text, -1) {
			paths = append(paths, string(m[1]))
		}
	}
	return paths
}
