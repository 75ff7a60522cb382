package synth

// Yes, No and the empty text (not recorded) are the values of yes-or-no columns.
const (
	Yes = "是"
	No  = "否"
)

func yes(b bool) string {
	if b {
		return Yes
	}
	return No
}

// Household is one made-up household as the national system has it on record. Values
// of code lists are the lists' Chinese names; money is in fen, land in hundredths of a mu,
// months are YYYY-MM. An empty text is a value that was never recorded.
type Household struct {
	Number  string // 户编号, 17 digits
	Village string // 12-digit area code
	Ordinal int    // from 1 within the village
	Place   Place

	Kind        string // 户类型
	LiftedYear  int    // 脱贫年度; 0: never poor on record
	Military    string
	Identified  string // month of the first identification
	Monitor     Monitor
	Income      Income
	Home        Home
	Land        Land
	Measures    [measureCount][]string // in the order of MeasureNames
	Helper      Helper
	Bank        string
	Account     string
	Phone       string
	CollectedBy string
	CollectorTo string // the collector's phone
	Hui         bool

	Members []Person // the head first

	village  *Village
	county   int // ordinal in the county, from 0
	helperAt int
}

// Place is where a household lives, in words.
type Place struct {
	County, Township, VillageName string
	GroupCode, Group              string
	Address, Door                 string
	Resettled                     string
}

// Monitor is the state of a monitored household; Kind is empty for the others.
type Monitor struct {
	Kind       string
	Risks      []string
	Disaster   string
	Enrolled   string // month
	Cleared    string // 是 or 否
	ClearedWay string
	ClearedIn  string // month
	NoLabour   string
	Develop    string
	Contact    string
	ContactTo  string
}

// Income is of the twelve months before the export, in fen. Net is
// wage + business + property + transfer − expense.
type Income struct {
	Wage, Business, Property, Transfer, Expense int64
	Claims, SelfPaid                            int64
}

// Net is the household's net income in fen.
func (i Income) Net() int64 { return i.Wage + i.Business + i.Property + i.Transfer - i.Expense }

// PerHead is the net income per member in fen, rounded half up.
func (h *Household) PerHead() int64 {
	n := int64(len(h.Members))
	net := 2*h.Income.Net() + n
	if net < 0 {
		return -((-net + 2*n - 1) / (2 * n))
	}
	return net / (2 * n)
}

// Home is the house and what belongs to it.
type Home struct {
	Grade             string // A级 … D级
	Area              int    // square metres, whole
	Water             string
	Toilet, Works     string
	Power, Television string
	Road, Hard        string
	Distance          int // to the village's main road, hundredths of a km
	Fuel              string
	Coop, Dragon      string
	Pioneer           string
}

// Land is in hundredths of a mu.
type Land struct {
	Arable, Forest, Orchard, Pasture, Water, Returned int
}

// Helper is the person answerable for a household that was or may become poor.
type Helper struct {
	Name, Sex, Political, Unit, Phone, Since string
}

// Person is one member of a household.
type Person struct {
	Number   string // 人编号: the household's number and two digits
	Name     string
	Female   bool
	Birth    string // YYYY-MM-DD
	Age      int    // on the day of the county's options
	IDKind   string
	IDNumber string
	Relation string
	Nation   string

	Political, Education, School, DropReason string
	Health                                   []string
	Disability, DisabilityLevel              string
	CertificateYear                          int
	Labour, Mandarin, Phone                  string
	Work                                     Work
	Post                                     string
	PostMonths                               int

	MedicalResident, MedicalEmployee, MedicalSerious, MedicalExtra string
	PensionResident, PensionEmployee, MedicalAid                   string
	LowAid, DestituteAid                                           string
	Relocated, Identified, State                                   string

	plainID  string
	birth    date
	origin   string
	destined bool // 特困
}

// Work is a person's job away or nearby; Months 0 means none.
type Work struct {
	Place, Employer, Industry, Channel string
	Months                             int
	Wage                               int64 // a month, fen
	From, To                           string
	PointToPoint, Abroad               string
	Travel                             int64 // yearly travel subsidy, fen
}

const measureCount = 14

// MeasureNames are the fourteen multiple-choice columns of help given.
var MeasureNames = [measureCount]string{
	"产业帮扶", "就业帮扶", "金融帮扶", "公益岗位帮扶", "住房安全保障", "饮水安全保障", "健康帮扶",
	"义务教育保障", "教育帮扶", "综合保障", "社会帮扶", "搬迁", "生产生活条件改善", "基础设施建设",
}

// Measures by their place in MeasureNames.
const (
	helpIndustry = iota
	helpJob
	helpFinance
	helpPost
	helpHouse
	helpWater
	helpHealth
	helpSchooling
	helpEducation
	helpWelfare
	helpSocial
	helpMove
	helpLiving
	helpInfra
)

const (
	kindOrdinary = "一般农户"
	kindLifted   = "脱贫户"
	kindNoAid    = "脱贫不享受政策户"

	monitorUnstable = "脱贫不稳定户"
	monitorMarginal = "边缘易致贫户"
	monitorSudden   = "突发严重困难户"
)

func (h *Household) lifted() bool  { return h.Kind != kindOrdinary }
func (h *Household) watched() bool { return h.Monitor.Kind != "" && h.Monitor.Cleared != Yes }
func (h *Household) helped() bool  { return h.Kind == kindLifted || h.Monitor.Kind != "" }

// Head is the first member.
func (h *Household) Head() *Person { return &h.Members[0] }
