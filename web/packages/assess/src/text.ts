// How values are printed for people, as officials write them. The Go package pack prints the same.

import type { CodeList, Fact, Param } from './pack'

export const missing = '未知'

export type Codes = Map<string, Map<string, string>>

export function codesOf(lists: CodeList[]): Codes {
  return new Map(lists.map((l) => [l.id, new Map(l.entries.map((e) => [e.code, e.name]))]))
}

/** Prints a value of a fact: 6,512.00元, 2022年9月15日, the name of a code. What is not known prints 未知. */
export function text(codes: Codes, f: Pick<Fact, 'type' | 'list'>, v: unknown): string {
  if (v === undefined || v === null) return missing
  const name = (c: unknown) => codes.get(f.list ?? '')?.get(String(c)) ?? String(c)
  switch (f.type) {
    case 'money':
    case 'yuan':
      return hundredths(number(v)) + '元'
    case 'hundredths':
    case 'mu':
    case 'm2':
      return hundredths(number(v))
    case 'ppm':
      return (number(v) / 10000).toFixed(4).replace(/\.?0+$/, '') + '%'
    case 'bool':
      return v === true ? '是' : '否'
    case 'day':
    case 'month':
      return dayText(String(v))
    case 'code':
      return name(v)
    case 'codes':
      return Array.isArray(v) ? v.map(name).join('、') : ''
    case 'text':
      return String(v)
  }
  return thousands(String(number(v)))
}

export function paramText(codes: Codes, p: Param): string {
  return text(codes, { type: p.unit }, p.value)
}

function number(v: unknown): number {
  return typeof v === 'number' ? Math.trunc(v) : 0
}

function hundredths(n: number): string {
  const a = Math.abs(n)
  return (n < 0 ? '-' : '') + thousands(String(Math.floor(a / 100))) + '.' + String(a % 100).padStart(2, '0')
}

function thousands(s: string): string {
  return s.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** "2022-09-15" as 2022年9月15日, "2022-09" as 2022年9月; anything else as it is. */
export function dayText(s: string): string {
  const m = /^(\d+)-(\d+)(?:-(\d+))?$/.exec(s)
  if (!m) return s
  return `${Number(m[1])}年${Number(m[2])}月` + (m[3] === undefined ? '' : `${Number(m[3])}日`)
}

export interface Part {
  literal: string
  root: string
  code: string
}

/** Splits a sentence with {root.code} and {word} placeholders. */
export function parts(say: string): Part[] {
  const out: Part[] = []
  const re = /\{([^}]*)\}/g
  let last = 0
  for (let m = re.exec(say); m; m = re.exec(say)) {
    if (m.index > last) out.push({ literal: say.slice(last, m.index), root: '', code: '' })
    const name = m[1] ?? ''
    const dot = name.indexOf('.')
    out.push(dot < 0 ? { literal: '', root: '', code: name } : { literal: '', root: name.slice(0, dot), code: name.slice(dot + 1) })
    last = m.index + m[0].length
  }
  if (last < say.length) out.push({ literal: say.slice(last), root: '', code: '' })
  return out
}
