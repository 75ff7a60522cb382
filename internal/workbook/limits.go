// Package workbook reads and writes .xlsx files in bounded memory.
//
// Reading is a pull scanner of our own over the sheet's XML: it copes with shared and inline strings,
// rich text, styles that make a number a day, namespace prefixes, strict OOXML and UTF-16 or GB18030
// parts, and it refuses what is no workbook (an old .xls, a CSV, an encrypted or damaged file, a zip
// bomb) with a sentence that says what to do. Writing streams rows to the zip as they come.
//
// It knows cells, not their meaning: no column labels, no households, no database, no clock.
package workbook

import "gonggu/internal/errs"

// Limits bound what one file may cost. A zero field takes its default.
type Limits struct {
	FileBytes     int64 // the file as it was uploaded; default 1 GiB
	InflatedBytes int64 // all parts together, as declared and as found; default 12 GiB
	Ratio         int64 // inflated ÷ packed, asked only of what inflates beyond 32 MiB; default 250
	Parts         int   // entries of the zip; default 5,000
	SharedMemory  int64 // shared strings kept in memory, the rest lies in a temporary file; default 48 MiB
	SharedBytes   int64 // shared strings altogether; default 4 GiB
	CellBytes     int   // text of one cell in bytes; default 256 KiB (Excel itself stops at 32,767 characters)
	Members       int   // workbooks in one .zip; default 2,000
}

// ratioFloor is the inflated size below which a ratio says nothing (blank styled cells pack very well).
const ratioFloor = 32 << 20

// Largest row and column of the format.
const (
	MaxRows    = 1 << 20
	MaxColumns = 1 << 14
)

func (l Limits) filled() Limits {
	def := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&l.FileBytes, 1<<30)
	def(&l.InflatedBytes, 12<<30)
	def(&l.Ratio, 250)
	def(&l.SharedMemory, 48<<20)
	def(&l.SharedBytes, 4<<30)
	if l.Parts <= 0 {
		l.Parts = 5000
	}
	if l.CellBytes <= 0 {
		l.CellBytes = 256 << 10
	}
	if l.Members <= 0 {
		l.Members = 2000
	}
	return l
}

// What a file can be refused for. Every message says what the person should do.
var (
	errEmpty     = errs.New(errs.Invalid, "workbook.empty", "文件是空的，请检查后重新选择文件。")
	errTooLarge  = errs.New(errs.TooLarge, "workbook.too_large", "文件太大，请按乡镇拆成几个文件后分别导入，或压缩成一个 .zip 一起导入。")
	errLegacy    = errs.New(errs.Invalid, "workbook.legacy_xls", "这是旧版 .xls 文件，请在 WPS 或 Excel 中另存为 .xlsx 后再导入。")
	errEncrypted = errs.New(errs.Invalid, "workbook.encrypted", "文件设有打开密码，请在 WPS 或 Excel 中取消密码、保存后再导入。")
	errText      = errs.New(errs.Invalid, "workbook.text", "这是文本（CSV）文件，不是 Excel 工作簿。请用 WPS 或 Excel 打开，核对证件号码等长数字没有变样后，另存为 .xlsx 再导入。")
	errHTML      = errs.New(errs.Invalid, "workbook.html", "这是网页（HTML/XML）格式的表格，只是扩展名像 Excel。请用 WPS 或 Excel 打开，另存为 .xlsx 后再导入。")
	errNotZip    = errs.New(errs.Invalid, "workbook.not_workbook", "这不是 Excel 工作簿，请选择 .xlsx 文件（或装有 .xlsx 的 .zip）。")
	errBinary    = errs.New(errs.Invalid, "workbook.binary", "这是二进制工作簿 .xlsb，请在 WPS 或 Excel 中另存为 .xlsx 后再导入。")
	errODS       = errs.New(errs.Invalid, "workbook.opendocument", "这是 .ods 表格，请在 WPS 或 Excel 中另存为 .xlsx 后再导入。")
	errDamaged   = errs.New(errs.Invalid, "workbook.damaged", "文件已损坏或没有传完，请重新导出，或在 WPS、Excel 中打开后另存一份再导入。")
	errBomb      = errs.New(errs.TooLarge, "workbook.bomb", "文件解压后异常地大，不像正常的工作簿，已拒绝。请在 WPS 或 Excel 中打开，删去多余的空行空列，另存一份再导入。")
	errNoSheet   = errs.New(errs.Invalid, "workbook.no_sheet", "工作簿里没有工作表，请检查是否选错了文件。")
	errUnsafe    = errs.New(errs.Invalid, "workbook.unsafe", "文件里含有不安全的内容（文档类型定义），已拒绝。请在 WPS 或 Excel 中另存为 .xlsx 后再导入。")
	errCellLong  = errs.New(errs.TooLarge, "workbook.cell_too_long", "有单元格的文字超长，请检查是否把整篇文字粘进了一个单元格。")
	errNoBook    = errs.New(errs.Invalid, "workbook.zip_empty", "压缩包里没有 .xlsx 文件，请检查后重新压缩。")
)
