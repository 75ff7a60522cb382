package server

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// ReadAreas reads a division list: code, name, short, level, parent.
func ReadAreas(pk fs.FS) ([]duty.Area, error) {
	f, err := pk.Open("areas.csv")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("areas.csv: %w", err)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[h] = i
	}
	out := make([]duty.Area, 0, len(rows)-1)
	for _, r := range rows[1:] {
		out = append(out, duty.Area{Code: r[col["code"]], Name: r[col["name"]], Short: r[col["short"]], Level: r[col["level"]], Parent: r[col["parent"]]})
	}
	return out, nil
}

// LoadPack reads a pack folder; its complaints are one error.
func LoadPack(pk fs.FS) (*pack.Pack, error) {
	p, complaints := assess.Lint(pk)
	if len(complaints) > 0 {
		return nil, fmt.Errorf("方案包有 %d 处错误，第一处：%s；请运行 gonggu pack lint 查看全部", len(complaints), complaints[0])
	}
	return p, nil
}

// SetUp gives an empty county its places, units and pack. Doing it again changes nothing.
func (c *County) SetUp(ctx context.Context, pk fs.FS) (*pack.Pack, error) {
	p, err := LoadPack(pk)
	if err != nil {
		return nil, err
	}
	areas, err := ReadAreas(pk)
	if err != nil {
		return nil, err
	}
	install, err := campaign.InstallBody(p)
	if err != nil {
		return nil, err
	}
	release, err := c.DB.Alone(ctx, openLock)
	if err != nil {
		return nil, err
	}
	defer release()
	steps := []struct {
		kind string
		body canon.Object
	}{{act.KindEnrol, act.EnrolBody(c.Verifier)}, {duty.KindAdopt, duty.AdoptBody(areas)}, {duty.KindFound, duty.FoundBody(units(c.Code, areas, p))}, {campaign.KindInstall, install}}
	for _, s := range steps {
		hash, err := canon.Hash(s.body)
		if err != nil {
			return nil, err
		}
		id := ident.Derive("set-up/"+c.Code, s.kind+"/"+hash)
		if done, err := act.ByID(ctx, c.DB, c.Code, id); err == nil && done != nil {
			continue
		}
		if _, err := c.System(ctx, &act.Act{ID: id, Kind: s.kind, Subject: c.Code, Body: s.body}); err != nil {
			return nil, fmt.Errorf("%s: %w", s.kind, err)
		}
	}
	return p, nil
}

func units(county string, areas []duty.Area, p *pack.Pack) []duty.Unit {
	var out []duty.Unit
	for _, u := range p.Units {
		kind := u.Kind
		if kind == "" {
			kind = duty.UnitDepartment
		}
		out = append(out, duty.Unit{ID: u.Code, Kind: kind, Name: u.Name, Area: county})
	}
	for _, a := range areas {
		switch a.Level {
		case duty.LevelTownship:
			out = append(out, duty.Unit{ID: a.Code, Kind: duty.UnitTownship, Name: a.Name, Area: a.Code})
		case duty.LevelVillage:
			out = append(out, duty.Unit{ID: a.Code, Kind: duty.UnitVillage, Name: a.Name, Area: a.Code})
		}
	}
	return out
}

// OpenCampaign opens the campaign with the days that the pack proposes, unless one is open.
func (c *County) OpenCampaign(ctx context.Context, p *pack.Pack) error {
	if _, err := c.Book.InForce(ctx, c.DB); err == nil {
		return nil
	}
	_, err := c.System(ctx, &act.Act{ID: ident.Derive("set-up/"+c.Code, campaign.KindOpen), Kind: campaign.KindOpen, Subject: c.Code, Pack: p.Digest(), Body: campaign.OpenBody(p)})
	return err
}

// OpenPosts opens posts, each with an act of its own batch.
func (c *County) OpenPosts(ctx context.Context, name string, posts []duty.Post) error {
	_, err := c.System(ctx, &act.Act{ID: ident.Derive("set-up/"+c.Code, "posts/"+name), Kind: duty.KindPost, Subject: c.Code, Body: duty.PostBody(posts)})
	return err
}

// First is an account made on the first start, with its one-time password.
type First struct{ Role, Login, Password string }

// firsts are the accounts without which nobody could make others: the county office and the three
// officers, who are three people.
var firsts = []struct {
	key, login, role, title string
	duty                    duty.Duty
}{
	{"person", "admin", "县巩固办", "县巩固办（初始）", duty.Office},
	{"sysadmin", "xitong", "系统管理员", "系统管理员", duty.SysAdmin},
	{"secadmin", "anquan", "安全管理员", "安全管理员", duty.SecAdmin},
	{"auditor", "shenji", "审计员", "安全审计员", duty.Auditor},
}

// FirstAccounts makes the set-up accounts of a county and returns those that it made; their passwords are
// shown once and must be changed. An officer who is there already, or whose login is taken, is left alone.
func (c *County) FirstAccounts(ctx context.Context) ([]First, error) {
	release, err := c.DB.Alone(ctx, openLock)
	if err != nil {
		return nil, err
	}
	defer release()
	empty, err := c.Accounts.Empty(ctx)
	if err != nil {
		return nil, err
	}
	var out []First
	for _, f := range firsts {
		if f.duty == duty.Office && !empty {
			continue
		}
		made, err := c.firstAccount(ctx, f.key, f.login, f.role, f.title, f.duty)
		if err != nil {
			return nil, err
		}
		if made != nil {
			out = append(out, *made)
		}
	}
	return out, nil
}

func (c *County) firstAccount(ctx context.Context, key, login, role, title string, d duty.Duty) (*First, error) {
	held, _, err := duty.People(ctx, c.DB, c.Code, duty.Everything(c.Code), duty.PeopleFilter{Duty: string(d), State: "open", Limit: 1})
	if err != nil || len(held) > 0 {
		return nil, err
	}
	person := ident.Derive("set-up/"+c.Code, key)
	password := account.NewPassword()
	err = c.Accounts.Add(ctx, []account.New{{Person: person, Name: "初始" + role, Login: login, Password: password}}, nil)
	if errs.Code(err) == "account.login_taken" {
		was, err := c.Accounts.ByLogin(ctx, login)
		if err != nil || was.Person != person {
			return nil, err
		}
		// A start that was cut short left the account without its post, and its password unseen.
		if password, err = c.Accounts.Reset(ctx, person); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	post := duty.NewPost(person, "初始"+role, duty.Unit{ID: duty.UnitOffice, Kind: duty.UnitOffice}, title, c.Code, d)
	name := "first"
	if key != "person" {
		name += "/" + key
	}
	return &First{role, login, password}, c.OpenPosts(ctx, name, []duty.Post{post})
}
