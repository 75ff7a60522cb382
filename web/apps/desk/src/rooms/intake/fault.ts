import type { ImportFault } from '@gonggu/api'

/** How grave a fault is, in the server's words: the row was left out, entered but to be checked, or nothing was touched. */
export const severityName: Record<string, string> = { rejected: '退回', doubtful: '存疑', notice: '提示' }
export const severityTone: Record<string, string> = { rejected: 'bad', doubtful: 'wait' }

/** The kinds that occur, most frequent first; the sentence of the first of a kind stands for it. */
export function faultKinds(faults: readonly ImportFault[]): { code: string; say: string; n: number }[] {
  const out = new Map<string, { code: string; say: string; n: number }>()
  for (const f of faults) {
    const known = out.get(f.code)
    if (known) known.n += 1
    else out.set(f.code, { code: f.code, say: f.reason.split('，')[0]?.split('。')[0] ?? f.reason, n: 1 })
  }
  return [...out.values()].sort((a, b) => b.n - a.n)
}

// A cell that begins so would be a formula in the spreadsheet it is pasted into.
const cell = (text: string): string => {
  const flat = text.replace(/[\t\r\n]+/g, ' ')
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat
}

/** Tab-separated rows with a head, as spreadsheets paste them. */
export function faultRows(faults: readonly ImportFault[]): string {
  const rows = faults.map((f) => [severityName[f.severity] ?? f.severity, f.file, f.sheet, f.row ? String(f.row) : '', f.column, f.value, f.reason])
  return [['程度', '文件', '工作表', '行', '列', '原值', '原因'], ...rows].map((r) => r.map(cell).join('\t')).join('\n')
}

/** Puts text on the clipboard; navigator.clipboard is missing on plain http, so a hidden box is the second way. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const box = document.createElement('textarea')
    box.value = text
    box.style.position = 'fixed'
    box.style.left = '-999px'
    document.body.append(box)
    box.select()
    const done = document.execCommand('copy')
    box.remove()
    return done
  }
}
