package message_test

import (
	"slices"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/message"
)

func (w *world) inbox(by message.Reader, state string) []string {
	w.t.Helper()
	out, after := []string{}, ""
	for {
		list, next, err := message.Inbox(w.t.Context(), w.db, county, by, state, after, 2)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range list {
			out = append(out, m.Title)
		}
		if after = next; next == "" {
			return out
		}
	}
}

func (w *world) unread(by message.Reader) int64 {
	w.t.Helper()
	n, err := message.Unread(w.t.Context(), w.db, county, by, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Everybody reads what came to his post, his unit, or his duty here; what one has read the other has not.
func TestAnInboxHoldsOnesOwnAndWhatOneHasReadIsOnesOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		say := func(to message.To, title string) message.Message {
			return message.Message{To: to, Kind: "reminder", Title: title}
		}
		a := message.Reader{Post: "a", Unit: "civil", Area: county, Duties: []string{"department"}}
		b := message.Reader{Post: "b", Unit: "civil", Area: county, Duties: []string{"department"}}
		office := message.Reader{Post: "o", Unit: "office", Area: county, Duties: []string{"leader", "office"}}
		town := message.Reader{Post: "t", Unit: "town", Area: county + "101", Duties: []string{"office"}}
		if err := w.send(say(message.Post("a", "civil"), "post"), say(message.Unit("civil"), "unit"), say(message.Duty("office", county), "duty"), say(message.Unit("rural"), "else")); err != nil {
			t.Fatal(err)
		}
		if got := w.inbox(a, ""); !slices.Equal(got, []string{"unit", "post"}) {
			t.Error(got)
		}
		if got := w.inbox(b, ""); !slices.Equal(got, []string{"unit"}) {
			t.Error(got)
		}
		if got := w.inbox(office, ""); !slices.Equal(got, []string{"duty"}) {
			t.Error(got)
		}
		if got := w.inbox(town, ""); len(got) != 0 {
			t.Error(got)
		}
		all, _, err := message.Inbox(t.Context(), db, county, a, "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // again changes nothing; b may not read what is a's alone
			if err := message.Read(t.Context(), db, county, a, 1, []string{all[0].ID, "nonsense"}); err != nil {
				t.Fatal(err)
			}
			if err := message.Read(t.Context(), db, county, b, 1, []string{all[1].ID}); err != nil {
				t.Fatal(err)
			}
		}
		if w.unread(a) != 1 || w.unread(b) != 1 || !slices.Equal(w.inbox(a, "unread"), []string{"post"}) || !slices.Equal(w.inbox(a, "read"), []string{"unit"}) {
			t.Error(w.unread(a), w.unread(b), w.inbox(a, "unread"), w.inbox(a, "read"))
		}
		if err := message.ReadAll(t.Context(), db, county, a, all[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := w.send(say(message.Unit("civil"), "later")); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.inbox(a, "unread"), []string{"later"}) || w.unread(a) != 1 {
			t.Error("what came after the last that was seen is unread")
		}
		if _, _, err := message.Inbox(t.Context(), db, county, a, "", "x", 2); errs.Code(err) != "message.after" {
			t.Error(err)
		}
	})
}

func TestAChannelKeepsItsSecretsAndRefusesWhatLeadsNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		c := w.carrier.Channels
		for _, x := range []struct {
			kind  string
			a     message.Address
			field string
		}{
			{message.WeCom, message.Address{URL: "http://qyapi.weixin.qq.com/x"}, "url"},
			{message.WeCom, message.Address{URL: "https://user:pass@qyapi.weixin.qq.com/x"}, "url"},
			{message.WeCom, message.Address{URL: "http://169.254.169.254/latest"}, "url"},
			{message.WeCom, message.Address{URL: "file:///etc/passwd"}, "url"},
			{message.WeCom, message.Address{}, "url"},
			{"pager", message.Address{URL: "https://x.cn/"}, "kind"},
			{message.Mail, message.Address{Host: "a b", Port: 25, Mode: message.ModeTLS, From: "a@b.cn", To: []string{"a@b.cn"}}, "host"},
			{message.Mail, message.Address{Host: "m.cn", Port: 25, Mode: message.ModePlain, User: "u", Password: "hunter2", From: "a@b.cn", To: []string{"a@b.cn"}}, "mode"},
			{message.Mail, message.Address{Host: "m.cn", Port: 25, Mode: message.ModeTLS, From: "a@b.cn", To: []string{"a@b.cn\r\nBcc: x@y.cn"}}, "to"},
			{message.Mail, message.Address{Host: "m.cn", Port: 0, Mode: message.ModeTLS, From: "a@b.cn", To: []string{"a@b.cn"}}, "port"},
		} {
			_, err := c.Save(t.Context(), message.Channel{Kind: x.kind, Name: "群", Enabled: true}, x.a)
			if e := errs.As(err); e.Code != "channel.invalid" || !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Location == x.field }) {
				t.Errorf("%+v: %v", x.a, err)
			}
		}
		id := w.channel(message.DingTalk, "", "群", message.Address{URL: "https://oapi.dingtalk.com/robot/send?access_token=" + key, Secret: "SECsecretkey"})
		if _, err := c.Save(t.Context(), message.Channel{Kind: message.WeCom, Name: "群"}, message.Address{URL: "https://x.cn/k"}); errs.Code(err) != message.ErrChannelName.Code {
			t.Error(err)
		}
		list, err := c.List(t.Context())
		if err != nil || len(list) != 1 || strings.Contains(list[0].Shown, "secretkey") || !strings.Contains(list[0].Shown, "oapi.dingtalk.com") {
			t.Fatal(list, err)
		}
		var box []byte
		if err := db.QueryRow(t.Context(), "SELECT box FROM channels").Scan(&box); err != nil || strings.Contains(string(box), "secretkey") {
			t.Fatal("the address lies open", err)
		}
		if _, err := c.Save(t.Context(), message.Channel{ID: id, Name: "新名", Enabled: true}, message.Address{}); err != nil {
			t.Fatal(err)
		}
		if _, a, err := c.One(t.Context(), id); err != nil || !strings.Contains(a.URL, key) || a.Secret != "SECsecretkey" {
			t.Error("a change of the name lost the address", a, err)
		}
		if _, err := c.Save(t.Context(), message.Channel{ID: id, Name: "新名", Enabled: true}, message.Address{URL: "https://elsewhere.cn/hook"}); err != nil {
			t.Fatal(err)
		}
		if _, a, err := c.One(t.Context(), id); err != nil || a.Secret != "" {
			t.Error("another address is signed with the old one's key", a, err)
		}
		if err := c.Drop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := c.Drop(t.Context(), id); errs.Code(err) != message.ErrChannel.Code {
			t.Error(err)
		}
	})
}
