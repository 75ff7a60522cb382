package synth

// Surnames with weights, most common first, as common knowledge has them for the
// Huai plain of Henan: 王 李 张 刘 lead, followed by the nation's list.
var surnames = weighText(
	"王980 李930 张900 刘720 陈300 杨290 赵280 于90 孙230 马120 朱190 胡150 郭210 高170 徐160 韩150 周140 吴140 " +
		"宋130 许110 郑110 冯105 董100 田98 程92 卢86 孟80 崔78 任76 范75 史72 丁70 袁68 魏66 谢66 " +
		"苏62 贾62 牛60 邢48 段46 何70 曹68 杜66 谷30 彭40 夏44 郝40 姜44 蒋36 唐40 付44 耿34 尚34 白30 " +
		"毛32 常36 齐28 申30 党16 位12 邵28 乔28 樊20 葛22 路20 余26 吕52 龚16 梁60 沈34 卞10 柳14 窦14 " +
		"皮5 轩16 理4 苑10 顾14 武24 康22 单14 睢6 焦18 聂18 岳18 鲁18 娄14 闫36 秦26 侯24 薛20 潘22 " +
		"汪18 戴16 方22 石26 熊10 金16 陆14 孔26 崇3 华6 温12 翟16 安16 庞12 季8 靳14 关14 蔡24 黄62 林44 罗40 " +
		"曾12 邓20 萧8 肖20 叶12 雷14 龙8 廖6 洪6 井8 万14 钱10 倪6 郎4 宫6 师6 代12 庄6 虎2 司10 訾6 盛6 展4 解6 栗4",
)

// Surnames of Hui families.
var surnamesHui = weighText("马300 李160 海120 刘90 张80 王70 白60 杨60 沙40 丁40 穆30 哈24 拜20 闪14 买16 铁12 虎10 金20 底6 冶8 戴10 蒋10 韩12 苏14 洪8")

// Surnames and peoples of those who married in from the south-west.
var surnamesAway = weighText("罗60 韦60 杨60 陆40 黄50 龙50 吴50 石40 田40 向30 彭30 覃40 莫30 蒙24 岑12 潘30 王40 李50 陈40 张40 何30 阿6 吉6 沙6 普8 熊24 陶16 侯14 安14")

var peoplesAway = weighText("汉族60 苗族12 壮族10 彝族8 土家族6 布依族4 侗族4 傣族2 瑶族2 仡佬族2 哈尼族1 水族1")

// Second characters of given names that a generation of brothers and cousins shares
// in the old way, and given characters by sex and age.
var (
	generation   = runes("国建志德明文学永世振广玉保金春新庆洪兴万福长士继传宗凤树正克培本立守思怀成光景")
	maleOld      = runes("国建军民生林海山田根柱旺财贵福禄寿喜来成才有余河江亭堂臣良安善义礼信忠孝廉荣华富强昌盛全三法运岭峰岗领印钦彬章宾坤连仓友")
	maleMiddle   = runes("伟强勇军涛超辉鹏飞杰磊斌波刚明亮峰平东兵坡红卫彦宏利永利振威攀锋凯旭威洋阳征彪雷震剑龙虎豪奎胜立松柏")
	maleYoung    = runes("浩轩宇泽梓涵博文俊杰睿晨子豪嘉翔奕辰旭尧硕航铭皓煜鑫瑞霖恒毅一诺天佑启腾跃凡逸")
	femaleOld    = runes("英兰秀珍玉凤梅芳桂花荣莲云霞爱素琴芝翠巧贤香菊枝美真娥俊月银改妮勤景喜")
	femaleMiddle = runes("丽娟艳静敏燕红霞玲芳莉娜培培杰华慧颖洁萍晓彩云瑞香利会霄丹倩雪梦娇盼盼影荣锦春")
	femaleYoung  = runes("欣怡梓涵雨萱诗琪思彤佳悦一诺可馨若曦紫晴语桐妍雅静婉婷熙瑶琳甜蕊恩沐歆伊依朵")
)

func runes(s string) []string {
	var out []string
	for _, r := range s {
		out = append(out, string(r))
	}
	return out
}

// weighText reads "name weight" pairs written together: "王980 李930".
func weighText(s string) weighted[string] {
	var ws []weight[string]
	item, w := "", 0
	flush := func() {
		if item != "" {
			ws = append(ws, weight[string]{item, w})
		}
		item, w = "", 0
	}
	for _, r := range s {
		switch {
		case r == ' ':
			flush()
		case r >= '0' && r <= '9':
			w = w*10 + int(r-'0')
		default:
			item += string(r)
		}
	}
	flush()
	return weigh(ws...)
}

// givenName draws a given name for somebody born in a year; shared, when not empty, is the
// character the siblings have in common.
func givenName(d *draw, female bool, born int, shared string) string {
	list := maleMiddle
	switch {
	case female && born < 1968:
		list = femaleOld
	case female && born < 2000:
		list = femaleMiddle
	case female:
		list = femaleYoung
	case born < 1968:
		list = maleOld
	case born >= 2000:
		list = maleYoung
	}
	last := one(d, list)
	switch {
	case shared != "" && shared != last:
		return shared + last
	case d.chance(220_000):
		return last
	}
	first := one(d, list)
	if born < 1975 && !female && d.chance(600_000) {
		first = one(d, generation)
	}
	if first == last && d.chance(700_000) { // 盼盼, 培培 happen, but not that often
		return last
	}
	return first + last
}
