package synth

// VillageFacts are what is known of a village, under the pack's fact codes: counts of its
// own households and people, and what a village reports of itself. Most villages meet what is asked of
// them; about one in twelve does not in some point. Nil when there is no such village.
func (c *County) VillageFacts(village string) []Answer {
	i, ok := c.at[village]
	if !ok {
		return nil
	}
	v := &c.villages[i]
	var people, lifted, monitored, thirsty, unsafe int64
	for h := range c.HouseholdsIn(village) {
		people += int64(len(h.Members))
		lifted += int64(b2u(h.lifted()))
		monitored += int64(b2u(h.Monitor.Kind != ""))
		thirsty += int64(b2u(h.Home.Water == No))
		unsafe += int64(b2u(h.unsafeHouse()))
	}
	d := newDraw(v.seed, streamVillage)
	cleaners := people*2/1000 + int64(d.between(1, 4))
	if d.chance(25_000) {
		cleaners = max(people*2/1000-1, 0)
	}
	income := int64(d.between(52, 190)) * 1000 * yuan
	if d.chance(30_000) {
		income = int64(d.between(22, 49)) * 1000 * yuan
	}
	out := []Answer{
		{"population", people}, {"households", int64(v.Households)}, {"lifted_households", lifted}, {"monitored_households", monitored},
		{"unsafe_water_households", thirsty}, {"unsafe_house_households", unsafe}, {"cleaners", cleaners}, {"collective_income", income},
	}
	for _, code := range []string{"accounts_clear", "feature_industry", "rubbish", "tidy_village", "road_hard", "clinic", "culture_centre", "public_toilet", "practice_station"} {
		out = append(out, Answer{code, !d.chance(6_000)})
	}
	return out
}
