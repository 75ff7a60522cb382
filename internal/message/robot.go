package message

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds what is read of a receiver's answer.
const maxAnswer = 64 << 10

// robot sends a text by a group robot's webhook. WeCom and DingTalk answer {errcode, errmsg}, Feishu {code, msg} or, an older form,
// {StatusCode, StatusMessage}; 0 is taken, whatever the HTTP status says is not.
func (c *Carrier) robot(ctx context.Context, kind string, a Address, id, say string) *trouble {
	u, err := url.Parse(a.URL)
	if err != nil {
		return &trouble{say: "Webhook 地址不对，请系统管理员重新填写", final: true}
	}
	// The receiver checks the signature's time against its own clock, so it is the machine's.
	at := time.Now()
	body := textBody(kind, a.Secret, say, at)
	if kind == DingTalk && a.Secret != "" {
		q := u.Query()
		q.Set("timestamp", strconv.FormatInt(at.UnixMilli(), 10))
		q.Set("sign", dingSign(a.Secret, at))
		u.RawQuery = q.Encode()
	}
	b, err := json.Marshal(body)
	if err != nil {
		return &trouble{say: "内容写不成对方要的格式", final: true}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(b))
	if err != nil {
		return &trouble{say: "Webhook 地址不对，请系统管理员重新填写", final: true}
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("X-Gonggu-Id", id)
	deadline, _ := ctx.Deadline()
	wait := time.Until(deadline).Round(time.Second)
	res, err := c.client(u.Hostname()).Do(r)
	if err != nil {
		return reach(err, u.Host, wait)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return reach(err, u.Host, wait)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		again := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout
		return &trouble{say: fmt.Sprintf("%s 返回 HTTP %d，没有接收", KindNames[kind], res.StatusCode), final: !again}
	}
	return answered(kind, text)
}

// textBody is the text message as each vendor documents it.
func textBody(kind, secret, say string, at time.Time) map[string]any {
	if kind != Feishu {
		return map[string]any{"msgtype": "text", "text": map[string]any{"content": say}}
	}
	body := map[string]any{"msg_type": "text", "content": map[string]any{"text": say}}
	if secret != "" {
		body["timestamp"], body["sign"] = strconv.FormatInt(at.Unix(), 10), feishuSign(secret, at)
	}
	return body
}

// dingSign signs "milliseconds LF secret" with the secret.
func dingSign(secret string, at time.Time) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(strconv.FormatInt(at.UnixMilli(), 10) + "\n" + secret))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// feishuSign signs nothing with the key "seconds LF secret".
func feishuSign(secret string, at time.Time) string {
	h := hmac.New(sha256.New, []byte(strconv.FormatInt(at.Unix(), 10)+"\n"+secret))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// known are the answers of which people can do something, by kind and code; final ones are not tried again.
var known = map[string]map[int64]trouble{
	WeCom: {93000: {say: "机器人地址不对，或机器人已从群里删除", final: true}, 45009: {say: "发得太频繁，对方限制了次数"}},
	DingTalk: {310000: {say: "没有通过机器人的安全设置：核对加签密钥、关键词和 IP 白名单，并核对服务器时间", final: true},
		300001: {say: "机器人地址不对，或机器人已删除", final: true}, 130101: {say: "发得太频繁，对方限制了次数"}, 410100: {say: "发得太频繁，对方限制了次数"}},
	Feishu: {19001: {say: "机器人地址不对，或机器人已删除", final: true}, 19021: {say: "加签没有通过：核对签名密钥和服务器时间", final: true},
		19022: {say: "本机 IP 不在机器人的白名单里", final: true}, 19024: {say: "没有机器人要求的关键词", final: true}, 11232: {say: "发得太频繁，对方限制了次数"}},
}

// answered reads a receiver's answer to an HTTP 200.
func answered(kind string, text []byte) *trouble {
	var a struct {
		ErrCode    *int64 `json:"errcode"`
		ErrMsg     string `json:"errmsg"`
		Code       *int64 `json:"code"`
		Msg        string `json:"msg"`
		StatusCode *int64 `json:"StatusCode"`
		StatusMsg  string `json:"StatusMessage"`
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return &trouble{say: KindNames[kind] + "的回答看不懂：地址可能不是群机器人的 Webhook 地址", final: true}
	}
	code, said := a.ErrCode, a.ErrMsg
	if kind == Feishu {
		if code, said = a.Code, a.Msg; code == nil {
			code, said = a.StatusCode, a.StatusMsg
		}
	}
	switch {
	case code == nil:
		return &trouble{say: KindNames[kind] + "的回答看不懂：地址可能不是群机器人的 Webhook 地址", final: true}
	case *code == 0:
		return nil
	}
	if k, ok := known[kind][*code]; ok {
		return &trouble{say: fmt.Sprintf("%s没有接收（%d）：%s", KindNames[kind], *code, k.say), final: k.final}
	}
	return &trouble{say: fmt.Sprintf("%s没有接收（%d）：%s", KindNames[kind], *code, cut(strings.TrimSpace(said), 100))}
}

// scrub takes out of an error what must not be shown.
func scrub(say string, a Address) string {
	for _, s := range a.secrets() {
		say = strings.ReplaceAll(say, s, "***")
	}
	return say
}
