package task

import (
	"context"

	"gonggu/internal/database"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
)

// Coverage is how far the households of a place are inspected: Households = Inspected + Missed + Left, each household in one of the three.
type Coverage struct {
	Area       string
	Households int64
	Inspected  int64
	Missed     int64
	Reasons    map[string]int64 // Missed by the pack's code
	Left       int64
	Unowned    int64 // nobody answers for them
}

// Add adds the counts of another place.
func (c *Coverage) Add(o Coverage) {
	c.Households, c.Inspected, c.Missed, c.Left, c.Unowned = c.Households+o.Households, c.Inspected+o.Inspected, c.Missed+o.Missed, c.Left+o.Left, c.Unowned+o.Unowned
	if c.Reasons == nil {
		c.Reasons = map[string]int64{}
	}
	for k, n := range o.Reasons {
		c.Reasons[k] += n
	}
}

// Coverage returns the coverage of a village, township or the county, from the tallies.
func (m *Room) Coverage(ctx context.Context, r database.Reader, area string) (Coverage, error) {
	c := Coverage{Area: area, Reasons: map[string]int64{}}
	var owned int64
	for _, x := range []struct {
		measure string
		into    *int64
	}{{roster.MeasureHouseholds, &c.Households}, {roster.MeasureInspected, &c.Inspected}, {roster.MeasureOwned, &owned}} {
		var err error
		if *x.into, err = tally.Total(ctx, r, m.County, area, x.measure, ""); err != nil {
			return c, err
		}
	}
	missed, err := tally.Items(ctx, r, m.County, area, roster.MeasureMissed)
	if err != nil {
		return c, err
	}
	for reason, n := range missed {
		if reason == "" {
			c.Missed = n
		} else {
			c.Reasons[reason] = n
		}
	}
	c.Left, c.Unowned = c.Households-c.Inspected-c.Missed, c.Households-owned
	return c, nil
}

// Complete reports whether nothing is left to do: every household inspected, or the register itself
// to be corrected. again tells which reasons ask for another visit.
func (c Coverage) Complete(again func(reason string) bool) bool {
	if c.Households == 0 || c.Left > 0 {
		return false
	}
	for reason, n := range c.Reasons {
		if n > 0 && again(reason) {
			return false
		}
	}
	return true
}

// Shares returns who answers for the households of a village, township or the county, from the
// tallies, in the posts' order; what nobody answers for stands under "".
func (m *Room) Shares(ctx context.Context, r database.Reader, area string) ([]Share, error) {
	owned, err := tally.Items(ctx, r, m.County, area, roster.MeasureOwned)
	if err != nil {
		return nil, err
	}
	all, err := tally.Total(ctx, r, m.County, area, roster.MeasureHouseholds, "")
	if err != nil {
		return nil, err
	}
	var held []roster.Held
	for post, n := range owned {
		if post != "" {
			held = append(held, roster.Held{Post: post, Households: n})
		}
	}
	if rest := all - owned[""]; rest > 0 {
		held = append(held, roster.Held{Households: rest})
	}
	return SharesOf(held), nil
}
