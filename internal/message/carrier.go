package message

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// Rules are what the pack in force says of sending.
type Rules struct {
	Quiet    pack.Quiet
	Calendar *clock.Calendar
	Retry    []time.Duration
	Timeout  time.Duration
}

// RulesOf reads a pack; nil gives what is needed for a test before there is a campaign.
func RulesOf(p *pack.Pack) Rules {
	if p == nil || p.Head.Reminders.TimeoutSeconds == 0 {
		return Rules{Timeout: patience}
	}
	r := Rules{Quiet: p.Head.Reminders.Quiet, Calendar: p.Calendar(), Timeout: time.Duration(p.Head.Reminders.TimeoutSeconds) * time.Second}
	for _, m := range p.Head.Reminders.RetryMinutes {
		r.Retry = append(r.Retry, time.Duration(m)*time.Minute)
	}
	return r
}

// Carrier carries what leaves the county: it fills the outbox from the messages, and sends. Several processes on one database may
// each run one: a lease keeps two from sending the same row, except when one dies between sending and writing it down; then the
// row is sent again under the same id. It works beside the lane.
type Carrier struct {
	County   string
	DB       *database.DB
	Clock    clock.Clock
	Channels Channels
	Rules    func(ctx context.Context) (Rules, error)
	Roots    *x509.CertPool // nil are the machine's
	Log      *slog.Logger

	sent func() // a test's, between sending and writing down
}

// Bounds of one round.
const (
	feedBatch  = 500
	sendBatch  = 100
	roundEvery = 5 * time.Second
	lease      = 2 * time.Minute // longer than any sending
	maxError   = 200
)

// Run works until ctx ends.
func (c *Carrier) Run(ctx context.Context) {
	t := time.NewTicker(roundEvery)
	defer t.Stop()
	for {
		if err := c.Round(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("outbox", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Round takes new messages into the outbox and sends what is due: the channels beside each other, the rows of one after another.
// After a receiver that did not answer the channel's other rows wait for the next round.
func (c *Carrier) Round(ctx context.Context) error {
	rules, err := c.Rules(ctx)
	if err != nil {
		return err
	}
	if err := c.feed(ctx, rules); err != nil {
		return err
	}
	now := c.Clock.Now()
	due, err := c.due(ctx, now)
	if err != nil || len(due) == 0 {
		return err
	}
	if due, err = c.holdStale(ctx, now, due); err != nil {
		return err
	}
	byChannel := map[string][]string{}
	for _, d := range due {
		byChannel[d[1]] = append(byChannel[d[1]], d[0])
	}
	var work sync.WaitGroup
	all := make(chan error, len(byChannel))
	for _, ids := range byChannel {
		work.Go(func() {
			for _, id := range ids {
				ok, err := c.deliver(ctx, id)
				if err != nil {
					all <- err
				}
				if err != nil || !ok {
					return
				}
			}
		})
	}
	work.Wait()
	close(all)
	for e := range all {
		err = errors.Join(err, e)
	}
	return err
}

// feed makes outbox rows of the messages since the last look. The first look of all begins at the end: what was written before there
// was an outbox (or in a rebuilt county) is not sent.
func (c *Carrier) feed(ctx context.Context, rules Rules) error {
	newest, through, err := c.look(ctx, c.DB)
	if err != nil || through == newest {
		return err
	}
	return c.DB.Write(ctx, func(tx *database.Tx) error {
		newest, through, err := c.look(ctx, tx)
		if err != nil || through == newest {
			return err
		}
		if through == noCursor {
			_, err := tx.Exec(ctx, writeThrough, c.County, newest)
			return err
		}
		ways, err := c.ways(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, toSendFrom, c.County, through, newest, feedBatch)
		if err != nil {
			return err
		}
		list, err := database.Collect(rows, func(r *sql.Rows) (m toSend, err error) { return m, r.Scan(&m.key, &m.unit, &m.say) })
		if err != nil {
			return err
		}
		if len(list) == feedBatch {
			newest = list[feedBatch-1].key
		}
		now := c.Clock.Now()
		for _, m := range list {
			channels := ways[m.unit]
			if len(channels) == 0 {
				channels = ways[""]
			}
			for _, ch := range channels {
				id := ident.Derive(c.County+"/"+ident.Public("m", m.key), ch)
				if _, err := tx.Exec(ctx, insertOutbox, c.County, id, ch, m.key, m.say, now, rules.Quiet.Until(rules.Calendar, now), ""); err != nil {
					return err
				}
			}
		}
		_, err = tx.Exec(ctx, writeThrough, c.County, newest)
		return err
	})
}

type toSend struct {
	key       int64
	unit, say string
}

const noCursor = -2

// look returns the key of the newest message (-1 for none) and the one up to which the outbox was filled.
func (c *Carrier) look(ctx context.Context, r database.Reader) (newest, through int64, err error) {
	if err := r.QueryRow(ctx, newestKey, c.County).Scan(&newest); err != nil {
		return 0, 0, err
	}
	err = r.QueryRow(ctx, readThrough, c.County).Scan(&through)
	if database.Missing(err) {
		return newest, noCursor, nil
	}
	return newest, through, err
}

// ways returns the channels that send, by unit.
func (c *Carrier) ways(ctx context.Context, r database.Reader) (map[string][]string, error) {
	rows, err := r.Query(ctx, openChannels, c.County)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]string{}
	for rows.Next() {
		var id, unit string
		if err := rows.Scan(&id, &unit); err != nil {
			return nil, err
		}
		out[unit] = append(out[unit], id)
	}
	return out, rows.Err()
}

// due returns the ids and channels of what is due.
func (c *Carrier) due(ctx context.Context, now int64) ([][2]string, error) {
	rows, err := c.DB.Query(ctx, dueOutbox, c.County, now, sendBatch)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (d [2]string, err error) { return d, r.Scan(&d[0], &d[1]) })
}

// holdStale puts aside what should have gone out too long ago, and reads again what is due.
func (c *Carrier) holdStale(ctx context.Context, now int64, due [][2]string) ([][2]string, error) {
	var n int64
	err := c.DB.Write(ctx, func(tx *database.Tx) error {
		var err error
		n, err = tx.Exec(ctx, staleOutbox, "应发的时间已过一天以上（服务停过，或数据是从备份恢复的），没有自动发出；看过以后再决定是否发送", c.County, now-lookBack.Milliseconds(), now)
		return err
	})
	if err != nil || n == 0 {
		return due, err
	}
	return c.due(ctx, now)
}

// deliver claims a row, sends it and writes down what became of it. ok is false when the channel should rest for this round.
func (c *Carrier) deliver(ctx context.Context, id string) (ok bool, err error) {
	by, now := ident.New(), c.Clock.Now()
	claimed := int64(0)
	err = c.DB.Write(ctx, func(tx *database.Tx) error {
		var err error
		claimed, err = tx.Exec(ctx, claimOutbox, now+lease.Milliseconds(), by, c.County, id, now)
		return err
	})
	if err != nil || claimed == 0 {
		return true, err // another process has it
	}
	rules, err := c.Rules(ctx)
	if err != nil {
		return false, err
	}
	var channel, say string
	var message, attempts int64
	if err := c.DB.QueryRow(ctx, oneOutbox, c.County, id).Scan(&channel, &message, &say, &attempts); err != nil {
		return false, err
	}
	problem := c.send(ctx, channel, id, say, rules)
	if ctx.Err() != nil && problem != nil { // stopping: nobody refused it
		return false, c.settle(context.WithoutCancel(ctx), giveBack, c.County, id, by)
	}
	if c.sent != nil {
		c.sent()
	}
	return problem == nil, c.write(context.WithoutCancel(ctx), id, by, message == 0, attempts, problem, rules)
}

// write settles a claimed row after a try.
func (c *Carrier) write(ctx context.Context, id, by string, test bool, attempts int64, problem *trouble, rules Rules) error {
	now := c.Clock.Now()
	switch {
	case problem == nil:
		return c.settle(ctx, settleOutbox, Sent, int64(0), "", now, c.County, id, by)
	case problem.hold:
		return c.settle(ctx, settleOutbox, Held, int64(0), cut(problem.say, maxError), int64(0), c.County, id, by)
	case test || problem.final || attempts > int64(len(rules.Retry)):
		return c.settle(ctx, settleOutbox, Failed, int64(0), cut(problem.say, maxError), int64(0), c.County, id, by)
	}
	next := rules.Quiet.Until(rules.Calendar, now+rules.Retry[attempts-1].Milliseconds())
	return c.settle(ctx, settleOutbox, Waiting, next, cut(problem.say, maxError), int64(0), c.County, id, by)
}

func (c *Carrier) settle(ctx context.Context, text string, args ...any) error {
	return c.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, text, args...)
		return err
	})
}

// trouble is why something was not sent, in words. final: trying again is no use; hold: nobody may try.
type trouble struct {
	say         string
	final, hold bool
}

// send sends one line by a channel.
func (c *Carrier) send(ctx context.Context, channel, id, say string, rules Rules) *trouble {
	ch, a, err := c.Channels.One(ctx, channel)
	switch {
	case errs.Code(err) == ErrChannel.Code:
		return &trouble{say: "消息渠道已被删除", hold: true}
	case err != nil:
		return &trouble{say: "消息渠道的设置读不出来，请系统管理员重新填写", final: true}
	case !ch.Enabled:
		return &trouble{say: "消息渠道已停用", hold: true}
	case pack.Private(say):
		return &trouble{say: "内容里有像证件号码、账号或手机号码的数字，没有发出", hold: true}
	}
	ctx, done := context.WithTimeout(ctx, rules.Timeout)
	defer done()
	say += "（编号" + short(id) + "）"
	var bad *trouble
	if ch.Kind == Mail {
		bad = c.mail(ctx, a, id, say)
	} else {
		bad = c.robot(ctx, ch.Kind, a, id, say)
	}
	if bad != nil {
		bad.say = scrub(bad.say, a)
	}
	return bad
}

// short is the end of an id, by which people and receivers tell two lines apart.
func short(id string) string { return id[max(0, len(id)-8):] }

func (c *Carrier) tls(host string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots, ServerName: host}
}

// reach puts into words why a receiver was not reached.
func reach(err error, host string, timeout time.Duration) *trouble {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var timed net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout():
		return &trouble{say: fmt.Sprintf("%s 在 %d 秒内没有回应", host, int(timeout/time.Second))}
	case errors.As(err, &dns):
		return &trouble{say: "找不到 " + host + "：地址写错了，或这台服务器不能上网、域名解析没有设好"}
	case errors.As(err, &cert):
		return &trouble{say: host + " 的安全证书不可信或已过期，没有发出；请核对地址，自建的服务器要换上可信的证书", final: true}
	case errors.As(err, &alert), errors.As(err, &record):
		return &trouble{say: host + " 不接受加密连接，没有发出；请核对端口和加密方式"}
	}
	return &trouble{say: "连不上 " + host + "：对方没有开机、地址或端口不对，或防火墙不放行"}
}

// client sends over HTTP and follows no redirect: an address that moves must be set anew by somebody.
func (c *Carrier) client(host string) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c.tls(host), DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
