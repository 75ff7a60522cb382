package synth

// fact is one value that the record holds, under the pack's code for it.
type fact[T any] struct {
	code string
	// value is nil when the record has none.
	value func(x *T) any
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func boolean(s string) any {
	if s == "" {
		return nil
	}
	return s == Yes
}

// coded gives the code of a name in a list.
func coded(list, name string) any {
	if name == "" {
		return nil
	}
	if c, ok := codes[list][name]; ok {
		return c
	}
	panic("synth: " + list + " has no " + name)
}

func codedAll(list string, names []string) any {
	if len(names) == 0 {
		return nil
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = coded(list, n).(string)
	}
	return out
}

func number(n int) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

// householdFacts are what the export says of a household, by fact code.
var householdFacts = append([]fact[Household]{
	{"head_id", func(h *Household) any { return text(h.Head().IDNumber) }},
	{"phone", func(h *Household) any { return text(h.Phone) }},
	{"size", func(h *Household) any { return int64(len(h.Members)) }},
	{"kind", func(h *Household) any { return coded("household_kind", h.Kind) }},
	{"lifted_year", func(h *Household) any { return number(h.LiftedYear) }},
	{"identified_month", func(h *Household) any { return text(h.Identified) }},
	{"military", func(h *Household) any { return boolean(h.Military) }},
	{"resettled", func(h *Household) any { return boolean(h.Place.Resettled) }},
	{"bank_name", func(h *Household) any { return text(h.Bank) }},
	{"bank_account", func(h *Household) any { return text(h.Account) }},
	{"monitor_kind", func(h *Household) any { return coded("monitor_kind", h.Monitor.Kind) }},
	{"risks", func(h *Household) any { return codedAll("risk", h.Monitor.Risks) }},
	{"disaster_kind", func(h *Household) any { return coded("disaster", h.Monitor.Disaster) }},
	{"watch_month", func(h *Household) any { return text(h.Monitor.Enrolled) }},
	{"risk_cleared", func(h *Household) any { return boolean(h.Monitor.Cleared) }},
	{"clear_way", func(h *Household) any { return coded("clear_way", h.Monitor.ClearedWay) }},
	{"clear_month", func(h *Household) any { return text(h.Monitor.ClearedIn) }},
	{"no_labour", func(h *Household) any { return boolean(h.Monitor.NoLabour) }},
	{"develop", func(h *Household) any { return coded("develop", h.Monitor.Develop) }},
	{"contact_name", func(h *Household) any { return text(h.Monitor.Contact) }},
	{"contact_phone", func(h *Household) any { return text(h.Monitor.ContactTo) }},
	{"helper_name", func(h *Household) any { return text(h.Helper.Name) }},
	{"helper_unit", func(h *Household) any { return text(h.Helper.Unit) }},
	{"helper_phone", func(h *Household) any { return text(h.Helper.Phone) }},
	{"helper_from", func(h *Household) any {
		if h.Helper.Since == "" {
			return nil
		}
		return h.Helper.Since[:7]
	}},
	{"income_wage", func(h *Household) any { return h.Income.Wage }},
	{"income_business", func(h *Household) any { return h.Income.Business }},
	{"income_property", func(h *Household) any { return h.Income.Property }},
	{"income_transfer", func(h *Household) any { return h.Income.Transfer }},
	{"expense_business", func(h *Household) any { return h.Income.Expense }},
	{"income_net_reported", func(h *Household) any { return h.Income.Net() }},
	{"income_head_reported", func(h *Household) any { return h.PerHead() }},
	{"claim_income", func(h *Household) any { return h.Income.Claims }},
	{"selfpaid_expense", func(h *Household) any { return h.Income.SelfPaid }},
	{"house_danger", func(h *Household) any {
		if h.Home.Grade == "" {
			return nil
		}
		return h.unsafeHouse()
	}},
	{"house_grade", func(h *Household) any { return coded("house_grade", h.Home.Grade) }},
	{"house_area", func(h *Household) any { return int64(h.Home.Area) * 100 }},
	{"water_safe", func(h *Household) any { return boolean(h.Home.Water) }},
	{"dropout_reported", func(*Household) any { return false }},
	{"uninsured_reported", func(h *Household) any { return h.uninsured() > 0 }},
	{"land", func(h *Household) any { return int64(h.Land.Arable) }},
	{"forest", func(h *Household) any { return int64(h.Land.Forest) }},
	{"orchard", func(h *Household) any { return int64(h.Land.Orchard) }},
	{"pasture", func(h *Household) any { return int64(h.Land.Pasture) }},
	{"pond", func(h *Household) any { return int64(h.Land.Water) }},
	{"returned_land", func(h *Household) any { return int64(h.Land.Returned) }},
	{"road_type", func(h *Household) any { return coded("road_type", h.Home.Road) }},
	{"road_hard", func(h *Household) any { return boolean(h.Home.Hard) }},
	{"road_distance", func(h *Household) any { return int64(h.Home.Distance) }},
	{"electricity", func(h *Household) any { return boolean(h.Home.Power) }},
	{"broadcast", func(h *Household) any { return boolean(h.Home.Television) }},
	{"toilet", func(h *Household) any { return boolean(h.Home.Toilet) }},
	{"toilet_works", func(h *Household) any { return boolean(h.Home.Works) }},
	{"fuel", func(h *Household) any { return coded("fuel", h.Home.Fuel) }},
	{"coop", func(h *Household) any { return boolean(h.Home.Coop) }},
	{"firm_led", func(h *Household) any { return boolean(h.Home.Dragon) }},
	{"leader_led", func(h *Household) any { return boolean(h.Home.Pioneer) }},
}, measureFacts()...)

// measureLists are the lists, and the facts, of MeasureNames.
var measureLists = [measureCount]string{
	"aid_industry", "aid_job", "aid_finance", "aid_post", "aid_house", "aid_water", "aid_health",
	"aid_compulsory", "aid_education", "aid_welfare", "aid_social", "aid_move", "aid_living", "aid_infra",
}

func measureFacts() []fact[Household] {
	var out []fact[Household]
	for i, list := range measureLists {
		out = append(out, fact[Household]{list, func(h *Household) any { return codedAll(list, h.Measures[i]) }})
	}
	return out
}

// personFacts are what the export says of a person, by fact code.
var personFacts = []fact[Person]{
	{"id_kind", func(p *Person) any { return coded("id_kind", p.IDKind) }},
	{"id_number", func(p *Person) any { return text(p.IDNumber) }},
	{"relation", func(p *Person) any { return coded("relation", p.Relation) }},
	{"sex", func(p *Person) any { return coded("sex", sex(p.Female)) }},
	{"birth", func(p *Person) any { return text(p.Birth) }},
	{"nation", func(p *Person) any { return coded("nation", p.Nation) }},
	{"political", func(p *Person) any { return coded("political", p.Political) }},
	{"phone", func(p *Person) any { return text(p.Phone) }},
	{"state", func(p *Person) any { return coded("person_state", p.State) }},
	{"joined_month", func(p *Person) any { return text(p.Identified) }},
	{"resettled", func(p *Person) any { return boolean(p.Relocated) }},
	{"education", func(p *Person) any { return coded("education", p.Education) }},
	{"school", func(p *Person) any { return coded("school", p.School) }},
	{"drop_reason", func(p *Person) any { return coded("drop_reason", p.DropReason) }},
	{"mandarin", func(p *Person) any { return boolean(p.Mandarin) }},
	{"health", func(p *Person) any { return codedAll("health", p.Health) }},
	{"disability_kind", func(p *Person) any { return coded("disability_kind", p.Disability) }},
	{"disability_level", func(p *Person) any { return coded("disability_level", p.DisabilityLevel) }},
	{"disability_card_year", func(p *Person) any { return number(p.CertificateYear) }},
	{"ins_resident", func(p *Person) any { return boolean(p.MedicalResident) }},
	{"ins_employee", func(p *Person) any { return boolean(p.MedicalEmployee) }},
	{"ins_major", func(p *Person) any { return boolean(p.MedicalSerious) }},
	{"ins_commercial", func(p *Person) any { return boolean(p.MedicalExtra) }},
	{"medical_aid", func(p *Person) any { return boolean(p.MedicalAid) }},
	{"pension_resident", func(p *Person) any { return boolean(p.PensionResident) }},
	{"pension_employee", func(p *Person) any { return boolean(p.PensionEmployee) }},
	{"low_aid", func(p *Person) any { return coded("low_aid", p.LowAid) }},
	{"destitute_aid", func(p *Person) any { return coded("destitute_aid", p.DestituteAid) }},
	{"labour", func(p *Person) any { return coded("labour", p.Labour) }},
	{"work_place", func(p *Person) any { return text(p.Work.Place) }},
	{"work_months", func(p *Person) any { return number(p.Work.Months) }},
	{"work_from", func(p *Person) any { return text(p.Work.From) }},
	{"work_to", func(p *Person) any { return text(p.Work.To) }},
	{"work_firm", func(p *Person) any { return text(p.Work.Employer) }},
	{"work_trade", func(p *Person) any { return text(p.Work.Industry) }},
	{"work_wage", func(p *Person) any { return number(int(p.Work.Wage)) }},
	{"work_channel", func(p *Person) any { return coded("work_channel", p.Work.Channel) }},
	{"work_abroad", func(p *Person) any { return boolean(p.Work.Abroad) }},
	{"transported", func(p *Person) any { return boolean(p.Work.PointToPoint) }},
	{"travel_subsidy", func(p *Person) any { return number(int(p.Work.Travel)) }},
	{"public_post", func(p *Person) any { return text(p.Post) }},
	{"public_post_months", func(p *Person) any { return number(p.PostMonths) }},
}
