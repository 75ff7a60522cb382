package message

import (
	"context"
	"database/sql"
	"encoding/json"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// The kinds of channel.
const (
	WeCom    = "wecom"
	DingTalk = "dingtalk"
	Feishu   = "feishu"
	Mail     = "smtp"
)

// The ways in which mail is encrypted.
const (
	ModeTLS      = "tls"
	ModeStartTLS = "starttls"
	ModePlain    = "plain" // without a password only
)

// KindNames are the channels in Chinese.
var KindNames = map[string]string{WeCom: "企业微信群机器人", DingTalk: "钉钉群机器人", Feishu: "飞书群机器人", Mail: "电子邮件"}

// Channel is a way out of the county, without its secrets. Unit "" is the county's own, taken for those who have none.
type Channel struct {
	ID, Kind, Unit, Name string
	Shown                string // the address as far as it may be seen
	Enabled              bool
	ChangedAt            int64
	ChangedBy            string // person
}

// Address is where a channel leads, with its secrets: for a robot URL and Secret (the signature's key, if it has one), for mail the rest.
// It is stored sealed and never shown again.
type Address struct {
	URL      string   `json:"url,omitempty"`
	Secret   string   `json:"secret,omitempty"`
	Host     string   `json:"host,omitempty"`
	Port     int      `json:"port,omitempty"`
	Mode     string   `json:"mode,omitempty"`
	User     string   `json:"user,omitempty"`
	Password string   `json:"password,omitempty"`
	From     string   `json:"from,omitempty"`
	To       []string `json:"to,omitempty"`
}

// Bounds of a channel.
const (
	maxName      = 40
	maxReceivers = 20
	maxAddress   = 500
)

// Errors of channels.
var (
	ErrChannel     = errs.New(errs.NotFound, "channel.not_found", "没有这个消息渠道，可能已被删除；请刷新。")
	ErrChannelName = errs.New(errs.Conflict, "channel.name", "已有同名的消息渠道，请换一个名称。")
	errChannel     = errs.New(errs.Invalid, "channel.invalid", "消息渠道没有保存，请改正标出的各项。")
)

// Channels keeps the ways out.
type Channels struct {
	County string
	DB     *database.DB
	Seal   func(place string, plain []byte) []byte
	Open   func(place string, box []byte) ([]byte, error)
}

func (c Channels) place(id string) string { return "channel/" + c.County + "/" + id }

// List returns all channels, the county's own first.
func (c Channels) List(ctx context.Context) ([]Channel, error) {
	rows, err := c.DB.Query(ctx, listChannels, c.County)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (x Channel, err error) {
		var on int64
		err = r.Scan(&x.ID, &x.Kind, &x.Unit, &x.Name, &x.Shown, &on, &x.ChangedAt, &x.ChangedBy)
		x.Enabled = on == 1
		return x, err
	})
}

// One returns a channel with its address. Code: channel.not_found.
func (c Channels) One(ctx context.Context, id string) (Channel, Address, error) {
	x, a := Channel{ID: id}, Address{}
	var on int64
	var box []byte
	err := c.DB.QueryRow(ctx, oneChannel, c.County, id).Scan(&x.Kind, &x.Unit, &x.Name, &x.Shown, &on, &x.ChangedAt, &x.ChangedBy, &box)
	if database.Missing(err) {
		return x, a, ErrChannel
	}
	if err != nil {
		return x, a, err
	}
	x.Enabled = on == 1
	plain, err := c.Open(c.place(id), box)
	if err != nil {
		return x, a, err
	}
	return x, a, json.Unmarshal(plain, &a)
}

// Save makes a channel (ID "") or changes one; of an address given empty on a change, what was there stays. It returns the id.
func (c Channels) Save(ctx context.Context, x Channel, a Address) (string, error) {
	x.Name = strings.TrimSpace(x.Name)
	if x.ID != "" {
		old, kept, err := c.One(ctx, x.ID)
		if err != nil {
			return "", err
		}
		x.Kind = old.Kind
		a = a.over(kept)
	}
	if err := check(x, &a); err != nil {
		return "", err
	}
	if x.ID == "" {
		x.ID = ident.New()
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	err = c.DB.Write(ctx, func(tx *database.Tx) error {
		var other string
		if err := tx.QueryRow(ctx, channelNamed, c.County, x.Name, x.ID).Scan(&other); err == nil {
			return ErrChannelName
		} else if !database.Missing(err) {
			return err
		}
		on := 0
		if x.Enabled {
			on = 1
		}
		_, err := tx.Exec(ctx, upsertChannel, c.County, x.ID, x.Kind, x.Unit, x.Name, a.shown(x.Kind), c.Seal(c.place(x.ID), plain), on, x.ChangedAt, x.ChangedBy)
		return err
	})
	return x.ID, err
}

// Drop removes a channel with its secrets; what waits for it is held when its turn comes. Code: channel.not_found.
func (c Channels) Drop(ctx context.Context, id string) error {
	return c.DB.Write(ctx, func(tx *database.Tx) error {
		n, err := tx.Exec(ctx, dropChannel, c.County, id)
		if err == nil && n == 0 {
			return ErrChannel
		}
		return err
	})
}

// over fills what was left empty from what was stored.
func (a Address) over(old Address) Address {
	keep := func(now *string, was string) {
		if strings.TrimSpace(*now) == "" {
			*now = was
		}
	}
	// A new address without a new secret must not be signed with the old one's.
	if strings.TrimSpace(a.URL) == "" {
		keep(&a.Secret, old.Secret)
	}
	keep(&a.URL, old.URL)
	if strings.TrimSpace(a.User) == "" || a.User == old.User {
		keep(&a.Password, old.Password)
	}
	keep(&a.Host, old.Host)
	keep(&a.Mode, old.Mode)
	keep(&a.User, old.User)
	keep(&a.From, old.From)
	if a.Port == 0 {
		a.Port = old.Port
	}
	if len(a.To) == 0 {
		a.To = old.To
	}
	return a
}

func check(x Channel, a *Address) error {
	var bad []errs.Field
	say := func(at, why string) { bad = append(bad, errs.Field{Location: at, Message: why}) }
	if n := len([]rune(x.Name)); n == 0 || n > maxName {
		say("name", "写一个名称，不超过 40 个字，如“县巩固办工作群”")
	}
	switch x.Kind {
	case WeCom, DingTalk, Feishu:
		if why := robotAddress(a); why != "" {
			say("url", why)
		}
	case Mail:
		mailAddress(a, say)
	default:
		say("kind", "渠道只能是企业微信、钉钉、飞书群机器人或电子邮件")
	}
	if len(bad) == 0 {
		return nil
	}
	e := *errChannel
	e.Fields = bad
	return &e
}

func robotAddress(a *Address) string {
	a.URL, a.Secret = strings.TrimSpace(a.URL), strings.TrimSpace(a.Secret)
	u, err := url.Parse(a.URL)
	switch {
	case a.URL == "" || err != nil || u.Host == "" || len(a.URL) > maxAddress || len(a.Secret) > maxAddress:
		return "把群机器人的 Webhook 地址整段粘贴到这里，以 https:// 开头"
	case u.User != nil:
		return "地址里不要写用户名和密码"
	case u.Scheme == "http" && !inside(u.Hostname()):
		return "地址要以 https:// 开头；http:// 只用于内网网关"
	case u.Scheme != "https" && u.Scheme != "http":
		return "地址要以 https:// 开头"
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && (ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()) {
		return "这个地址不能作为接收方"
	}
	return ""
}

// inside reports whether a host is of this machine or of a private network, by its number.
func inside(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}

func mailAddress(a *Address, say func(at, why string)) {
	a.Host, a.User, a.From = strings.TrimSpace(a.Host), strings.TrimSpace(a.User), strings.TrimSpace(a.From)
	if a.Host == "" || len(a.Host) > 200 || strings.ContainsAny(a.Host, " /:@") {
		say("host", "写邮件服务器的名称或 IP，如 smtp.example.gov.cn")
	}
	if a.Port < 1 || a.Port > 65535 {
		say("port", "写端口：SSL 一般是 465，STARTTLS 一般是 587 或 25")
	}
	if !slices.Contains([]string{ModeTLS, ModeStartTLS, ModePlain}, a.Mode) {
		say("mode", "选择加密方式")
	}
	if a.Mode == ModePlain && a.Password != "" {
		say("mode", "不加密时密码会在网络上明文传送，请选 SSL 或 STARTTLS，或不填密码")
	}
	if (a.User == "") != (a.Password == "") {
		say("password", "用户名和密码（授权码）要么都填，要么都不填")
	}
	if m, err := mail.ParseAddress(a.From); err != nil || m.Address != a.From {
		say("from", "写发件人的邮箱地址")
	}
	to := []string{}
	for _, t := range a.To {
		t = strings.TrimSpace(t)
		if m, err := mail.ParseAddress(t); err != nil || m.Address != t {
			say("to", "“"+cut(t, maxName)+"”不是邮箱地址")
			continue
		}
		to = append(to, t)
	}
	if a.To = to; len(to) == 0 || len(to) > maxReceivers {
		say("to", "写 1 到 20 个收件邮箱，一行一个")
	}
}

// shown is what of an address may be seen again: the receiver's host, never the key.
func (a Address) shown(kind string) string {
	if kind != Mail {
		u, err := url.Parse(a.URL)
		if err != nil {
			return ""
		}
		if a.Secret != "" {
			return u.Host + "，已设加签"
		}
		return u.Host
	}
	first := a.To[0]
	name, at, _ := strings.Cut(first, "@")
	s := net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) + " → " + name[:1] + "***@" + at
	if len(a.To) > 1 {
		s += " 等" + strconv.Itoa(len(a.To)) + "个"
	}
	return s
}

// secrets are the texts of an address that no error may repeat.
func (a Address) secrets() []string {
	out := []string{a.URL, a.Secret, a.Password}
	if u, err := url.Parse(a.URL); err == nil {
		out = append(out, strings.Trim(u.Path, "/"))
		for _, v := range u.Query() {
			out = append(out, v...)
		}
		if i := strings.LastIndexByte(u.Path, '/'); i >= 0 {
			out = append(out, u.Path[i+1:])
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return len(s) < 6 })
}

// patience bounds one sending when the pack says nothing.
const patience = 10 * time.Second
