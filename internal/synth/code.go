package synth

import "strings"

// codes of the lists that records use, as "code=name" pairs. They are the pack's, written down here because
// this package knows no pack; its tests compare them with packs/.
var codes = map[string]map[string]string{
	"sex":              readCodes(`male=男 female=女`),
	"relation":         readCodes(`head=户主 spouse=配偶 son=之子 daughter=之女 son_wife=之儿媳 daughter_husband=之女婿 grandson=之孙子 granddaughter=之孙女 dgrandson=之外孙子 dgranddaughter=之外孙女 father=之父 mother=之母 wife_father=之岳父 wife_mother=之岳母 husband_father=之公公 husband_mother=之婆婆 grandfather=之祖父 grandmother=之祖母 mgrandfather=之外祖父 mgrandmother=之外祖母 sibling=之兄弟姐妹 great_grandson=之曾孙子 great_granddaughter=之曾孙女 nephew=之侄儿 niece=之侄女 sibling_wife=之兄弟媳妇 uncle=之叔伯 other=其他`),
	"id_kind":          readCodes(`resident_id=居民身份证 disability_card=残疾人证 officer_card=中国人民解放军军官证 household_book=户口簿 other=其他`),
	"political":        readCodes(`ccp=中共党员 ccp_probation=中共预备党员 league=共青团员 masses=群众 rckmt=民革会员 cdl=民盟盟员 cdnca=民建会员 capd=民进会员 cpwdp=农工党党员 zhigong=致公党党员 jiusan=九三学社社员 taiwan=台盟盟员 nonparty=无党派民主人士`),
	"education":        readCodes(`illiterate=文盲或半文盲 primary=小学 junior=初中 senior=高中 college=大专 bachelor=本科及以上`),
	"school":           readCodes(`none=不在校 pre_age=学龄前儿童 kindergarten=学前教育 primary=小学 j7=七年级 j8=八年级 j9=九年级 s1=普通高中一年级 s2=普通高中二年级 s3=普通高中三年级 v1=中职一年级 v2=中职二年级 v3=中职三年级 c1=高职高专一年级 c2=高职高专二年级 c3=高职高专三年级 t1=技师学院一年级 t2=技师学院二年级 t3=技师学院三年级 t4=技师学院四年级 b1=本科一年级 b2=本科二年级 b3=本科三年级 b4=本科四年级 b5=本科五年级 graduate=硕士研究生及以上`),
	"drop_reason":      readCodes(`illness=因病 disability=因残 poverty=因贫 unwilling=厌学 work=外出务工 marriage=早婚 other=其他`),
	"health":           readCodes(`healthy=健康 chronic=长期慢性病 major=患有大病 disabled=残疾`),
	"labour":           readCodes(`ordinary=普通劳动力 skilled=技能劳动力 weak=弱劳动力或半劳动力 lost=丧失劳动力 none=无劳动力`),
	"household_kind":   readCodes(`ordinary=一般农户 lifted=脱贫户 lifted_noaid=脱贫不享受政策户`),
	"monitor_kind":     readCodes(`none=未纳入 unstable=脱贫不稳定户 marginal=边缘易致贫户 sudden=突发严重困难户`),
	"clear_way":        readCodes(`helped=帮扶消除 natural=自然消除`),
	"risk":             readCodes(`illness=因病 school=因学 disability=因残 disaster=因自然灾害 accident=因意外事故 industry=因产业项目失败 job=因务工就业不稳 labour=缺劳动力 house=因安全住房 water=因安全饮水 other=其他`),
	"disaster":         readCodes(`flood=洪涝 geology=地质 drought=旱灾 biology=生物 weather=气象 quake=地震 other=其他`),
	"develop":          readCodes(`done=已实施 notyet=尚未实施`),
	"work_channel":     readCodes(`away=外出务工 nearby=就近务工 workshop=帮扶车间 public_post=公益性岗位 self=自主创业 flexible=灵活就业 farming=务农 other=其他`),
	"house_grade":      readCodes(`a=A级 b=B级 c=C级 d=D级`),
	"disability_kind":  readCodes(`sight=视力 hearing=听力 speech=言语 limb=肢体 intellect=智力 mental=精神 multiple=多重`),
	"disability_level": readCodes(`l1=一级 l2=二级 l3=三级 l4=四级`),
	"low_aid":          readCodes(`none=未享受 rural=农村低保 city=城市低保`),
	"destitute_aid":    readCodes(`none=未享受 rural=农村特困 city=城市特困`),
	"road_type":        readCodes(`dirt=泥土路 gravel=砂石路 brick=砖铺路 cement=水泥路 asphalt=沥青路`),
	"fuel":             readCodes(`wood=柴草 coal=煤炭 gas=燃气 power=电 clean=清洁能源 other=其他`),
	"aid_industry":     readCodes(`material=种苗、化肥等物资帮扶 reward=产业奖补 lead=致富带头人、合作社、龙头企业带动 tourism=乡村旅游 dividend=入股分红 consume=消费帮扶 other=其他`),
	"aid_job":          readCodes(`export=劳务输出 skill=技能培训 travel=外出务工补贴 workshop=帮扶车间 other=其他`),
	"aid_finance":      readCodes(`microloan=小额信贷 insurance=防贫保险 other=其他`),
	"aid_post":         readCodes(`forest=护林员 cleaner=保洁员 road=护路员 help=互助照料员 other=其他`),
	"aid_house":        readCodes(`rebuild=危房改造 repair=维修加固 other=其他`),
	"aid_water":        readCodes(`tap=接通自来水 repair=饮水设施维修 other=其他`),
	"aid_health":       readCodes(`premium=参加城乡居民基本医疗保险个人缴费补贴 relief=医疗救助 card=办理慢性病卡 doctor=签约家庭医生 refund=住院医疗报销 other=其他`),
	"aid_compulsory":   readCodes(`back=劝返 home=送教上门 boarding=寄宿生生活补贴 meal=营养餐 other=其他`),
	"aid_education":    readCodes(`yulu=雨露计划 loan=助学贷款 grant=助学金 kindergarten=免保教费 other=其他`),
	"aid_welfare":      readCodes(`low=低保 destitute=特困供养 pension=养老金 temporary=临时救助 disabled=残疾人补贴 other=其他`),
	"aid_social":       readCodes(`donation=社会捐助 other=其他`),
	"aid_move":         readCodes(`moved=易地搬迁 other=其他`),
	"aid_living":       readCodes(`toilet=改厕 yard=庭院整治 kitchen=改厨 other=其他`),
	"aid_infra":        readCodes(`road=道路 power=电力 water=水利 other=其他`),
	"person_state":     readCodes(`present=正常 added=新增 reduced=自然减少 moved_in=迁入 moved_out=迁出 dead=死亡`),
	"destitute_way":    readCodes(`central=集中供养 scatter=分散供养`),
	"disabled_subsidy": readCodes(`none=未享受 living=困难残疾人生活补贴 care=重度残疾人护理补贴`),
	"child_kind":       readCodes(`none=不属于 orphan=孤儿 unsupported=事实无人抚养儿童 hard=其他困境儿童`),
	"pay_after":        readCodes(`enjoyed=住院没交押金 prepaid=住院先交了押金 nostay=今年没在县内住过院`),
	"recognize":        readCodes(`agree=认可 mostly=基本认可 disagree=不认可 unclear=不了解 na=不涉及`),
	"satisfy":          readCodes(`agree=满意 mostly=基本满意 disagree=不满意 unclear=不了解 na=不涉及`),
	"nation":           readCodes(`ha=汉族 hu=回族 mh=苗族 yi=彝族 zh=壮族 by=布依族 do=侗族 ya=瑶族 tj=土家族 hn=哈尼族 da=傣族 su=水族 gl=仡佬族`),
}

// readCodes gives the codes by name.
func readCodes(s string) map[string]string {
	out := map[string]string{}
	for _, f := range strings.Fields(s) {
		code, name, _ := strings.Cut(f, "=")
		out[name] = code
	}
	return out
}
