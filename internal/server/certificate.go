package server

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"

	"gonggu/internal/clock"
	"gonggu/internal/errs"
)

// certificateLook is how often, in ms, the files are looked at for a renewal.
const certificateLook = 1000

// certificate is the server's certificate as its files say, renewed without a restart.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	now    *tls.Certificate
	stamp  [2]int64 // the files' times of change when last read
	looked int64
}

func loadCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, looked: clock.Mono()}
	c.stamp = c.changed()
	now, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, errs.New(errs.Invalid, "server.certificate", "证书或私钥文件不能用，程序没有启动；请检查 --tls-cert 和 --tls-key 是不是一对 PEM 文件。").Because(err)
	}
	c.now = &now
	return c, nil
}

func (c *certificate) changed() (at [2]int64) {
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			at[i] = info.ModTime().UnixNano()
		}
	}
	return at
}

// get serves a handshake. A renewal that does not load (half of a pair, say) leaves the old one in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mono := clock.Mono()
	if mono-c.looked < certificateLook {
		return c.now, nil
	}
	c.looked = mono
	stamp := c.changed()
	if stamp == c.stamp {
		return c.now, nil
	}
	next, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Error("新证书不能用，仍用原来的", "error", err.Error())
		return c.now, nil
	}
	c.now, c.stamp = &next, stamp
	c.log.Info("已换用新证书")
	return c.now, nil
}
