package message_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/message"
	"gonggu/internal/pack"
	"gonggu/internal/seal"
)

const county = "411624"

// key is the secret part of the robots' addresses; no error and no shown text may hold it.
const key = "c0ffee00-1234-5678-9abc-secretkey999"

type world struct {
	t       *testing.T
	db      *database.DB
	clock   *clock.Virtual
	carrier *message.Carrier
	acts    int64
}

func newWorld(t *testing.T, db *database.DB) *world {
	at, _ := clock.At("2022-09-29", "10:00")
	w := &world{t: t, db: db, clock: clock.NewVirtual(at, false)}
	w.carrier = w.another()
	w.round() // the first look begins at the end
	return w
}

// another is a carrier as another process would have it.
func (w *world) another() *message.Carrier {
	keys := seal.FromSeed("test")
	rules := message.Rules{Quiet: pack.Quiet{From: "21:00", To: "07:30", WorkdaysOnly: true}, Retry: []time.Duration{time.Minute, 5 * time.Minute}, Timeout: time.Second,
		Calendar: clock.NewCalendar([]clock.CalendarYear{{Year: 2022, Off: []string{"2022-10-01", "2022-10-02", "2022-10-03", "2022-10-04", "2022-10-05", "2022-10-06", "2022-10-07"}, Work: []string{"2022-10-08", "2022-10-09"}}})}
	return &message.Carrier{County: county, DB: w.db, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Rules: func(context.Context) (message.Rules, error) { return rules, nil },
		Channels: message.Channels{County: county, DB: w.db, Seal: keys.Seal, Open: keys.Open}}
}

func (w *world) send(list ...message.Message) error {
	w.acts++
	return w.db.Write(w.t.Context(), func(tx *database.Tx) error {
		s := &act.Step{Tx: tx, Act: &act.Act{ID: ident.New(), County: county, Index: w.acts, ReceivedAt: w.clock.Now()}}
		for _, m := range list {
			if err := message.Send(w.t.Context(), s, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) round() {
	w.t.Helper()
	if err := w.carrier.Round(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) channel(kind, unit, name string, a message.Address) string {
	w.t.Helper()
	id, err := w.carrier.Channels.Save(w.t.Context(), message.Channel{Kind: kind, Unit: unit, Name: name, Enabled: true, ChangedBy: "p"}, a)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) outbox() []message.Outgoing {
	w.t.Helper()
	list, _, err := message.Outbox(w.t.Context(), w.db, county, message.OutboxFilter{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// only returns the one row of the outbox, and sees that it shows no secret.
func (w *world) only() message.Outgoing {
	w.t.Helper()
	list := w.outbox()
	if len(list) != 1 {
		w.t.Fatalf("%d rows in the outbox", len(list))
	}
	if strings.Contains(list[0].LastError, "secretkey") || strings.Contains(list[0].LastError, "hunter2") {
		w.t.Fatalf("the error shows a secret: %s", list[0].LastError)
	}
	return list[0]
}

func (w *world) is(state string, attempts int64, errorHas string) {
	w.t.Helper()
	if o := w.only(); o.State != state || o.Attempts != attempts || !strings.Contains(o.LastError, errorHas) || (errorHas == "") != (o.LastError == "") {
		w.t.Fatalf("%s after %d tries, %q; want %s after %d, %q", o.State, o.Attempts, o.LastError, state, attempts, errorHas)
	}
}

func (w *world) later(d time.Duration) { w.clock.Set(w.clock.Now() + d.Milliseconds()) }

// robot is a real HTTP receiver. answers are given one after another, the last for ever.
type robot struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	ids    []string
	query  string
}

func newRobot(t *testing.T, answers ...http.HandlerFunc) *robot {
	r := &robot{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		n := len(r.bodies)
		r.bodies, r.ids, r.query = append(r.bodies, string(b)), append(r.ids, q.Header.Get("X-Gonggu-Id")), q.URL.RawQuery
		r.mu.Unlock()
		answers[min(n, len(answers)-1)](rw, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *robot) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.bodies...)
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

const taken = `{"errcode":0,"errmsg":"ok"}`

var late = message.Message{To: message.Unit("civil"), Kind: "reminder", Title: "2个问题逾期1天", Say: "…", Link: "/problems", Outgoing: "【巩固】民政局有2个问题逾期1天：白集-0457、白集-0458"}

func TestARobotIsToldAsItsVendorDocumentsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, c := range []struct {
			kind, answer string
			text         func(map[string]any) any
		}{
			{message.WeCom, taken, func(m map[string]any) any { return m["text"].(map[string]any)["content"] }},
			{message.DingTalk, taken, func(m map[string]any) any { return m["text"].(map[string]any)["content"] }},
			{message.Feishu, `{"code":0,"data":{},"msg":"success"}`, func(m map[string]any) any { return m["content"].(map[string]any)["text"] }},
			{message.Feishu, `{"Extra":null,"StatusCode":0,"StatusMessage":"success"}`, func(m map[string]any) any { return m["content"].(map[string]any)["text"] }},
		} {
			w := newWorld(t, db)
			r := newRobot(t, says(c.answer))
			id := w.channel(c.kind, "", "群"+c.kind+c.answer[2:6], message.Address{URL: r.URL + "/robot/send?access_token=" + key, Secret: "SECsecretkey"})
			o, err := w.carrier.Test(t.Context(), id, "一条测试", "p")
			if err != nil || o.State != message.Sent {
				t.Fatal(c.kind, o, err)
			}
			var m map[string]any
			if err := json.Unmarshal([]byte(r.got()[0]), &m); err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprint(c.text(m)); !strings.HasPrefix(text, "一条测试（编号") || !strings.Contains(text, o.ID[len(o.ID)-8:]) || r.ids[0] != o.ID {
				t.Errorf("%s was told %s under %s", c.kind, text, r.ids[0])
			}
			signed := m["sign"] != nil && m["timestamp"] != nil
			if c.kind == message.DingTalk {
				signed = strings.Contains(r.query, "timestamp=") && strings.Contains(r.query, "sign=") && strings.Contains(r.query, "access_token="+key)
			}
			if signed != (c.kind != message.WeCom) {
				t.Errorf("%s: signed is %v", c.kind, signed)
			}
			if err := w.carrier.Channels.Drop(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// clause: 4.2-d
func TestAMessageGoesToItsUnitsChannelElseTheCountys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		own, whole := newRobot(t, says(taken)), newRobot(t, says(taken))
		w.channel(message.WeCom, "civil", "民政局群", message.Address{URL: own.URL + "?key=" + key})
		w.channel(message.WeCom, "", "全县群", message.Address{URL: whole.URL + "?key=" + key})
		office := late
		office.To, office.Outgoing = message.Duty("office", county), "【巩固】1个问题逾期3天"
		inside := late
		inside.Outgoing = ""
		if err := w.send(late, office, inside); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.round()
		if a, b := own.got(), whole.got(); len(a) != 1 || len(b) != 1 || !strings.Contains(a[0], "民政局有2个问题") || !strings.Contains(b[0], "逾期3天") {
			t.Fatal(a, b)
		}
		bad := late
		bad.Outgoing = "请找王某，电话13800138000"
		if err := w.send(bad); errs.Code(err) != message.ErrPrivate.Code {
			t.Fatal("a phone number may leave:", err)
		}
	})
}

func TestWhatFailsTwiceIsSentTheThirdTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, status(502), says(`{"errcode":45009,"errmsg":"api freq out of limit key=`+key+`"}`), says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.is(message.Waiting, 1, "HTTP 502")
		w.round()
		w.later(59 * time.Second)
		w.round()
		if len(r.got()) != 1 {
			t.Fatal("tried again too early")
		}
		w.later(time.Second)
		w.round()
		w.is(message.Waiting, 2, "太频繁")
		w.later(5 * time.Minute)
		w.round()
		w.is(message.Sent, 3, "")
		if r.ids[0] != r.ids[1] || r.ids[1] != r.ids[2] || r.ids[0] != w.only().ID {
			t.Error("the tries bear different ids", r.ids)
		}
	})
}

func TestGivenUpAfterTheLastTryAndSentAgainWhenSomebodySaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, status(500), status(500), status(500), says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			w.round()
			w.later(10 * time.Minute)
		}
		w.is(message.Failed, 3, "HTTP 500")
		id := w.only().ID
		if err := w.carrier.Again(t.Context(), id, "p"); err != nil {
			t.Fatal(err)
		}
		if err := w.carrier.Again(t.Context(), id, "p"); errs.Code(err) != message.ErrWaits.Code {
			t.Fatal(err)
		}
		w.round()
		w.is(message.Sent, 1, "")
		if err := w.carrier.Again(t.Context(), id, "p"); errs.Code(err) != message.ErrSent.Code {
			t.Fatal(err)
		}
		if err := w.carrier.Stop(t.Context(), id, "p"); errs.Code(err) != message.ErrSent.Code {
			t.Fatal(err)
		}
		if err := w.carrier.Again(t.Context(), "none", "p"); errs.Code(err) != message.ErrOutgoing.Code {
			t.Fatal(err)
		}
	})
}

func TestAnErrorInA200IsAnErrorAndSomeAreFinal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, c := range []struct{ kind, answer, want string }{
			{message.WeCom, `{"errcode":93000,"errmsg":"invalid webhook url, hint: [1], from ip: 10.0.0.1"}`, "机器人地址不对"},
			{message.DingTalk, `{"errcode":310000,"errmsg":"sign not match"}`, "没有通过机器人的安全设置"},
			{message.Feishu, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`, "加签没有通过"},
			{message.Feishu, `<html>登录</html>`, "看不懂"},
			{message.WeCom, `{"ok":true}`, "看不懂"},
		} {
			w := newWorld(t, db)
			r := newRobot(t, says(c.answer))
			id := w.channel(c.kind, "", "群"+c.want, message.Address{URL: r.URL + "?key=" + key})
			if err := w.send(late); err != nil {
				t.Fatal(err)
			}
			w.round()
			w.is(message.Failed, 1, c.want)
			w.empty(id)
		}
	})
}

// empty makes room for the next case on the same database.
func (w *world) empty(channel string) {
	w.t.Helper()
	err := w.carrier.Channels.Drop(w.t.Context(), channel)
	if err == nil {
		err = w.db.Write(w.t.Context(), func(tx *database.Tx) error {
			if _, err := tx.Exec(w.t.Context(), "DELETE FROM outbox"); err != nil {
				return err
			}
			_, err := tx.Exec(w.t.Context(), "DELETE FROM messages")
			return err
		})
	}
	if err == nil {
		err = w.db.Write(w.t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec(w.t.Context(), "DELETE FROM outbox_cursors")
			return err
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestAReceiverThatHangsOrIsNotThereHoldsNobodyUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		free := make(chan struct{})
		hangs := newRobot(t, func(_ http.ResponseWriter, q *http.Request) {
			select {
			case <-free:
			case <-q.Context().Done():
			}
		})
		t.Cleanup(func() { close(free) })
		quick := newRobot(t, says(taken))
		w.channel(message.WeCom, "civil", "挂起的群", message.Address{URL: hangs.URL + "?key=" + key})
		w.channel(message.WeCom, "rural", "通的群", message.Address{URL: quick.URL + "?key=" + key})
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		w.channel(message.WeCom, "water", "没有的群", message.Address{URL: gone.URL + "?key=" + key})
		to := func(unit string) message.Message { m := late; m.To = message.Unit(unit); return m }
		if err := w.send(to("civil"), to("civil"), to("rural"), to("rural"), to("water")); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		w.round()
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("the round took %v", took)
		}
		if len(quick.got()) != 2 || len(hangs.got()) != 1 {
			t.Errorf("the quick one got %d, the one that hangs was asked %d times", len(quick.got()), len(hangs.got()))
		}
		said := ""
		for _, o := range w.outbox() {
			said += o.State + ":" + o.LastError + "\n"
		}
		if !strings.Contains(said, "在 1 秒内没有回应") || !strings.Contains(said, "连不上") || strings.Contains(said, "secretkey") {
			t.Error(said)
		}
	})
}

func TestQuietHoursKeepWhatIsDueUntilMorning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, status(500), says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		night, _ := clock.At("2022-09-30", "20:59")
		w.clock.Set(night)
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		w.round() // fails at 20:59; the pause ends in the quiet hours, before the holidays
		w.is(message.Waiting, 1, "HTTP 500")
		want, _ := clock.At("2022-10-08", "07:30")
		if o := w.only(); o.NextAt != want {
			t.Fatalf("it waits until %s", clock.Text(o.NextAt))
		}
		w.clock.Set(want - 1000)
		w.round()
		if len(r.got()) != 1 {
			t.Fatal("sent in the quiet hours")
		}
		w.clock.Set(want)
		w.round()
		w.is(message.Sent, 2, "")
	})
}

func TestWhatStoodStillForADayWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, status(500), says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.later(25 * time.Hour)
		w.round()
		w.is(message.Held, 1, "应发的时间已过一天以上")
		if len(r.got()) != 1 {
			t.Fatal("a stale line was sent by itself")
		}
		if err := w.carrier.Again(t.Context(), w.only().ID, "p"); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.is(message.Sent, 1, "")
	})
}
