// Between what a clerk types and what is stored: money in fen, areas in hundredths, whole numbers, days.
import type { FactValue } from '@gonggu/api'
import { dayLong, hundredths, money } from '@gonggu/words'
import type { Question } from './form'

export interface Parsed { value?: FactValue; fault?: string }

/** Digits as people type them: full-width, thousands marks, stray spaces and a trailing unit are forgiven. */
function plain(text: string): string {
  return text.normalize('NFKC').replace(/[,\s]/g, '').replace(/[元亩人户个㎡%]+$/u, '')
}

function scaled(text: string, name: string): Parsed {
  const m = /^(-?)(\d{1,11})(?:\.(\d{0,2}))?$/.exec(plain(text))
  if (!m) return { fault: `${name}应为数字，最多两位小数` }
  const value = Number(m[2]) * 100 + Number((m[3] ?? '').padEnd(2, '0'))
  return { value: m[1] ? -value : value }
}

export function parseEntry(q: Pick<Question, 'type'>, text: string): Parsed {
  if (!text.trim()) return {}
  switch (q.type) {
    case 'int':
      return /^-?\d{1,12}$/.test(plain(text)) ? { value: Number(plain(text)) } : { fault: '应为整数' }
    case 'money':
      return scaled(text, '金额')
    case 'hundredths':
      return scaled(text, '数值')
    case 'ppm': {
      const got = scaled(text, '比例')
      return typeof got.value === 'number' ? { value: got.value * 100 } : got
    }
    case 'day':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) ? { value: text } : { fault: '日期应为 年-月-日' }
    case 'month':
      return /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? { value: text } : { fault: '月份应为 年-月，例如 2022-08' }
    default:
      return { value: text.trim().normalize('NFC') }
  }
}

/** The stored value as it stands in the box. */
export function entryText(q: Pick<Question, 'type'>, value: FactValue | undefined): string {
  if (value === undefined || Array.isArray(value)) return ''
  if (q.type === 'ppm' && typeof value === 'number') return hundredths(Math.round(value / 100)).replace(/,/g, '')
  if ((q.type === 'money' || q.type === 'hundredths') && typeof value === 'number') return hundredths(value).replace(/,/g, '')
  return String(value)
}

/** The stored value as it is read aloud. */
export function readText(q: Pick<Question, 'type' | 'list' | 'unit'>, value: FactValue | undefined): string {
  if (value === undefined || value === '') return '未填'
  if (typeof value === 'boolean') return value ? '是' : '否'
  const name = (code: string): string => q.list.find((e) => e.code === code)?.name ?? code
  if (Array.isArray(value)) return value.map(name).join('、') || '无'
  if (typeof value === 'number' && q.type === 'ppm') return `${hundredths(Math.round(value / 100))}%`
  if (typeof value === 'number') return q.type === 'money' ? money(value) : `${q.type === 'hundredths' ? hundredths(value) : value}${q.unit}`
  return q.type === 'day' ? dayLong(value) : name(value)
}
