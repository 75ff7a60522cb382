package webapi

import (
	"context"
	"io"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/message"
	"gonggu/internal/workbook"
)

// MessageRow is a message in somebody's inbox.
type MessageRow struct {
	ID    string `json:"id"`
	To    string `json:"to" enum:"post,unit,duty" doc:"whether it came to the post itself, to its unit, or to everybody with the duty here"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Say   string `json:"say"`
	Link  string `json:"link" doc:"a path of the desk, empty for none"`
	At    int64  `json:"at"`
	Read  bool   `json:"read"`
}

// UnreadView is what the bell shows.
type UnreadView struct {
	Unread int64 `json:"unread" doc:"at most 100, which stands for 100 and more"`
}

// maxUnread is how far the bell counts.
const maxUnread = 100

// ChannelRow is a way out of the county without its secrets.
type ChannelRow struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"wecom,dingtalk,feishu,smtp"`
	KindName  string `json:"kindName"`
	Unit      string `json:"unit" doc:"empty: the county's own"`
	UnitName  string `json:"unitName"`
	Name      string `json:"name"`
	Shown     string `json:"shown" doc:"the receiver as far as it may be seen"`
	Enabled   bool   `json:"enabled"`
	ChangedAt int64  `json:"changedAt"`
	ChangedBy string `json:"changedBy"`
}

// ChannelUnit is a unit that may have a channel of its own.
type ChannelUnit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ChannelsView is the page of the channels: what there is, for whom there may be, and the hours of quiet that the pack sets.
type ChannelsView struct {
	Channels []ChannelRow  `json:"channels"`
	Units    []ChannelUnit `json:"units"`
	Quiet    string        `json:"quiet"`
	Missing  []string      `json:"missing" doc:"years into which the campaign falls and of which the calendar knows nothing"`
}

// ChannelForm is a channel as it is filled in. Of a change, an address left empty stays as it was; it is never shown again.
type ChannelForm struct {
	ID       string   `json:"id" maxLength:"64" required:"false"`
	Kind     string   `json:"kind" enum:"wecom,dingtalk,feishu,smtp"`
	Unit     string   `json:"unit" maxLength:"64" required:"false"`
	Name     string   `json:"name" maxLength:"100"`
	Enabled  bool     `json:"enabled"`
	URL      string   `json:"url" maxLength:"600" required:"false"`
	Secret   string   `json:"secret" maxLength:"600" required:"false"`
	Host     string   `json:"host" maxLength:"200" required:"false"`
	Port     int      `json:"port" required:"false"`
	Mode     string   `json:"mode" enum:",tls,starttls,plain" required:"false"`
	User     string   `json:"user" maxLength:"200" required:"false"`
	Password string   `json:"password" maxLength:"200" required:"false"`
	From     string   `json:"from" maxLength:"200" required:"false"`
	To       []string `json:"to" maxItems:"50" required:"false"`
}

// OutgoingRow is what was to be sent, and what became of it.
type OutgoingRow struct {
	ID          string   `json:"id"`
	Channel     string   `json:"channel"`
	ChannelName string   `json:"channelName" doc:"empty: the channel was removed"`
	KindName    string   `json:"kindName"`
	UnitName    string   `json:"unitName"`
	Test        bool     `json:"test"`
	Say         string   `json:"say"`
	State       string   `json:"state" enum:"waiting,sent,failed,held"`
	StateName   string   `json:"stateName"`
	MadeAt      int64    `json:"madeAt"`
	Attempts    int64    `json:"attempts"`
	NextAt      int64    `json:"nextAt" doc:"of what waits: when it is tried"`
	SentAt      int64    `json:"sentAt"`
	LastError   string   `json:"lastError"`
	SettledBy   string   `json:"settledBy" doc:"who sent it again, stopped it, or asked for the test"`
	Acts        []string `json:"acts" doc:"again, stop"`
}

// OutboxView is a page of the outbox with how many rows stand in each state.
type OutboxView struct {
	Rows   []OutgoingRow    `json:"rows"`
	Next   string           `json:"next"`
	Counts map[string]int64 `json:"counts"`
}

type inboxQuery struct {
	State string `query:"state" enum:",unread,read"`
	After string `query:"after" maxLength:"40"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type outboxQuery struct {
	State   string `query:"state" enum:",waiting,sent,failed,held"`
	Channel string `query:"channel" maxLength:"64"`
	Day     string `query:"day" maxLength:"10" doc:"made on this day"`
	After   string `query:"after" maxLength:"64"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func readerOf(by duty.Actor) message.Reader {
	r := message.Reader{Post: by.Post, Unit: by.Unit, Area: by.Area}
	for _, d := range by.Duties {
		r.Duties = append(r.Duties, string(d))
	}
	return r
}

func (a *API) messages(api huma.API) {
	get(api, "list-messages", "/messages", "The inbox of the post in which somebody works, newest first", func(ctx context.Context, in *inboxQuery) (*body[Page[MessageRow]], error) {
		p, err := a.inbox(ctx, in)
		return answer(p), a.fail(err)
	})
	get(api, "count-unread", "/messages/unread", "How many messages of the inbox are unread", func(ctx context.Context, _ *none) (*body[UnreadView], error) {
		n, err := message.Unread(ctx, a.DB, a.County, readerOf(actorOf(ctx)), maxUnread)
		return answer(UnreadView{n}), a.fail(err)
	})
	post(api, "read-messages", "/messages/read", "Mark messages as read: some, or all up to the newest that was seen", func(ctx context.Context, in *struct {
		Body struct {
			IDs     []string `json:"ids" maxItems:"200" required:"false"`
			Through string   `json:"through" maxLength:"40" required:"false" doc:"the newest message seen: all up to it"`
		}
	}) (*body[UnreadView], error) {
		by := readerOf(actorOf(ctx))
		var err error
		if in.Body.Through != "" {
			err = message.ReadAll(ctx, a.DB, a.County, by, in.Body.Through)
		} else {
			err = message.Read(ctx, a.DB, a.County, by, a.Clock.Now(), in.Body.IDs)
		}
		if err != nil {
			return nil, a.fail(err)
		}
		n, err := message.Unread(ctx, a.DB, a.County, by, maxUnread)
		return answer(UnreadView{n}), a.fail(err)
	})
	a.channels(api)
	a.outbox(api)
}

func (a *API) inbox(ctx context.Context, in *inboxQuery) (Page[MessageRow], error) {
	p := Page[MessageRow]{Rows: []MessageRow{}}
	list, next, err := message.Inbox(ctx, a.DB, a.County, readerOf(actorOf(ctx)), in.State, in.After, in.Limit)
	for _, t := range list {
		p.Rows = append(p.Rows, MessageRow{t.ID, t.ToKind, t.Kind, t.Title, t.Say, t.Link, t.At, t.Read})
	}
	p.Next = next
	return p, err
}

func (a *API) channels(api huma.API) {
	get(api, "list-channels", "/channels", "The ways by which messages leave the county, without their secrets", func(ctx context.Context, _ *none) (*body[ChannelsView], error) {
		if _, err := need(ctx, duty.ManageChannels); err != nil {
			return nil, a.fail(err)
		}
		v, err := a.channelsView(ctx)
		return answer(v), a.fail(err)
	})
	post(api, "save-channel", "/channels", "Make a channel or change one", func(ctx context.Context, in *struct{ Body ChannelForm }) (*body[ChannelsView], error) {
		by, err := need(ctx, duty.ManageChannels)
		if err != nil {
			return nil, a.fail(err)
		}
		if err := a.saveChannel(ctx, by, in.Body); err != nil {
			return nil, a.fail(err)
		}
		v, err := a.channelsView(ctx)
		return answer(v), a.fail(err)
	})
	post(api, "drop-channel", "/channels/{id}/drop", "Remove a channel with its secrets", func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*body[ChannelsView], error) {
		if _, err := need(ctx, duty.ManageChannels); err != nil {
			return nil, a.fail(err)
		}
		err := a.Carrier.Channels.Drop(ctx, in.ID)
		if err == nil {
			err = a.noted(ctx, "channel.drop", in.ID, "")
		}
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.channelsView(ctx)
		return answer(v), a.fail(err)
	})
	post(api, "test-channel", "/channels/{id}/test", "Send one line by a channel, now", func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*body[OutgoingRow], error) {
		by, err := need(ctx, duty.ManageChannels)
		if err != nil {
			return nil, a.fail(err)
		}
		o, err := a.Carrier.Test(ctx, in.ID, "【巩固】这是一条测试消息，"+clock.Text(a.Clock.Now())+"发出。收到说明渠道可用，不用回复。", by.Person)
		if err == nil {
			err = a.noted(ctx, "channel.test", in.ID, message.StateNames[o.State])
		}
		return answer(OutgoingRow{ID: o.ID, Channel: in.ID, Test: true, Say: o.Say, State: o.State, StateName: message.StateNames[o.State], LastError: o.LastError, SentAt: o.SentAt, Acts: []string{}}), a.fail(err)
	})
}

func (a *API) saveChannel(ctx context.Context, by duty.Actor, f ChannelForm) error {
	if f.Unit != "" {
		if err := duty.Stands(ctx, a.DB, a.County, f.Unit); err != nil {
			return err
		}
	}
	id, err := a.Carrier.Channels.Save(ctx, message.Channel{ID: f.ID, Kind: f.Kind, Unit: f.Unit, Name: f.Name, Enabled: f.Enabled, ChangedAt: a.Clock.Now(), ChangedBy: by.Person},
		message.Address{URL: f.URL, Secret: f.Secret, Host: f.Host, Port: f.Port, Mode: f.Mode, User: f.User, Password: f.Password, From: f.From, To: f.To})
	if err != nil {
		return err
	}
	return a.noted(ctx, "channel.save", id, message.KindNames[f.Kind])
}

func (a *API) unitNames(ctx context.Context) ([]duty.Unit, map[string]string, error) {
	units, err := duty.Units(ctx, a.DB, a.County, duty.Everything(a.County))
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	return units, names, err
}

func (a *API) channelsView(ctx context.Context) (ChannelsView, error) {
	v := ChannelsView{Channels: []ChannelRow{}, Units: []ChannelUnit{}, Missing: []string{}}
	list, err := a.Carrier.Channels.List(ctx)
	if err != nil {
		return v, err
	}
	units, names, err := a.unitNames(ctx)
	if err != nil {
		return v, err
	}
	for _, u := range units {
		if u.Until == "" {
			v.Units = append(v.Units, ChannelUnit{u.ID, u.Name})
		}
	}
	persons := make([]string, len(list))
	for i, c := range list {
		persons[i] = c.ChangedBy
	}
	who, err := duty.PersonNames(ctx, a.DB, a.County, persons)
	if err != nil {
		return v, err
	}
	for _, c := range list {
		row := ChannelRow{c.ID, c.Kind, message.KindNames[c.Kind], c.Unit, "全县", c.Name, c.Shown, c.Enabled, c.ChangedAt, who[c.ChangedBy]}
		if c.Unit != "" {
			row.UnitName = named(names, c.Unit)
		}
		v.Channels = append(v.Channels, row)
	}
	if l, err := a.latest(ctx); err == nil {
		if q := l.Pack.Head.Reminders.Quiet; q.From != "" {
			v.Quiet = q.From + " 至次日 " + q.To
			if q.From < q.To {
				v.Quiet = q.From + " 至 " + q.To
			}
			if q.WorkdaysOnly {
				v.Quiet += "，以及非工作日"
			}
		}
		v.Missing = append(v.Missing, l.Pack.MissingYears()...)
	}
	return v, nil
}

func (a *API) outbox(api huma.API) {
	get(api, "list-outbox", "/outbox", "What was to leave the county, newest first, and what became of it", func(ctx context.Context, in *outboxQuery) (*body[OutboxView], error) {
		if _, err := need(ctx, duty.ReadOutbox); err != nil {
			return nil, a.fail(err)
		}
		v := OutboxView{}
		p, err := a.outboxPage(ctx, in)
		if err == nil {
			v.Counts, err = message.OutboxCounts(ctx, a.DB, a.County)
		}
		v.Rows, v.Next = p.Rows, p.Next
		return answer(v), a.fail(err)
	})
	settle := func(id, path, summary, action string, do func(ctx context.Context, id, person string) error) {
		post(api, id, path, summary, func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64"`
		}) (*body[none], error) {
			by, err := need(ctx, duty.ReadOutbox)
			if err != nil {
				return nil, a.fail(err)
			}
			if err := do(ctx, in.ID, by.Person); err != nil {
				return nil, a.fail(err)
			}
			return answer(none{}), a.fail(a.noted(ctx, action, in.ID, ""))
		})
	}
	settle("send-again", "/outbox/{id}/again", "Send what failed or was held, from the first try on", "outbox.again", func(ctx context.Context, id, person string) error { return a.Carrier.Again(ctx, id, person) })
	settle("stop-sending", "/outbox/{id}/stop", "Do not send what waits or failed", "outbox.stop", func(ctx context.Context, id, person string) error { return a.Carrier.Stop(ctx, id, person) })
}

func (a *API) outboxPage(ctx context.Context, in *outboxQuery) (Page[OutgoingRow], error) {
	p := Page[OutgoingRow]{Rows: []OutgoingRow{}}
	f := message.OutboxFilter{State: in.State, Channel: in.Channel, After: in.After, Limit: in.Limit}
	if in.Day != "" {
		at, ok := clock.At(in.Day, "00:00")
		if !ok {
			return p, errs.New(errs.Invalid, "outbox.day", "日期不对，请重新选择。")
		}
		f.From = at
		f.To, _ = clock.At(clock.AddDays(in.Day, 1), "00:00")
	}
	list, next, err := message.Outbox(ctx, a.DB, a.County, f)
	if err != nil {
		return p, err
	}
	_, names, err := a.unitNames(ctx)
	if err != nil {
		return p, err
	}
	persons := []string{}
	for _, o := range list {
		persons = append(persons, o.SettledBy)
	}
	who, err := duty.PersonNames(ctx, a.DB, a.County, persons)
	if err != nil {
		return p, err
	}
	for _, o := range list {
		row := OutgoingRow{ID: o.ID, Channel: o.Channel, ChannelName: o.ChannelName, KindName: message.KindNames[o.ChannelKind], UnitName: "全县", Test: o.Message == 0, Say: o.Say, State: o.State,
			StateName: message.StateNames[o.State], MadeAt: o.MadeAt, Attempts: o.Attempts, NextAt: o.NextAt, SentAt: o.SentAt, LastError: o.LastError, SettledBy: who[o.SettledBy], Acts: []string{}}
		if o.Unit != "" {
			row.UnitName = named(names, o.Unit)
		}
		if o.State == message.Failed || o.State == message.Held {
			row.Acts = append(row.Acts, "again")
		}
		if o.State == message.Failed || o.State == message.Waiting {
			row.Acts = append(row.Acts, "stop")
		}
		p.Rows = append(p.Rows, row)
	}
	p.Next = next
	return p, nil
}

func (a *API) exportOutbox(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadOutbox) {
		return "", nil, duty.ErrForbidden
	}
	in := &outboxQuery{State: q.Get("state"), Channel: q.Get("channel"), Day: q.Get("day"), Limit: exportPage}
	first, err := a.outboxPage(ctx, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"时间", "渠道", "单位", "内容", "状态", "已试次数", "下次发送", "发出时间", "没有发出的原因", "经办人"}
	return "发送记录_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "发送记录", heading, first, func(after string) (Page[OutgoingRow], error) {
			in.After = after
			return a.outboxPage(ctx, in)
		}, func(r OutgoingRow) []workbook.Value {
			name := strings.TrimSpace(r.ChannelName + " " + r.KindName)
			return []workbook.Value{workbook.Text(clock.Text(r.MadeAt)), workbook.Text(name), workbook.Text(r.UnitName), workbook.Text(r.Say), workbook.Text(r.StateName), workbook.Int(r.Attempts),
				workbook.Text(textOrNone(r.NextAt)), workbook.Text(textOrNone(r.SentAt)), workbook.Text(r.LastError), workbook.Text(r.SettledBy)}
		})
	}, nil
}

func (a *API) exportMessages(ctx context.Context, _ duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	in := &inboxQuery{State: q.Get("state"), Limit: exportPage}
	first, err := a.inbox(ctx, in)
	if err != nil {
		return "", nil, err
	}
	return "消息_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "消息", []string{"时间", "标题", "内容", "状态"}, first, func(after string) (Page[MessageRow], error) {
			in.After = after
			return a.inbox(ctx, in)
		}, func(r MessageRow) []workbook.Value {
			state := "未读"
			if r.Read {
				state = "已读"
			}
			return []workbook.Value{workbook.Text(clock.Text(r.At)), workbook.Text(r.Title), workbook.Text(r.Say), workbook.Text(state)}
		})
	}, nil
}

// textOrNone prints an instant, or nothing for 0.
func textOrNone(ms int64) string {
	if ms == 0 {
		return ""
	}
	return clock.Text(ms)
}
