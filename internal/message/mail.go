package message

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// mailLine is the length of a line of a mail's body, in base64.
const mailLine = 76

// mail sends one mail to all receivers of a channel.
func (c *Carrier) mail(ctx context.Context, a Address, id, say string) *trouble {
	host := net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	begun := time.Now()
	deadline, _ := ctx.Deadline()
	wait := time.Until(deadline).Round(time.Second)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return reach(err, host, wait)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(deadline)
	if a.Mode == ModeTLS {
		secured := tls.Client(conn, c.tls(a.Host))
		if err := secured.HandshakeContext(ctx); err != nil {
			return reach(err, host, wait)
		}
		conn = secured
	}
	if bad := c.converse(conn, a, id, say, begun); bad != nil {
		if bad.cause != nil {
			return said(bad.cause, host, wait)
		}
		return &bad.trouble
	}
	return nil
}

// mailTrouble is a trouble already in words, or an error of the conversation.
type mailTrouble struct {
	trouble
	cause error
}

// converse speaks SMTP on a connection.
func (c *Carrier) converse(conn net.Conn, a Address, id, say string, at time.Time) *mailTrouble {
	s, err := smtp.NewClient(conn, a.Host)
	if err != nil {
		return &mailTrouble{cause: err}
	}
	defer func() { _ = s.Close() }()
	if err := s.Hello("gonggu.local"); err != nil {
		return &mailTrouble{cause: err}
	}
	if a.Mode == ModeStartTLS {
		if ok, _ := s.Extension("STARTTLS"); !ok {
			return &mailTrouble{trouble: trouble{say: "邮件服务器不支持 STARTTLS 加密，没有发出；请核对端口和加密方式", final: true}}
		}
		if err := s.StartTLS(c.tls(a.Host)); err != nil {
			return &mailTrouble{cause: err}
		}
	}
	if a.User != "" {
		if err := s.Auth(authOf(s, a)); err != nil {
			return &mailTrouble{cause: fmt.Errorf("auth: %w", err)}
		}
	}
	if err := s.Mail(a.From); err != nil {
		return &mailTrouble{cause: err}
	}
	for _, to := range a.To {
		if err := s.Rcpt(to); err != nil {
			return &mailTrouble{cause: err}
		}
	}
	w, err := s.Data()
	if err == nil {
		_, err = w.Write(letter(a, id, say, at))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return &mailTrouble{cause: err}
	}
	_ = s.Quit() // it is taken; how the other side says goodbye does not matter
	return nil
}

// said puts an SMTP answer into words. 5xx is final.
func said(err error, host string, wait time.Duration) *trouble {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return reach(err, host, wait)
	}
	final := answer.Code >= 500
	if strings.HasPrefix(err.Error(), "auth: ") && final {
		return &trouble{say: "邮件服务器不认用户名或密码（很多邮箱要用“授权码”，不是登录密码）", final: true}
	}
	return &trouble{say: fmt.Sprintf("邮件服务器没有接收（%d）：%s", answer.Code, cut(answer.Msg, 100)), final: final}
}

// letter is the mail itself; its Message-ID is the outbox row's, so that a receiver can tell a repetition.
func letter(a Address, id, say string, at time.Time) []byte {
	_, domain, _ := strings.Cut(a.From, "@")
	var b strings.Builder
	for _, h := range [][2]string{
		{"From", mime.BEncoding.Encode("utf-8", "巩固") + " <" + a.From + ">"}, {"To", strings.Join(a.To, ", ")}, {"Subject", mime.BEncoding.Encode("utf-8", subject(say))},
		{"Date", at.Format(time.RFC1123Z)}, {"Message-ID", "<" + id + "@" + domain + ">"}, {"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(say + "\r\n"))
	for len(text) > mailLine {
		b.WriteString(text[:mailLine] + "\r\n")
		text = text[mailLine:]
	}
	b.WriteString(text + "\r\n")
	return []byte(b.String())
}

// subject is the first clause of what is said.
func subject(say string) string {
	const most = 30
	if i := strings.IndexAny(say, "，。："); i > 0 {
		say = say[:i]
	}
	return cut(say, most)
}

// authOf answers in the way that the server offers: PLAIN, or LOGIN where only that is known (Exchange, some mailboxes).
func authOf(s *smtp.Client, a Address) smtp.Auth {
	_, offered := s.Extension("AUTH")
	if strings.Contains(" "+offered+" ", " PLAIN ") || !strings.Contains(" "+offered+" ", " LOGIN ") {
		return smtp.PlainAuth("", a.User, a.Password, a.Host)
	}
	return &loginAuth{a.User, a.Password}
}

type loginAuth struct{ user, password string }

// Start refuses to say a password on a line that others can read.
func (l *loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("unencrypted connection")
	}
	return "LOGIN", nil, nil
}

// Next answers the two questions for name and password, in whatever words they come.
func (l *loginAuth) Next(from []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if strings.Contains(strings.ToLower(string(from)), "user") {
		return []byte(l.user), nil
	}
	return []byte(l.password), nil
}
