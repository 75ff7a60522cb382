package pack

// Privacy is privacy.yaml (optional): what a resident is told, how long what he asks for may take,
// and how long each kind of record is kept. It is policy of the notice's county, so it is pack.
type Privacy struct {
	Mark
	// RevealsPerHour is how many revealed values an hour by one person the auditor is not told of.
	RevealsPerHour int         `yaml:"reveals_per_hour"`
	Notice         NoticeSheet `yaml:"notice"`
	// Requests are what a resident can ask for: correction, withdrawal.
	Requests []Request `yaml:"requests"`
	// Ways are how he can ask.
	Ways      []Entry     `yaml:"ways"`
	Retention []Retention `yaml:"retention"`
}

// NoticeSheet is the 告知书, one per household.
type NoticeSheet struct {
	Mark
	Title string `yaml:"title"`
	// Intro and the points may hold {handler}, {county}, {head}, {day}, {correction_days}, {withdrawal_days}.
	Intro   string        `yaml:"intro"`
	Handler string        `yaml:"handler"`
	Contact string        `yaml:"contact"`
	Points  []NoticePoint `yaml:"points"`
	Sign    string        `yaml:"sign"`
	// Groups says of each sensitive group ("" is the open rest) what it is kept for.
	Groups []NoticeGroup `yaml:"groups"`
}

// NoticePoint is a numbered point of the 告知书.
type NoticePoint struct {
	Mark
	Head string `yaml:"head"`
	Text string `yaml:"text"`
}

// NoticeGroup says why a field group is kept and who may see it.
type NoticeGroup struct {
	Mark
	Group string `yaml:"group,optional"`
	Name  string `yaml:"name"`
	Why   string `yaml:"why"`
	Who   string `yaml:"who"`
}

// Request is a kind of request of a resident, and the days within which it is answered.
type Request struct {
	Mark
	Kind string `yaml:"kind"`
	Name string `yaml:"name"`
	// Days counts calendar days from the day after the request.
	Days int    `yaml:"days"`
	Note string `yaml:"note,optional"`
}

// Retention says how long a kind of record is kept, from when, and on what ground.
type Retention struct {
	Mark
	// Kind is one that the program can destroy (docs/PRIVACY.md lists them), or "" for one that it only states.
	Kind   string `yaml:"kind,optional"`
	Name   string `yaml:"name"`
	Months int    `yaml:"months"`
	From   string `yaml:"from"`
	Ground string `yaml:"ground"`
	Note   string `yaml:"note,optional"`
}

// requestKinds are what the program can carry out.
var requestKinds = []string{"correction", "withdrawal"}

// privacy checks what privacy.yaml says.
func (l *loader) privacy() {
	p := l.content.Privacy
	if p.Notice.Title == "" && len(p.Requests)+len(p.Retention) == 0 {
		return // there is none
	}
	if p.RevealsPerHour < 1 {
		l.say(p.at("reveals_per_hour"), "每小时查看次数应大于零")
	}
	seen := map[string]bool{}
	for _, x := range p.Requests {
		l.unique(seen, x.Kind, x.Mark, "kind", "申请", reWord)
		l.oneOf(x.Kind, requestKinds, x.Mark, "kind")
		if x.Days < 1 {
			l.say(x.at("days"), "答复期限应大于零")
		}
	}
	for _, g := range p.Notice.Groups {
		l.oneOf(g.Group, secrets, g.Mark, "group")
	}
	ways := map[string]bool{}
	for _, x := range p.Ways {
		l.unique(ways, x.Code, x.Mark, "code", "提出方式", reWord)
	}
	kept := map[string]bool{}
	for _, x := range p.Retention {
		if x.Kind != "" {
			l.unique(kept, x.Kind, x.Mark, "kind", "保存期限", reWord)
		}
		if x.Months < 1 {
			l.say(x.at("months"), "保存月数应大于零")
		}
	}
}

// Request returns a kind of request.
func (p *Pack) Request(kind string) (Request, bool) {
	for _, x := range p.Privacy.Requests {
		if x.Kind == kind {
			return x, true
		}
	}
	return Request{}, false
}
