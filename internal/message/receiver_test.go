package message_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// postbox is a real SMTP receiver on a local port.
type postbox struct {
	t         *testing.T
	listener  net.Listener
	cert      *tls.Config
	roots     *x509.CertPool
	implicit  bool   // TLS from the first byte
	plainOnly bool   // offers no STARTTLS
	offer     string // AUTH mechanisms
	user      string
	password  string
	refuse    string // answer to RCPT, "" takes
	hang      bool

	mu    sync.Mutex
	mails []string
	auths int
	lines []string // what was said in the clear
}

func newPostbox(t *testing.T, set func(*postbox)) *postbox {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := &postbox{t: t, roots: x509.NewCertPool(), cert: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	p.roots.AddCert(parsed)
	if set != nil {
		set(p)
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = p.listener.Close(); work.Wait() })
	return p
}

func (p *postbox) port() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p *postbox) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.mails...)
}

func (p *postbox) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	secure := p.implicit
	if p.implicit {
		conn = tls.Server(conn, p.cert)
	}
	r := bufio.NewReader(conn)
	say := func(s string) { _, _ = conn.Write([]byte(s + "\r\n")) }
	line := func() (string, bool) {
		s, err := r.ReadString('\n')
		s = strings.TrimRight(s, "\r\n")
		if !secure {
			p.mu.Lock()
			p.lines = append(p.lines, s)
			p.mu.Unlock()
		}
		return s, err == nil
	}
	if p.hang {
		_, _ = line()
		return
	}
	say("220 local")
	for {
		s, ok := line()
		if !ok {
			return
		}
		verb, rest, _ := strings.Cut(s, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-local")
			if !secure && !p.plainOnly {
				say("250-STARTTLS")
			}
			if p.offer != "" {
				say("250-AUTH " + p.offer)
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, p.cert)
			r, secure = bufio.NewReader(conn), true
		case "AUTH":
			say(p.authenticate(rest, say, line))
		case "MAIL":
			say("250 ok")
		case "RCPT":
			if p.refuse != "" {
				say(p.refuse)
			} else {
				say("250 ok")
			}
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				s, ok := line()
				if !ok || s == "." {
					break
				}
				b.WriteString(s + "\n")
			}
			p.mu.Lock()
			p.mails = append(p.mails, b.String())
			p.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("500 what")
		}
	}
}

// authenticate asks as PLAIN or LOGIN do, and returns its answer.
func (p *postbox) authenticate(rest string, say func(string), line func() (string, bool)) string {
	way, first, _ := strings.Cut(rest, " ")
	var user, password string
	ask := func(question string) string {
		say("334 " + base64.StdEncoding.EncodeToString([]byte(question)))
		s, _ := line()
		b, _ := base64.StdEncoding.DecodeString(s)
		return string(b)
	}
	if way == "PLAIN" {
		b, _ := base64.StdEncoding.DecodeString(first)
		if parts := strings.Split(string(b), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	} else {
		user, password = ask("Username:"), ask("Password:")
	}
	p.mu.Lock()
	p.auths++
	p.mu.Unlock()
	if user != p.user || password != p.password {
		return "535 5.7.8 authentication failed"
	}
	return "235 welcome"
}
