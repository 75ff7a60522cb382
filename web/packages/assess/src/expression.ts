// Expressions on the phone: the narrow CEL profile with three-valued results. A value that is not known makes a result
// unknown, never false. The Go package pack/expr gives the same answers; testdata/conformance/expressions.json holds both.

import './polyfill'
import { Environment } from '@marcbachmann/cel-js'

export type Kind = 'text' | 'bool' | 'number' | 'texts'

export function kindOf(type: string): Kind {
  switch (type) {
    case 'bool':
      return 'bool'
    case 'int':
    case 'money':
    case 'hundredths':
    case 'ppm':
      return 'number'
    case 'codes':
      return 'texts'
  }
  return 'text'
}

class ZeroDivision extends Error {}

function day(s: string): number {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(s)
  if (!m) throw new Error('not a day')
  const [y, mo, d] = [Number(m[1]), Number(m[2]), Number(m[3])]
  const t = new Date(0)
  t.setUTCFullYear(y, mo - 1, d)
  if (t.getUTCFullYear() !== y || t.getUTCMonth() !== mo - 1 || t.getUTCDate() !== d) throw new Error('not a day')
  return t.getTime()
}

const firstOf = (s: string) => (/^\d{4}-\d{2}$/.test(s) ? s + '-01' : s)

/** The number of days from a to b; a month stands for its first day. */
export function days(a: string, b: string): number {
  const from = day(firstOf(a))
  return Math.round((day(firstOf(b)) - from) / 86_400_000)
}

/** Whole years from birth to a day; who is born on 29 February grows older on 1 March. */
export function ageOn(birth: string, on: string): number {
  day(birth)
  day(on)
  return Number(on.slice(0, 4)) - Number(birth.slice(0, 4)) - (birth.slice(5) > on.slice(5) ? 1 : 0)
}

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
  .registerFunction('days(string, string): double', days)
  .registerFunction('age_on(string, string): double', ageOn)
  .registerFunction('div(double, double): double', (a: number, b: number) => {
    if (b === 0) throw new ZeroDivision('division by zero')
    return a / b
  })

/** What one evaluation looks at: the rows, and which wanted values were not there. */
export class Frame {
  readonly noted = new Set<string>()
  readonly vars: Record<string, unknown> = {}
  readonly rows: { h?: Row; v?: Row; p?: Row; me?: Row; m: Row[] } = { m: [] }
  private last: string[][] = []

  begin(leaves: string[][]): void {
    this.noted.clear()
    this.last = leaves
  }

  /** Puts the rows and the day where expressions see them. */
  show(today: string): void {
    const { h, v, p, m } = this.rows
    Object.assign(this.vars, { h: h?.map, v: v?.map, p: p?.map, m: m.map((r) => r.map), today })
  }

  /** Makes member i the one in question; −1 none. */
  setMe(i: number): void {
    const row = this.rows.m[i]
    this.rows.me = row && new Row(this, 'me', row.kinds, row)
    if (this.rows.me) this.vars.me = this.rows.me.map
    else delete this.vars.me
  }

  /**
   * The facts to be asked for when the last evaluation ended unknown, sorted, each once. Of each condition that wanted a
   * missing fact it names all that are missing: the engines stop at the first, in an order of their own.
   */
  missing(): string[] {
    const out = new Set<string>()
    for (const leaf of this.last) {
      if (!leaf.some((r) => this.noted.has(r))) continue
      for (const path of leaf) {
        const dot = path.indexOf('.')
        const root = path.slice(0, dot) as 'h' | 'v' | 'p' | 'me' | 'm'
        const rows = root === 'm' ? this.rows.m : [this.rows[root]]
        for (const row of rows) for (const name of row?.absent(path.slice(dot + 1)) ?? []) out.add(name)
      }
    }
    return [...out].sort()
  }
}

/** The values of one household, person, village or of the parameters, under a variable's name. */
export class Row {
  readonly map: Map<string, unknown>
  readonly values: Map<string, unknown>
  readonly why: Map<string, string[]>

  constructor(
    frame: Frame,
    readonly root: string,
    readonly kinds: Map<string, Kind>,
    same?: Row,
  ) {
    this.values = same?.values ?? new Map()
    this.why = same?.why ?? new Map()
    // The engine reads a map by get(); our own one notes what was wanted and not there.
    this.map = new Map()
    this.map.get = (code: string) => {
      const v = this.values.get(code)
      if (v === undefined) frame.noted.add(`${root}.${code}`)
      return v
    }
  }

  /** What is to be asked for want of a field: its own name, or what it was to be computed from; nothing if it is there. */
  absent(code: string): string[] {
    if (this.values.has(code)) return []
    return (this.why.get(code) ?? [`${this.root}.${code}`]).map((n) => (n.startsWith('me.') ? this.root + n.slice(2) : n))
  }

  has(code: string): boolean {
    return this.values.has(code)
  }

  /** Puts a value; false says that it does not fit the field's kind, which is then missing. Unknown codes are passed over. */
  set(code: string, v: unknown): boolean {
    const kind = this.kinds.get(code)
    if (kind === undefined) return true
    this.values.delete(code)
    if (v === undefined || v === null || v === '') return true
    const fits =
      kind === 'texts'
        ? Array.isArray(v) && v.every((e) => typeof e === 'string')
        : typeof v === { text: 'string', bool: 'boolean', number: 'number' }[kind]
    if (fits) this.values.set(code, v)
    return fits
  }

  /** Marks a computed value as unknown for want of the facts named. */
  unset(code: string, why: string[]): void {
    this.values.delete(code)
    this.why.set(code, why)
  }
}

export type Result = { state: 'done'; value: string | boolean | number | string[] } | { state: 'unknown' } | { state: 'fault'; why: string }

export class Expression {
  /** The fields it may read ("h.code", "m.code" for any member), sorted. */
  readonly reads: string[]
  private readonly leaves: string[][]
  private readonly run: (vars: Record<string, unknown>) => unknown

  /** Parses compiled text; it was checked when the pack was compiled. */
  constructor(readonly text: string) {
    this.run = environment.parse(text) as (vars: Record<string, unknown>) => unknown
    const bare = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    this.reads = readsOf(bare)
    this.leaves = bare.split(/[&|?:]/).map(readsOf)
  }

  eval(frame: Frame): Result {
    frame.begin(this.leaves)
    // What is not known is thrown by the engine; where it was thrown interests nobody, and a stack costs more than the rest.
    const errors = Error as { stackTraceLimit?: number }
    const depth = errors.stackTraceLimit
    errors.stackTraceLimit = 0
    try {
      return { state: 'done', value: plain(this.run(frame.vars)) }
    } catch (e) {
      if (frame.noted.size > 0 || e instanceof ZeroDivision || (e as { cause?: unknown }).cause instanceof ZeroDivision) return { state: 'unknown' }
      return { state: 'fault', why: e instanceof Error ? e.message : String(e) }
    } finally {
      errors.stackTraceLimit = depth
    }
  }
}

function plain(v: unknown): string | boolean | number | string[] {
  return typeof v === 'bigint' ? Number(v) : (v as string | boolean | number | string[])
}

/** A member's variable is whatever a macro calls it, so every name that is not one of ours reads members. */
function readsOf(bare: string): string[] {
  const out = new Set<string>()
  const re = /(^|[^\w.)\]"])([A-Za-z_]\w*)\s*\.\s*([A-Za-z_]\w*)(?!\w)(\s*\()?/g
  for (let m = re.exec(bare); m; m = re.exec(bare)) {
    if (m[4]) continue
    const root = m[2] ?? ''
    out.add((['h', 'me', 'v', 'p'].includes(root) ? root : 'm') + '.' + m[3])
  }
  return [...out].sort()
}
