package demo

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
)

// roles are the demonstration's sign-ins, one per role; area picks the example place.
var roles = []struct {
	key, login, role, name, unit, kind, title string
	duties                                    []duty.Duty
	level                                     string
}{
	{"office", "xian", "县巩固办", "王建设", "office", duty.UnitOffice, "县巩固办综合股", []duty.Duty{duty.Office}, duty.LevelCounty},
	{"leader", "lingdao", "县领导", "李国栋", "office", duty.UnitOffice, "分管副县长", []duty.Duty{duty.Leader}, duty.LevelCounty},
	{"township", "xiangzhen", "乡镇", "张翠兰", "", duty.UnitTownship, "乡镇巩固办录入员", []duty.Duty{duty.Township}, duty.LevelTownship},
	{"village", "cun", "村干部", "刘大山", "", duty.UnitVillage, "村支部书记", []duty.Duty{duty.Village}, duty.LevelVillage},
	{"department", "bumen", "县直部门", "陈水清", "water", duty.UnitDepartment, "县水利局联络员", []duty.Duty{duty.Department}, duty.LevelCounty},
	{"supervisor", "dudao", "督导组", "赵正", "team-1", duty.UnitSupervision, "第一督导组", []duty.Duty{duty.Supervisor}, duty.LevelTownship},
	{"sysadmin", "xitong", "系统管理员", "孙运维", "office", duty.UnitOffice, "系统管理员", []duty.Duty{duty.SysAdmin}, duty.LevelCounty},
	{"secadmin", "anquan", "安全管理员", "周守正", "office", duty.UnitOffice, "安全管理员", []duty.Duty{duty.SecAdmin}, duty.LevelCounty},
	{"auditor", "shenji", "审计员", "吴明察", "office", duty.UnitOffice, "安全审计员", []duty.Duty{duty.Auditor}, duty.LevelCounty},
}

// staff opens the posts of the roles and of every village's inspectors, and the roles' accounts.
func (p *player) staff(ctx context.Context) error {
	villages := p.synth.Villages()
	example := villages[0]
	for _, v := range villages {
		if v.Households > example.Households {
			example = v
		}
	}
	team := duty.Unit{ID: "team-1", Kind: duty.UnitSupervision, Name: "第一督导组", Area: p.county.Code}
	if _, err := p.county.System(ctx, &act.Act{ID: ident.Derive("demo", "team"), Kind: duty.KindFound, Subject: p.county.Code, Body: duty.FoundBody([]duty.Unit{team})}); err != nil {
		return err
	}
	var posts []duty.Post
	for _, r := range roles {
		area, where := p.county.Code, "全县"
		switch r.level {
		case duty.LevelTownship:
			area, where = example.Township.Code, example.Township.Name
		case duty.LevelVillage:
			area, where = example.Code, example.Township.Name+example.Name
		}
		unit := r.unit
		if unit == "" {
			unit = area
		}
		person := ident.Derive(fmt.Sprintf("demo/%d", p.o.Seed), "person/"+r.key)
		post := duty.NewPost(person, r.name, duty.Unit{ID: unit}, r.title, area, r.duties...)
		posts = append(posts, post)
		p.people[r.key] = post
		if err := p.county.Accounts.Open(ctx, person, r.login, Password); err != nil {
			return err
		}
		if err := p.county.Accounts.Name(ctx, person, r.name); err != nil {
			return err
		}
		p.state.Accounts = append(p.state.Accounts, Account{r.role, r.login, r.name, where})
	}
	if err := p.county.OpenPosts(ctx, "roles", posts); err != nil {
		return err
	}
	return p.inspectors(ctx)
}

func (p *player) inspectors(ctx context.Context) error {
	byTownship := map[string][]duty.Post{}
	for _, v := range p.synth.Villages() {
		for _, i := range p.synth.Inspectors(v.Code) {
			person := ident.Derive(fmt.Sprintf("demo/%d", p.o.Seed), fmt.Sprintf("inspector/%s/%d", v.Code, i.N))
			post := duty.NewPost(person, i.Name, duty.Unit{ID: v.Code}, i.Title, v.Code, duty.Inspector)
			p.people[fmt.Sprintf("%s/%d", v.Code, i.N)] = post
			p.villagers = append(p.villagers, i.Name)
			byTownship[v.Township.Code] = append(byTownship[v.Township.Code], post)
		}
	}
	for _, t := range p.synth.Townships() {
		if err := p.county.OpenPosts(ctx, t.Code, byTownship[t.Code]); err != nil {
			return err
		}
	}
	return nil
}

// crew opens what the rectification needs beside the roles: one who answers for every department and township. The villages'
// inspectors mend what their township is ordered to.
func (p *player) crew(ctx context.Context) error {
	var posts []duty.Post
	for _, r := range roles {
		if post := p.people[r.key]; r.key == "office" || r.key == "township" || r.key == "department" {
			p.people["unit/"+post.Unit] = post
		}
	}
	add := func(unit, title, area string, d duty.Duty) {
		if p.people["unit/"+unit].ID != "" {
			return
		}
		person := ident.Derive(fmt.Sprintf("demo/%d", p.o.Seed), "answers/"+unit)
		post := duty.NewPost(person, p.villagers[len(posts)%len(p.villagers)], duty.Unit{ID: unit}, title, area, d)
		p.people["unit/"+unit] = post
		posts = append(posts, post)
	}
	for _, u := range p.pack.Units {
		if u.Kind == duty.UnitDepartment {
			add(u.Code, "联络员", p.county.Code, duty.Department)
		}
	}
	for _, t := range p.synth.Townships() {
		add(t.Code, "乡镇巩固办主任", t.Code, duty.Township)
	}
	teams, err := p.teams(ctx)
	if err != nil {
		return err
	}
	return p.county.OpenPosts(ctx, "rectify", append(posts, teams...))
}

// teamNames are the supervision teams; the first is a role's.
var teamNames = []string{"第一督导组", "第二督导组", "第三督导组", "第四督导组", "第五督导组", "第六督导组", "第七督导组", "第八督导组"}

// teams founds the other supervision teams and gives every township to one of them.
func (p *player) teams(ctx context.Context) ([]duty.Post, error) {
	mine := p.people["supervisor"]
	p.people["team/"+mine.Area] = mine
	var units []duty.Unit
	for i, name := range teamNames[1:] {
		units = append(units, duty.Unit{ID: fmt.Sprintf("team-%d", i+2), Kind: duty.UnitSupervision, Name: name, Area: p.county.Code})
	}
	if _, err := p.county.System(ctx, &act.Act{ID: ident.Derive("demo", "teams"), Kind: duty.KindFound, Subject: p.county.Code, Body: duty.FoundBody(units)}); err != nil {
		return nil, err
	}
	var posts []duty.Post
	for i, t := range p.synth.Townships() {
		if t.Code == mine.Area {
			continue
		}
		u := units[i%len(units)]
		person := ident.Derive(fmt.Sprintf("demo/%d", p.o.Seed), "supervises/"+u.ID)
		post := duty.NewPost(person, p.villagers[(i%len(units))*7%len(p.villagers)], u, u.Name+"（"+t.Name+"）", t.Code, duty.Supervisor)
		p.people["team/"+t.Code] = post
		posts = append(posts, post)
	}
	return posts, nil
}

// byPost is who holds a post; the zero Post for none of the demonstration's.
func (p *player) byPost(id string) duty.Post {
	if p.posts == nil {
		p.posts = map[string]duty.Post{}
		for _, x := range p.people {
			p.posts[x.ID] = x
		}
	}
	return p.posts[id]
}

// watch waits until an import has left a state, showing how far it is.
func (p *player) watch(ctx context.Context, by duty.Actor, id, phase, state string) error {
	for {
		im, err := p.county.Desk.Get(ctx, by, id)
		if err != nil {
			return err
		}
		if im.State != state {
			if im.Failure != "" {
				return fmt.Errorf("%s：%s", phase, im.Failure)
			}
			return nil
		}
		p.o.Progress(phase, int(im.Done), int(im.Total))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(30 * time.Millisecond):
		}
	}
}

func (p *player) head(ctx context.Context) error {
	h, err := act.ReadHead(ctx, p.county.DB, p.county.Code)
	if err != nil {
		return err
	}
	p.state.LogSize, p.state.LogRoot = h.Size, hex.EncodeToString(h.Root[:])
	return nil
}
