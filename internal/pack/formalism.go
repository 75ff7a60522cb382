package pack

import (
	"fmt"
	"regexp"
	"slices"
)

// The rules in force against formalism that a pack can break.
const (
	ruleOnce     = "《关于防治“指尖上的形式主义”的若干意见》：同一事项只报一次、只填一张表"
	ruleDemand   = "国办函〔2026〕12号禁令（一）：不得随意、反复要求填表报数"
	ruleCheckIn  = "国办函〔2026〕12号禁令（二）：不得打卡签到、积分排名、要求在线时长"
	ruleInstall  = "国办函〔2026〕12号禁令（三）：不得强制安装、通报安装率、强制定期登录"
	ruleTrack    = "国办函〔2026〕12号禁令（四）：无必要不得要求照片、视频、轨迹，不得以点赞等作为依据"
	ruleTrace    = "《整治形式主义为基层减负若干规定》：不得以会议、照片留痕、学习笔记衡量工作"
	ruleRelaying = "《关于防治“指尖上的形式主义”的若干意见》：不得要求打卡接龙、即时回复、截图"
)

var forbidden = []struct {
	re   *regexp.Regexp
	rule string
	say  string
}{
	{regexp.MustCompile(`打卡|签到|在线时长|登录次数|登陆次数|日活`), ruleCheckIn, "不能有打卡签到、在线时长、登录次数"},
	{regexp.MustCompile(`积分排名|积分排行|个人积分|干部积分|(个人|干部|人员|队员|书记|网格员|责任人).{0,6}(排名|排行|积分|打分)`), ruleCheckIn, "不能给个人积分、打分、排名"},
	{regexp.MustCompile(`安装率|下载量|激活率|强制登录|定期登录`), ruleInstall, "不能统计安装、登录"},
	{regexp.MustCompile(`轨迹|实时定位|当前位置|步数|自拍|人脸|点赞|转发数|转发量`), ruleTrack, "不能要轨迹、定位、自拍、点赞转发"},
	{regexp.MustCompile(`接龙|截图|截屏`), ruleRelaying, "不能要接龙、截图"},
	{regexp.MustCompile(`学习笔记|心得体会|工作照|合影|摆拍`), ruleTrace, "不能以笔记、工作照留痕"},
}

var rePicture = regexp.MustCompile(`拍照|照片|拍摄|录像|录视频|上传视频|上传图片`)

func tracking(typ string) bool {
	return slices.Contains([]string{"location", "track", "gps", "checkin", "check_in", "selfie", "face", "points", "rank", "score"}, typ)
}

func (l *loader) formal(at Pos, rule, format string, args ...any) {
	l.bad = append(l.bad, Complaint{Pos: at, Say: fmt.Sprintf(format, args...), Rule: rule})
}

func (l *loader) words(text string, m Mark, key string) {
	for _, f := range forbidden {
		if hit := f.re.FindString(text); hit != "" {
			l.formal(m.at(key), f.rule, "“%s”：%s", hit, f.say)
		}
	}
}

// formalism holds the pack against the rules of design §2.
func (l *loader) formalism() {
	c := &l.content
	for _, book := range [][]Fact{c.Facts.Household, c.Facts.Person, c.Facts.Village} {
		for _, f := range book {
			l.words(f.Name, f.Mark, "name")
		}
	}
	for _, r := range c.Registers {
		l.words(r.Name, r.Mark, "name")
		for _, f := range r.Columns {
			l.words(f.Name, f.Mark, "name")
		}
	}
	for _, d := range c.Derived {
		l.words(d.Name, d.Mark, "name")
	}
	for _, r := range c.Rules {
		l.words(r.Name, r.Mark, "name")
		l.words(r.Say, r.Mark, "say")
		l.words(r.Why, r.Mark, "why")
	}
	for i := range c.Forms {
		for _, s := range c.Forms[i].Sections {
			l.words(s.Title, s.Mark, "title")
			for _, q := range s.Questions {
				l.formalQuestion(q)
			}
		}
	}
}

func (l *loader) formalQuestion(q Question) {
	before := len(l.bad)
	l.words(q.Text, q.Mark, "text")
	l.words(q.Help, q.Mark, "help")
	if tracking(q.Type) && len(l.bad) == before {
		rule := ruleTrack
		if slices.Contains([]string{"checkin", "check_in", "points", "rank", "score"}, q.Type) {
			rule = ruleCheckIn
		}
		l.formal(q.at("type"), rule, "不能问 %s 这类问题：不打卡、不要轨迹、不自拍、不积分", q.Type)
	}
	switch evidence := q.EvidenceOf == "defect" || q.EvidenceOf == "repair"; {
	case q.Type == "photo" && !evidence:
		l.formal(q.at("type"), ruleTrack, "照片只能用来证明一处缺陷或它的整改：写 evidence_of: defect 或 evidence_of: repair，否则去掉这一问")
	case q.Type != "photo" && q.EvidenceOf != "":
		l.say(q.at("evidence_of"), "只有 type: photo 的问题才写 evidence_of")
	case q.Type != "photo" && rePicture.MatchString(q.Text):
		l.formal(q.at("text"), ruleTrack, "这一问要的是照片：改成 type: photo 并写明 evidence_of，否则去掉")
	}
	if q.Fact != "" && q.Ask == "always" && q.Reason == "" {
		l.formal(q.at("ask"), ruleDemand, "事实 %s 已知时还要再问（ask: always），要写 reason 说明为什么；或改成 ask: missing", q.Fact)
	}
}
