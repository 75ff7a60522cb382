package pack

// Mark is where an element stands in its YAML file. The loader fills it in; it is never written by hand.
type Mark struct {
	File string
	Line int
	Col  int
	keys map[string]Pos
}

// Pos is a place in a pack's file; lines and columns count from 1, columns in characters.
type Pos struct {
	File string
	Line int
	Col  int
}

// Head is pack.yaml: what the notice fixes for the whole campaign.
//
// All `when`/`formula` expressions of a pack are CEL in the narrow profile, over these variables:
//
//	h      facts, derived values and sheet answers of the household (h.income_wage)
//	m      the list of its members, each with the person facts (m.exists(x, x.age < p.school_to))
//	me     the member in question; only in `of: person` rules and derived values and in `of: member` sections
//	v      facts of the village
//	p      parameters by code (p.poverty_line), those in force on `today`
//	today  the day, "2022-09-18"
//
// All numbers are doubles: write 16 or 16.0, the loader makes it 16.0. Money is in fen inside an expression
// (so compare it with a parameter, never with a literal), areas in hundredths, shares in ppm, days and months are text
// ("2022-09-15", "2022-09") and compare as text. Functions: size(x) (only this form), has(h.x), in, contains, startsWith,
// endsWith, exists, all, exists_one, filter, map, days(a, b) = b − a in days (a month counts as its first day), age_on(birth, day) in whole years,
// div(a, b) (÷0 is unknown; the operators / and % are refused). No indexing, no null, no other function.
type Head struct {
	Mark
	// ID is the folder's name ("shenqiu-2022"); Version is text, raised by hand ("1").
	ID      string `yaml:"id"`
	Version string `yaml:"version"`
	Title   string `yaml:"title"`
	// County is the 6-digit code; CountyName is "沈丘县".
	County     string `yaml:"county"`
	CountyName string `yaml:"county_name"`
	// Issuer is the organ that issued the notice; Number its document number, empty when it has none.
	Issuer string `yaml:"issuer"`
	Number string `yaml:"number,optional"`
	// Notes says in Chinese what was inferred rather than read (the year, for one).
	Notes []string `yaml:"notes,optional"`
	// Zone is an IANA zone name; CutOff is "18:00" in that zone.
	Zone   string `yaml:"zone"`
	CutOff string `yaml:"cut_off"`
	// VisitWeekday is 1 (Monday) to 7.
	VisitWeekday int     `yaml:"visit_weekday,optional"`
	Phases       []Phase `yaml:"phases"`
	Days         []Day   `yaml:"days,optional"`
	// Tiers says who may verify whose repair; OnSpot lists the items where 立行立改 is allowed.
	Tiers  []Tier   `yaml:"tiers,optional"`
	OnSpot []string `yaml:"on_spot,optional"`
	// DeclineLimit is how many times a unit may decline before the county office decides.
	DeclineLimit int       `yaml:"decline_limit,optional"`
	Loop         Loop      `yaml:"loop,optional"`
	Reminders    Reminding `yaml:"reminders,optional"`
	Clauses      []string  `yaml:"clauses,optional"`
}

// Loop is what the county sets for the rectification: who a problem goes to, where problems come from, how orders are named.
type Loop struct {
	Mark
	// Dispatch proposes the lead unit; the first rule that fits is taken, without one the item's lead unit.
	Dispatch []Dispatch `yaml:"dispatch,optional"`
	// Sources are where problems come from beside the inspection (考核、督查、审计、信访、舆情).
	Sources []Source `yaml:"sources,optional"`
	// Order says how orders are numbered: {year} and {n} stand for the year and the number.
	Order string `yaml:"order"`
	// Near is how many working days before its due day a problem turns yellow.
	Near int `yaml:"near"`
	// Similar is from which share of common two-character pairs (ppm) two texts are near.
	Similar int `yaml:"similar"`
	// Cluster is at how many households of a village the same finding may have one cause; 0 never.
	Cluster int `yaml:"cluster,optional"`
	// Wording is what orders say by themselves.
	Wording Wording  `yaml:"wording,optional"`
	Clauses []string `yaml:"clauses,optional"`
}

// Wording is the wording of orders (督办通知书): of a first one, and of a second one (再次督办).
type Wording struct {
	Mark
	First  OrderText `yaml:"first,optional"`
	Second OrderText `yaml:"second,optional"`
}

// OrderText is what an order is called, and what it says where its issuer says nothing else. Say may hold {unit}, {n} (how many problems),
// {until} (the limit); that of a second order also {orders} (by which they were ordered before), {limit} (by when they were due) and {left}
// (how long that is past).
type OrderText struct {
	Mark
	Title string `yaml:"title"`
	Say   string `yaml:"say,optional"`
}

// Dispatch is one rule of who leads. Lead and Helping are codes of units, or township and village for those of the place.
type Dispatch struct {
	Mark
	ID       string   `yaml:"id"`
	Items    []string `yaml:"items,optional"`
	Areas    []string `yaml:"areas,optional"`
	Lead     string   `yaml:"lead"`
	Helping  []string `yaml:"helping,optional"`
	Workdays int      `yaml:"workdays"`
	Clauses  []string `yaml:"clauses,optional"`
}

// Source is a kind of origin of problems. Since is the first year that is asked for.
type Source struct {
	Mark
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Since   int      `yaml:"since,optional"`
	Clauses []string `yaml:"clauses,optional"`
}

// Phase is a stage of the campaign; both days belong to it. An empty To is open-ended.
type Phase struct {
	Mark
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	From   string `yaml:"from"`
	To     string `yaml:"to,optional"`
	Clause string `yaml:"clause"`
	Note   string `yaml:"note,optional"`
	// Progress: the daily report shows the rectification from this phase on, until nothing is open.
	Progress bool `yaml:"progress,optional"`
}

// Day is a single dated limit of the notice. Inclusive: done on that very day is in time.
type Day struct {
	Mark
	ID        string `yaml:"id"`
	Name      string `yaml:"name"`
	On        string `yaml:"on"`
	Inclusive bool   `yaml:"inclusive"`
	Clause    string `yaml:"clause"`
	Note      string `yaml:"note,optional"`
}

// Tier says who verifies a repair made by a kind of unit, and who closes it.
// Kinds: village, township, department, team, helper, office, supervision.
type Tier struct {
	Mark
	RectifiedBy string   `yaml:"rectified_by"`
	VerifiedBy  []string `yaml:"verified_by"`
	ClosedBy    []string `yaml:"closed_by,optional"`
	Clauses     []string `yaml:"clauses,optional"`
}

// Clause is one atomic requirement of the notice (clauses.yaml: a list).
type Clause struct {
	Mark
	ID    string `yaml:"id"`
	Place string `yaml:"place"`
	Text  string `yaml:"text"`
	Kind  string `yaml:"kind"`
	// Data names what it reads (household, unit, loan …).
	Data []string `yaml:"data,optional"`
}

// Items is items.yaml: the blocks and the items of the task list.
type Items struct {
	Mark
	Blocks []Block `yaml:"blocks"`
	Items  []Item  `yaml:"items"`
}

// Block is one of the task list's parts ("3.1" 责任落实).
type Block struct {
	Mark
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

// Item is one line of the task list ("3.2.1" 教育).
type Item struct {
	Mark
	Code        string `yaml:"code"`
	Name        string `yaml:"name"`
	Block       string `yaml:"block"`
	Content     string `yaml:"content"`
	Requirement string `yaml:"requirement"`
	// Lead are unit codes of units.yaml.
	Lead    []string `yaml:"lead"`
	Helping []string `yaml:"helping,optional"`
	Clauses []string `yaml:"clauses"`
}

// Unit is a county department that items and rules name (units.yaml: a list).
type Unit struct {
	Mark
	Code string `yaml:"code"`
	Name string `yaml:"name"`
	// Kind: office, department.
	Kind    string   `yaml:"kind,optional"`
	Aliases []string `yaml:"aliases,optional"`
}

// Param is a number or day of the notice (params.yaml: a list). The same code may stand several times with periods that
// do not overlap; expressions see the one in force on `today`, and none in force is a missing fact.
type Param struct {
	Mark
	Code string `yaml:"code"`
	Name string `yaml:"name"`
	// Value is written as people write it: 6900 with unit yuan (compiled to fen), 3.5 with unit mu or m2 (compiled to
	// hundredths), 2000 with unit ppm, a text or a day in quotes.
	Value any `yaml:"value"`
	// Unit: yuan, ppm, mu, m2, days, months, years, persons, households, times, number, day, text.
	Unit string `yaml:"unit"`
	From string `yaml:"from,optional"`
	To   string `yaml:"to,optional"`
	// Inclusive says whether a value equal to the threshold counts as reaching it.
	Inclusive *bool    `yaml:"inclusive,optional"`
	Clauses   []string `yaml:"clauses"`
	Note      string   `yaml:"note,optional"`
}

// FactBook is facts.yaml: `household:`, `person:` and `village:` lists.
type FactBook struct {
	Mark
	Household []Fact `yaml:"household"`
	Person    []Fact `yaml:"person"`
	Village   []Fact `yaml:"village,optional"`
}

// Fact is a typed datum about a household, a person or a village. Codes are unique within their kind, together with the
// derived values and the answers of questions without a fact.
type Fact struct {
	Mark
	// Code is ASCII: a-z, 0-9 and _, starting with a letter.
	Code string `yaml:"code"`
	Name string `yaml:"name"`
	// Type: text, code (one of a list), codes (several of a list), bool, int, money (fen), hundredths (areas), day, month.
	Type string `yaml:"type"`
	// List is the code list of a code or codes fact.
	List string `yaml:"list,optional"`
	// Unit is what stands after a number on a screen (元, 亩, 人, 月).
	Unit string `yaml:"unit,optional"`
	// Group is the heading it is shown under (收入, 住房 …).
	Group string `yaml:"group,optional"`
	// Sensitive: "", identity, contact, health, finance. Sensitive facts are sealed in acts and masked on screens.
	Sensitive string `yaml:"sensitive,optional"`
	// Labels are all spellings of the column in imported workbooks.
	Labels []string `yaml:"labels,optional"`
	// Why says in Chinese what it is needed for; UsedBy names who uses it (unit codes or Chinese words).
	Why     string   `yaml:"why,optional"`
	UsedBy  []string `yaml:"used_by,optional"`
	Clauses []string `yaml:"clauses,optional"`
}

// CodeList is a list of values (codes.yaml: a list of these). What is stored is the code.
type CodeList struct {
	Mark
	ID      string  `yaml:"id"`
	Name    string  `yaml:"name,optional"`
	Entries []Entry `yaml:"entries"`
}

// Entry is one value of a code list; Aliases are spellings met in imports.
type Entry struct {
	Mark
	Code    string   `yaml:"code"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases,optional"`
	// Next says what a reason in the list `missed` asks for: again (another day is to be named), correct (the register is to be
	// corrected), or nothing.
	Next string `yaml:"next,optional"`
}

// Class is a class of households (classes.yaml: a list); a household can be in several.
type Class struct {
	Mark
	ID    string `yaml:"id"`
	Name  string `yaml:"name"`
	Short string `yaml:"short"`
	// When is a CEL condition over h, m, v, p, today (facts and derived values).
	When      string   `yaml:"when"`
	Sensitive string   `yaml:"sensitive,optional"`
	Clauses   []string `yaml:"clauses"`
}

// Derived is a computed fact (derived.yaml: a list), evaluated in the order written, those of persons first. A derived
// value may use the facts and the derived values above it (one of a person: no derived values of the household).
// Expressions read it as h.code or me.code like any fact.
type Derived struct {
	Mark
	Code string `yaml:"code"`
	// Of: household or person.
	Of   string `yaml:"of"`
	Name string `yaml:"name"`
	// Type: money (rounded half-up to the fen once, at the end), int, hundredths, ppm (rounded likewise), bool, text, day, month.
	Type    string `yaml:"type"`
	Unit    string `yaml:"unit,optional"`
	Formula string `yaml:"formula"`
	// Shown is the formula for people, with placeholders as in a rule's `say`, and {value} for the result:
	// "({h.income_wage} + {h.income_transfer}) ÷ {h.persons}人 = {value}".
	Shown     string   `yaml:"shown,optional"`
	Sensitive string   `yaml:"sensitive,optional"`
	Clauses   []string `yaml:"clauses"`
}

// Form is a sheet (one per file of forms/).
type Form struct {
	Mark
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Of: household (the only kind evaluated now), village or unit.
	Of string `yaml:"of"`
	// ConfirmUnchanged is the sentence on the "nothing changed" button.
	ConfirmUnchanged string    `yaml:"confirm_unchanged,optional"`
	Intro            string    `yaml:"intro,optional"`
	Sections         []Section `yaml:"sections"`
	Clauses          []string  `yaml:"clauses"`
}

// Section is a group of questions, asked once or (of: member) once for each member.
type Section struct {
	Mark
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	// Of: household (default) or member; a member section's expressions may use `me`.
	Of        string     `yaml:"of,optional"`
	When      string     `yaml:"when,optional"`
	Questions []Question `yaml:"questions"`
}

// Question asks for a fact (pre-filled from it, and the answer updates it) or for an answer of its own, which expressions
// read as h.<id> (me.<id> in a member section).
type Question struct {
	Mark
	// ID is ASCII like a fact's code, unique in the form; with Fact it may equal the fact's code.
	ID   string `yaml:"id"`
	Text string `yaml:"text"`
	// Fact is a fact code of the section's subject; else Type (text, code, codes, bool, int, money, hundredths, day, month,
	// photo) and List say what an answer is.
	Fact string `yaml:"fact,optional"`
	Type string `yaml:"type,optional"`
	List string `yaml:"list,optional"`
	Unit string `yaml:"unit,optional"`
	// When: asked only where this holds; unknown counts as asked.
	When string `yaml:"when,optional"`
	// Ask: always, missing (only when the fact is not known; the default for a question with a fact), doubt (only when an
	// open doubt reads the fact, or the fact is missing). A question without a fact is `always`.
	Ask string `yaml:"ask,optional"`
	// Reason must say why a known fact is asked again, when a question with a fact is `ask: always`.
	Reason   string `yaml:"reason,optional"`
	Required bool   `yaml:"required,optional"`
	Help     string `yaml:"help,optional"`
	// EvidenceOf ties a photo to what it proves: defect or repair. No other photo may be asked for.
	EvidenceOf string   `yaml:"evidence_of,optional"`
	Sensitive  string   `yaml:"sensitive,optional"`
	Why        string   `yaml:"why"`
	UsedBy     []string `yaml:"used_by"`
	Clauses    []string `yaml:"clauses"`
}

// Rule raises a doubt or a problem (each file of rules/ is a list of rules).
type Rule struct {
	Mark
	// ID is ASCII, with - and . allowed ("income-below-line").
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Kind: each (one subject), group (subjects that share a value), expect (what should exist in a period and does not).
	Kind string `yaml:"kind"`
	// Of: household, person or village.
	Of string `yaml:"of"`
	// When is the CEL condition under which it is raised. Of a person: `me` is the person, h and m are there too. In a
	// group rule it chooses the rows that count (optional). Not used in an expect rule.
	When string `yaml:"when,optional"`
	// Needs are facts ("h.size", "me.birth", "v.water") without which the rule is unknown, beside those its condition reads.
	Needs []string `yaml:"needs,optional"`
	// Yields: doubt or problem.
	Yields string `yaml:"yields"`
	// Item is an item code of the task list.
	Item    string   `yaml:"item"`
	Clauses []string `yaml:"clauses"`
	// Say is the Chinese sentence shown, with placeholders {h.code} {me.code} {v.code} {p.code} {today}, formatted by type:
	// money "6,512.00元", day "2022年9月15日", month "2022年9月", code its name, codes joined by 、, bool 是/否, ppm a
	// percentage, area "3.50", int "1,234". A missing value prints 未知. Group rules have {value} and {n}; expect rules {period} and {subject}.
	Say string `yaml:"say"`
	// Why says in Chinese what asking pays for, so that nobody takes it for one more form.
	Why     string   `yaml:"why,optional"`
	Lead    []string `yaml:"lead"`
	Helping []string `yaml:"helping,optional"`
	// Days is the proposed limit for the repair, in days; 0 takes the campaign's.
	Days      int     `yaml:"days,optional"`
	Sensitive string  `yaml:"sensitive,optional"`
	Group     *Group  `yaml:"group,optional"`
	Expect    *Expect `yaml:"expect,optional"`
	// Cases must show a hit and a miss, and below, equal and above for a comparison with a numeric parameter. Only an amended
	// pack may lack them: those of a rule whose threshold is another now.
	Cases []Case `yaml:"cases,optional"`
}

// Group looks for one value in more than MoreThan places.
type Group struct {
	Mark
	// Over: person or household: what a row is. By: the fact code that is shared.
	Over string `yaml:"over"`
	By   string `yaml:"by"`
	// Distinct: what is counted: household or person.
	Distinct string `yaml:"distinct"`
	MoreThan int    `yaml:"more_than"`
}

// Expect wants at least AtLeast rows of a register for each subject in each period.
type Expect struct {
	Mark
	// Over: village, household or unit: whose rows.
	Over string `yaml:"over"`
	// Period: week (Monday to Sunday), month, quarter, year.
	Period string `yaml:"period"`
	// Of is the id of a register (registers.yaml).
	Of string `yaml:"of"`
	// AtLeast defaults to 1.
	AtLeast int `yaml:"at_least,optional"`
}

// Register is a typed ledger of a department (registers.yaml: a list, the file is optional).
type Register struct {
	Mark
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Subject: person, household, village, unit or project.
	Subject string `yaml:"subject"`
	// Owner is a unit code.
	Owner   string   `yaml:"owner,optional"`
	Columns []Fact   `yaml:"columns"`
	Clauses []string `yaml:"clauses"`
}

// Case is an example that a rule must get right. Facts are written as people write them: money in yuan (6899.99), areas in
// mu or m² (3.5), codes as codes, days as "2022-09-15"; a fact left out is missing.
type Case struct {
	Mark
	Name  string           `yaml:"name"`
	Today string           `yaml:"today,optional"`
	H     map[string]any   `yaml:"h,optional"`
	M     []map[string]any `yaml:"m,optional"`
	V     map[string]any   `yaml:"v,optional"`
	// Me is the person of an `of: person` rule; it is put first in the list m. Derived values may be given in h, m and me and then
	// stand for the computed ones.
	Me map[string]any `yaml:"me,optional"`
	// Rows are the rows of a group rule (facts, plus `household` and `person` for who they are) or of an expect rule
	// (`on`: the day, and whose it is under `village`, `household` or `unit`); Subject is the one an expect rule looks at, From the first day it looks at (to `today`).
	Rows    []map[string]any `yaml:"rows,optional"`
	Subject string           `yaml:"subject,optional"`
	From    string           `yaml:"from,optional"`
	// Expect: hit, miss or unknown.
	Expect string `yaml:"expect"`
	// Say, if given, is the exact sentence a hit must say.
	Say string `yaml:"say,optional"`
}

// Shape says how to know and read an imported workbook (imports.yaml: a list), by its labels, never by position.
type Shape struct {
	Mark
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Detect are labels that must all be in the heading row.
	Detect []string `yaml:"detect"`
	// Subject: person (one row per person, household values repeated) or household.
	Subject string   `yaml:"subject"`
	Columns []Column `yaml:"columns"`
	Clauses []string `yaml:"clauses,optional"`
}

// Column maps a column. Exactly one of Fact and Part is given.
type Column struct {
	Mark
	// Labels are the spellings of the heading; with Fact they add to the fact's own labels.
	Labels []string `yaml:"labels,optional"`
	// Fact is "h.code" or "m.code".
	Fact string `yaml:"fact,optional"`
	// Part is what else the column can be: county, township, village, group, address, household_no, person_no, head, name, ignore.
	Part     string `yaml:"part,optional"`
	Required bool   `yaml:"required,optional"`
	// Parse are hints: yuan, month6 (YYYYMM), day8 (YYYYMMDD), comma (several values), yes_no, integer, mu.
	Parse string `yaml:"parse,optional"`
}
