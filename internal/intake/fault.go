package intake

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// Severity says what a fault did to its row.
type Severity string

// The severities.
const (
	Rejected Severity = "rejected" // the row was left out
	Doubtful Severity = "doubtful" // the row is in, without the doubtful value or with it, as the Reason says
	Notice   Severity = "notice"   // about a file, a sheet or a column; no row is touched
)

// Fault is one thing wrong with the input, told to the person who must correct it.
type Fault struct {
	Severity  Severity
	Code      string // stable, "intake.…" (or "workbook.…" for a file that cannot be read)
	File      string
	Sheet     string
	Row       int    // as Excel counts; 0 when it is about the whole sheet or file
	Column    string // the heading as it stands in the file; empty when the whole row is meant
	Cell      string // "M12"
	Value     string // as it stands in the file, at most 200 characters
	Sensitive bool   // Value is an ID number, a phone, health or money: show and log it only under that right
	Reason    string // Chinese: what is wrong and what to do; never repeats a sensitive value
}

// kind is what a code means: its severity and sentence. {} stands for the detail.
type kind struct {
	severity Severity
	reason   string
}

// kinds are all codes that this package gives.
var kinds = map[string]kind{
	"intake.household_number_missing": {Rejected, "没有户编号，请补填后重新导入这一行。"},
	"intake.household_number_lossy":   {Rejected, "户编号是数字格式，Excel 已丢失第 15 位以后的数字。请把该列设为“文本”，从原系统重新导出或重新填写。"},
	"intake.household_number_bad":     {Rejected, "户编号单元格是错误值或公式没有结果，请改为文本后重新导入这一行。"},
	"intake.household_two_places":     {Rejected, "同一户的成员写了两个村（本户前面的行在另一个村）。请核对乡镇、村后，把整户改为同一个村再导入。"},
	"intake.household_number_reused":  {Rejected, "户编号与另一个村的另一户重复。请核对是哪一户的编号写错，更正后重新导入。"},
	"intake.household_twice":          {Rejected, "同一户在表中出现了两行，已采用前一行。请删去多余的一行。"},
	"intake.no_head":                  {Rejected, "这一行前面没有本村本组的户主行，无法判断属于哪一户。请把户主排在家庭成员的第一行。"},
	"intake.name_missing":             {Rejected, "没有姓名，请补填后重新导入这一行。"},
	"intake.place_missing":            {Rejected, "没有填写村，请补填乡镇和村后重新导入这一行。"},
	"intake.other_county":             {Rejected, "“{}”不是本县，请删去外县的行，或更正县名。"},
	"intake.township_unknown":         {Rejected, "找不到乡镇“{}”，请按行政区划中的名称填写；确是曾用名的，请在区划管理中添加别名。"},
	"intake.village_unknown":          {Rejected, "找不到村“{}”，请核对乡镇和村名；确是曾用名或合并前的村，请在区划管理中添加别名。"},
	"intake.village_ambiguous":        {Rejected, "“{}”不止一个，请填写乡镇和完整的村名。"},
	"intake.column_missing":           {Rejected, "工作表缺少必需的列：{}。整张表没有导入，请补上该列后重新导入。"},

	"intake.group_unknown":      {Doubtful, "村里没有登记这个组，已按村导入并保留组名。请核对组名，或在区划管理中添加。"},
	"intake.id_shape":           {Doubtful, "证件号码的位数或字符不对（应为 18 位，残疾人证 20 或 22 位）。已照原样导入，请核对证件。"},
	"intake.id_date":            {Doubtful, "证件号码中的出生日期不存在。已照原样导入，请核对证件。"},
	"intake.id_check":           {Doubtful, "证件号码的校验位不对，可能有数字写错。已照原样导入，请核对证件。"},
	"intake.id_lossy":           {Doubtful, "证件号码是数字格式，Excel 已把第 15 位以后的数字变成 0，号码没有导入。请把该列设为“文本”，重新填写或重新导出。"},
	"intake.id_duplicate":       {Doubtful, "同一户内有两人的证件号码相同。请核对是否同一人重复登记，或号码写错。"},
	"intake.birth_future":       {Doubtful, "出生日期在今天之后，没有导入。请核对出生日期。"},
	"intake.birth_differs":      {Doubtful, "出生日期与证件号码中的日期不一致，已采用本列的值。请核对。"},
	"intake.sex_differs":        {Doubtful, "性别与证件号码不一致，已采用本列的值。请核对。"},
	"intake.code_unknown":       {Doubtful, "{}没有导入，请改为规定的选项。"},
	"intake.day_bad":            {Doubtful, "不是有效的日期，没有导入。请写成 2022-09-01 的样子。"},
	"intake.month_bad":          {Doubtful, "不是有效的年月，没有导入。请写成 2022-09 的样子。"},
	"intake.month_ambiguous":    {Doubtful, "分不清是 1 月还是 10 月（数字格式会丢掉末尾的 0），没有导入。请把该列设为“文本”，写成 2022-10 的样子。"},
	"intake.money_bad":          {Doubtful, "不是有效的金额，没有导入。请只写数字，例如 1234.50。"},
	"intake.number_bad":         {Doubtful, "不是有效的数字，没有导入。请只写数字。"},
	"intake.bool_bad":           {Doubtful, "应填“是”或“否”，没有导入。请更正。"},
	"intake.phone_bad":          {Doubtful, "联系电话不是 11 位手机号或带区号的座机号。已照原样导入，请核对。"},
	"intake.number_lossy":       {Doubtful, "长数字是数字格式，Excel 已丢失第 15 位以后的数字，没有导入。请把该列设为“文本”后重新填写。"},
	"intake.cell_error":         {Doubtful, "单元格是错误值或公式没有结果，没有导入。请改为具体的值。"},
	"intake.heads_two":          {Doubtful, "一户有两个户主，已以前一个为准。请核对与户主关系。"},
	"intake.head_missing":       {Doubtful, "这一户没有户主。请核对与户主关系，指定一人为户主。"},
	"intake.head_name_differs":  {Doubtful, "户主姓名列与户主本人的姓名不一致，已以户主本人的行为准。请核对。"},
	"intake.household_conflict": {Doubtful, "同一户各行的“{}”不一致，已采用最前面一行的值。请核对后改为一致。"},
	"intake.person_conflict":    {Doubtful, "同一人在几张表中的“{}”不一致，已采用最前面一张表的值。请核对后改为一致。"},
	"intake.member_count":       {Doubtful, "家庭人口数与表中这一户的行数（{}）不一致。请核对是否漏登或多登。"},

	"intake.no_header":       {Notice, "没有找到表头，这张工作表没有导入。{}"},
	"intake.sheet_hidden":    {Notice, "隐藏的工作表没有导入。需要导入的，请先取消隐藏。"},
	"intake.header_merged":   {Notice, "表头有合并单元格，已按分组名加列名识别。请核对下列各列是否对得上。"},
	"intake.column_unknown":  {Notice, "不认识的列，内容原样保存在记录旁，不参与计算。"},
	"intake.column_repeated": {Notice, "表头重复，第二次出现的列当作“{}”。"},
	"intake.total_row":       {Notice, "看上去是合计或落款行，已跳过。"},
}

// Codes returns every code that a Fault of this package can bear, in order.
func Codes() []string {
	out := make([]string, 0, len(kinds))
	for c := range kinds {
		out = append(out, c)
	}
	sort.Strings(out)
	return out
}

const maxValue = 200

// newFault makes a fault of a known code; detail goes into its sentence.
func newFault(code, detail string) Fault {
	k, ok := kinds[code]
	if !ok {
		panic("intake: no fault has the code " + code)
	}
	return Fault{Severity: k.severity, Code: code, Reason: fill(k.reason, detail)}
}

func fill(reason, detail string) string {
	for i := 0; i+1 < len(reason); i++ {
		if reason[i] == '{' && reason[i+1] == '}' {
			return reason[:i] + detail + reason[i+2:]
		}
	}
	return reason
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxValue {
		return s
	}
	return fmt.Sprintf("%s…", string([]rune(s)[:maxValue]))
}
