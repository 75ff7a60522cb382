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
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// Kinds of unit (design §5).
const (
	UnitOffice     = "office"
	UnitDepartment = "department"
	UnitTownship   = "township"
	UnitVillage    = "village"
	UnitTeam       = "supervision"
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
			kind = UnitDepartment
		}
		out = append(out, duty.Unit{ID: u.Code, Kind: kind, Name: u.Name, Area: county})
	}
	for _, a := range areas {
		switch a.Level {
		case duty.LevelTownship:
			out = append(out, duty.Unit{ID: a.Code, Kind: UnitTownship, Name: a.Name, Area: a.Code})
		case duty.LevelVillage:
			out = append(out, duty.Unit{ID: a.Code, Kind: UnitVillage, Name: a.Name, Area: a.Code})
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

// FirstAccount makes the set-up account of a county that has none and returns its login and
// password, which are shown once; "" when there are accounts already.
func (c *County) FirstAccount(ctx context.Context) (login, password string, err error) {
	release, err := c.DB.Alone(ctx, openLock)
	if err != nil {
		return "", "", err
	}
	defer release()
	empty, err := c.Accounts.Empty(ctx)
	if err != nil || !empty {
		return "", "", err
	}
	office := duty.Unit{ID: UnitOffice, Kind: UnitOffice}
	person := ident.Derive("set-up/"+c.Code, "person")
	post := duty.NewPost(person, "初始账号", office, "县巩固办（初始）", c.Code, duty.Office)
	if err := c.OpenPosts(ctx, "first", []duty.Post{post}); err != nil {
		return "", "", err
	}
	login, password = "admin", account.NewPassword()
	return login, password, c.Accounts.Open(ctx, person, login, password)
}
