package server

import (
	"context"
	"maps"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// AreasLaid tells what became of a division list. Kept are places that the counties ended (merged away) and the list still
// has; Unlisted are places in force that the list does not have: both stay as they were.
type AreasLaid struct {
	Counties, Townships, Villages int
	Acts, Written                 int
	Kept, Unlisted                int
}

// areasInAct bounds the places that one act adopts: an act has a greatest size.
const areasInAct = 2000

// LayAreas enters a division list: each county's new and renamed places are adopted by an act of the system in that
// county's own log. Doing it again changes nothing; broken off, it is simply done again.
func (c *County) LayAreas(ctx context.Context, list map[string][]duty.Area, progress func(phase string, done, total int)) (*AreasLaid, error) {
	out := &AreasLaid{Counties: len(list)}
	for n, county := range slices.Sorted(maps.Keys(list)) {
		for _, a := range list[county] {
			switch a.Level {
			case duty.LevelTownship:
				out.Townships++
			case duty.LevelVillage:
				out.Villages++
			}
		}
		if err := c.layCounty(ctx, county, list[county], out); err != nil {
			return out, err
		}
		progress("导入区划", n+1, len(list))
	}
	return out, nil
}

// layCounty enters one county's places through a lane of its own; this county's is running already.
func (c *County) layCounty(ctx context.Context, county string, list []duty.Area, out *AreasLaid) error {
	fresh, err := unlaid(ctx, c.DB, county, list, out)
	if err != nil || len(fresh) == 0 {
		return err
	}
	lane := c.Lane
	if county != c.Code {
		lane = act.NewLane(act.Options{County: county, DB: c.DB, Clock: c.Clock, Keys: c.Keys, Kinds: duty.Kinds(), CutOff: campaign.NewBook(county).CutOff})
		defer lane.Close()
	}
	head, err := act.ReadHead(ctx, c.DB, county)
	if err != nil {
		return err
	}
	var subs []act.Submission
	for part := range slices.Chunk(fresh, areasInAct) {
		body := duty.AdoptBody(part)
		hash, err := canon.Hash(body)
		if err != nil {
			return err
		}
		// What changed back and forth is adopted again: the same list at another size of the log is another act.
		id := ident.Derive("areas/"+county, hash+"/"+canon.HashBytes(head.Root[:]))
		subs = append(subs, act.Submission{Act: &act.Act{ID: id, County: county, Kind: duty.KindAdopt, Subject: county, Actor: act.System, Post: act.System, DeviceAt: c.Clock.Now(), Body: body}})
	}
	answers, err := lane.Submit(ctx, act.System, subs...)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Outcome == act.Refused {
			return errs.New(errs.Conflict, a.Code, a.Reason)
		}
	}
	out.Acts, out.Written = out.Acts+len(subs), out.Written+len(fresh)
	return nil
}

// unlaid returns the places of a list that the county has not, or has under another name.
func unlaid(ctx context.Context, r database.Reader, county string, list []duty.Area, out *AreasLaid) ([]duty.Area, error) {
	all, err := duty.AllAreas(ctx, r, county)
	if err != nil {
		return nil, err
	}
	force, err := duty.Areas(ctx, r, county, duty.Everything(county))
	if err != nil {
		return nil, err
	}
	known, inForce := make(map[string]duty.Area, len(all)), make(map[string]bool, len(force))
	for _, a := range all {
		known[a.Code] = a
	}
	for _, a := range force {
		inForce[a.Code] = a.Level != duty.LevelGroup
	}
	var fresh []duty.Area
	for _, a := range list {
		old, ok := known[a.Code]
		switch {
		case !ok:
			fresh = append(fresh, a)
		case !inForce[a.Code]:
			out.Kept++
		case old.Name != a.Name || (a.Short != a.Name && old.Short != a.Short): // a list without short names leaves ours
			fresh = append(fresh, a)
		}
		delete(inForce, a.Code)
	}
	for _, counts := range inForce {
		if counts {
			out.Unlisted++
		}
	}
	return fresh, nil
}
