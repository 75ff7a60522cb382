package message_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/message"
)

func TestMailIsSentOverTLSWithEitherWayOfSigningIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, c := range []struct {
			mode, offer string
		}{{message.ModeStartTLS, "PLAIN LOGIN"}, {message.ModeTLS, "PLAIN"}, {message.ModeTLS, "LOGIN"}, {message.ModeStartTLS, "LOGIN"}} {
			p := newPostbox(t, func(p *postbox) {
				p.implicit, p.offer, p.user, p.password = c.mode == message.ModeTLS, c.offer, "gonggu", "hunter2-long"
			})
			w.carrier.Roots = p.roots
			id := w.channel(message.Mail, "", c.mode+c.offer, message.Address{Host: "127.0.0.1", Port: p.port(), Mode: c.mode, User: "gonggu", Password: "hunter2-long", From: "gonggu@example.gov.cn", To: []string{"office@example.gov.cn", "b@example.gov.cn"}})
			o, err := w.carrier.Test(t.Context(), id, "【巩固】民政局有2个问题逾期1天：白集-0457", "p")
			if err != nil || o.State != message.Sent {
				t.Fatal(c, o, err)
			}
			mail := p.received()[0]
			_, body, _ := strings.Cut(mail, "\n\n")
			text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
			if err != nil || !strings.Contains(string(text), "白集-0457") || !strings.Contains(mail, "Message-ID: <"+o.ID+"@example.gov.cn>") || !strings.Contains(mail, "To: office@example.gov.cn, b@example.gov.cn") {
				t.Fatalf("%s\n%s", mail, text)
			}
			if strings.Contains(strings.Join(p.lines, "\n"), "AUTH") {
				t.Error("signed in on an open line")
			}
		}
	})
}

func TestMailIsNotSentOpenlyAndErrorsAreInWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, c := range []struct {
			name, want string
			state      string
			set        func(*postbox)
			a          func(*message.Address)
			trust      bool
		}{
			{"no starttls", "不支持 STARTTLS", message.Failed, func(p *postbox) { p.plainOnly = true }, nil, true},
			{"certificate", "安全证书", message.Failed, nil, nil, false},
			{"not tls at all", "不接受加密连接", message.Waiting, nil, func(a *message.Address) { a.Mode = message.ModeTLS }, true},
			{"password", "不认用户名或密码", message.Failed, func(p *postbox) { p.offer, p.user, p.password = "PLAIN", "x", "y" }, func(a *message.Address) { a.User, a.Password = "gonggu", "hunter2-long" }, true},
			{"receiver refused", "没有接收（550）", message.Failed, func(p *postbox) { p.refuse = "550 no such user" }, nil, true},
			{"busy", "没有接收（451）", message.Waiting, func(p *postbox) { p.refuse = "451 try later" }, nil, true},
			{"hangs", "秒内没有回应", message.Waiting, func(p *postbox) { p.hang = true }, nil, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				w := newWorld(t, db)
				p := newPostbox(t, c.set)
				if c.trust {
					w.carrier.Roots = p.roots
				}
				a := message.Address{Host: "127.0.0.1", Port: p.port(), Mode: message.ModeStartTLS, From: "gonggu@example.gov.cn", To: []string{"office@example.gov.cn"}}
				if c.a != nil {
					c.a(&a)
				}
				id := w.channel(message.Mail, "", c.name, a)
				if err := w.send(late); err != nil {
					t.Fatal(err)
				}
				w.round()
				w.is(c.state, 1, c.want)
				if len(p.received()) > 0 {
					t.Error("a mail went out")
				}
				w.empty(id)
			})
		}
	})
}
