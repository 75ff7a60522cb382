// The engine: the same outcome as the Go package assess, in the same order, with the same words.

import { Expression, Frame, kindOf, Row, type Kind, type Result } from './expression'
import type { Derived, Fact, Facts, Form, Pack, Param, Question, Rule, Section, Value } from './pack'
import { codesOf, dayText, missing, paramText, parts, text, type Codes, type Part } from './text'

export interface Derivation {
  code: string
  value: string | boolean | number
  text: string
  formula: string
}

export interface Input {
  path: string
  name: string
  text: string
}

/** A doubt or a problem; member is the index of the person it is about, −1 if it is about the household. */
export interface Raised {
  rule: string
  say: string
  item: string
  clauses: string[]
  lead: string[]
  helping: string[]
  days: number
  sensitive: string
  member: number
  inputs: Input[]
}

export interface Unknown {
  rule: string
  member: number
  missing: string[]
}

export interface Fault {
  of: string
  member: number
  why: string
}

export interface Outcome {
  classes: string[]
  classesUnknown: string[]
  derived: Derivation[]
  memberDerived: Derivation[][]
  doubts: Raised[]
  problems: Raised[]
  unknown: Unknown[]
  faults: Fault[]
}

export interface OpenDoubt {
  rule: string
  member: number
}

/** What a form is looked at with: the facts known before the visit, and the answers so far. */
export interface Sheet {
  h: Facts
  v?: Facts
  members: Facts[]
  answers?: Facts
  membersAnswers?: Facts[]
  doubts?: OpenDoubt[]
}

export interface Asked {
  section: string
  question: string
  member: number
  because: 'always' | 'missing' | 'doubt'
}

interface CompiledDerived extends Derived {
  expr: Expression
  parts: Part[]
}

interface CompiledRule extends Rule {
  expr: Expression | null
  parts: Part[]
}

interface CompiledSection {
  section: Section
  root: 'h' | 'm' | 'v'
  when: Expression | null
  questions: { question: Question; when: Expression | null }[]
}

type Root = 'h' | 'm' | 'v' | 'p'

/** Evaluates one pack. Make it once; it is not re-entrant (there is one thread). */
export class Engine {
  readonly codes: Codes
  readonly facts = new Map<string, Pick<Fact, 'code' | 'name' | 'type' | 'list' | 'sensitive'>>()
  readonly kinds: Record<Root, Map<string, Kind>> = { h: new Map(), m: new Map(), v: new Map(), p: new Map() }
  readonly person: CompiledDerived[] = []
  readonly house: CompiledDerived[] = []
  readonly classes: { id: string; expr: Expression }[]
  readonly rules: CompiledRule[]
  private readonly forms = new Map<string, CompiledSection[]>()

  constructor(readonly pack: Pack) {
    this.codes = codesOf(pack.codes ?? [])
    this.declare(pack)
    for (const d of pack.derived ?? []) {
      const x = { ...d, expr: new Expression(d.formula), parts: parts(d.shown ?? '') }
      ;(d.of === 'person' ? this.person : this.house).push(x)
    }
    this.classes = (pack.classes ?? []).map((c) => ({ id: c.id, expr: new Expression(c.when) }))
    this.rules = (pack.rules ?? []).map((r) => ({ ...r, expr: r.when ? new Expression(r.when) : null, parts: parts(r.say) }))
    for (const f of pack.forms ?? []) this.forms.set(f.id, f.sections.map((s) => compileSection(f, s)))
  }

  private declare(pack: Pack): void {
    const put = (root: 'h' | 'm' | 'v', f: Pick<Fact, 'code' | 'name' | 'type' | 'list' | 'sensitive'>) => {
      this.facts.set(`${root}.${f.code}`, f)
      this.kinds[root].set(f.code, kindOf(f.type))
    }
    for (const f of pack.facts.household) put('h', f)
    for (const f of pack.facts.person) put('m', f)
    for (const f of pack.facts.village ?? []) put('v', f)
    for (const d of pack.derived ?? []) put(d.of === 'person' ? 'm' : 'h', d)
    for (const f of pack.forms ?? []) {
      if (f.of === 'unit') continue
      for (const s of f.sections) {
        for (const q of s.questions) {
          if (q.fact || !q.type || q.type === 'photo') continue
          put(rootOf(f, s), { code: q.id, name: q.text, type: q.type, list: q.list, sensitive: q.sensitive })
        }
      }
    }
    for (const p of pack.params ?? []) this.kinds.p.set(p.code, p.unit === 'day' || p.unit === 'text' ? 'text' : 'number')
  }

  /** Assesses a household on a day. Values under the code of a computed value replace the computing. */
  household(today: string, h: Facts, members: Facts[], village: Facts = {}): Outcome {
    const look = new Look(this, today, h, members, village)
    const out = look.out
    look.derive()
    for (const c of this.classes) {
      const r = c.expr.eval(look.frame)
      if (isTrue(r)) out.classes.push(c.id)
      else if (r.state === 'unknown') out.classesUnknown.push(c.id)
      else if (r.state === 'fault') look.fault(`class:${c.id}`, -1, r.why)
    }
    for (const r of this.rules) {
      if (r.kind !== 'each' || r.of === 'village') continue
      if (r.of !== 'person') {
        look.apply(r, -1)
        continue
      }
      members.forEach((_, i) => {
        look.setMe(i)
        look.apply(r, i)
      })
      look.setMe(-1)
    }
    return look.sorted()
  }

  /** Assesses a village: only the rules of villages. */
  village(today: string, village: Facts): Outcome {
    const look = new Look(this, today, {}, [], village)
    for (const r of this.rules) if (r.kind === 'each' && r.of === 'village') look.apply(r, -1)
    return look.sorted()
  }

  /** The questions of a form that are to be asked, in the form's order. What a condition cannot decide is asked. */
  asked(form: string, today: string, s: Sheet): Asked[] {
    const sections = this.forms.get(form)
    if (!sections) return []
    const members = s.members.map((m, i) => ({ ...m, ...s.membersAnswers?.[i] }))
    const look = new Look(this, today, { ...s.h, ...s.answers }, members, s.v ?? {})
    look.derive()
    const doubtful = this.doubtful(s.doubts ?? [])
    const out: Asked[] = []
    for (const sec of sections) {
      if (sec.root !== 'm') {
        look.ask(sec, -1, (sec.root === 'v' ? s.v : s.h) ?? {}, doubtful, out)
        continue
      }
      s.members.forEach((known, i) => {
        look.setMe(i)
        look.ask(sec, i, known, doubtful, out)
      })
      look.setMe(-1)
    }
    return out
  }

  private doubtful(doubts: OpenDoubt[]): { path: string; member: number }[] {
    const out: { path: string; member: number }[] = []
    for (const d of doubts) {
      const rule = this.rules.find((r) => r.id === d.rule)
      if (!rule) continue
      const reads = [...(rule.needs ?? []), ...(rule.expr?.reads ?? [])]
      const seen = new Set<string>()
      // A doubt over a computed value is a doubt over what it is computed from.
      for (let path = reads.shift(); path !== undefined; path = reads.shift()) {
        if (seen.has(path)) continue
        seen.add(path)
        out.push({ path, member: d.member })
        reads.push(...this.sources(path))
      }
    }
    return out
  }

  private sources(path: string): string[] {
    const dot = path.indexOf('.')
    const root = path.slice(0, dot)
    const list = root === 'h' ? this.house : root === 'm' || root === 'me' ? this.person : []
    const d = list.find((x) => x.code === path.slice(dot + 1))
    if (!d) return []
    return root === 'm' ? d.expr.reads.map((r) => (r.startsWith('me.') ? 'm' + r.slice(2) : r)) : d.expr.reads
  }

  /** The parameter in force on a day. */
  paramOn(code: string, day: string): Param | undefined {
    return [...(this.pack.params ?? [])].reverse().find((p) => p.code === code && (!p.from || day >= p.from) && (!p.to || day <= p.to))
  }
}

function rootOf(f: Form, s: Section): 'h' | 'm' | 'v' {
  if (s.of) return s.of === 'member' ? 'm' : 'h'
  return f.of === 'village' ? 'v' : 'h'
}

function compileSection(f: Form, s: Section): CompiledSection {
  const when = (w?: string) => (w ? new Expression(w) : null)
  return { section: s, root: rootOf(f, s), when: when(s.when), questions: s.questions.map((q) => ({ question: q, when: when(q.when) })) }
}

function isTrue(r: Result): boolean {
  return r.state === 'done' && r.value === true
}

/** Half-up, away from zero: what officials call 四舍五入. Undefined when too large to be exact. */
function round(x: number): number | undefined {
  if (!(Math.abs(x) <= Number.MAX_SAFE_INTEGER)) return undefined
  const n = Math.floor(Math.abs(x) + 0.5)
  return x < 0 && n !== 0 ? -n : n
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

class Look {
  readonly frame = new Frame()
  readonly out: Outcome = { classes: [], classesUnknown: [], derived: [], memberDerived: [], doubts: [], problems: [], unknown: [], faults: [] }
  private readonly h: Row
  private readonly v: Row
  private readonly p: Row
  private readonly m: Row[]
  private readonly params = new Map<string, Param>()
  private readonly houseValues: Facts = {}
  private readonly memberValues: Facts[]

  constructor(
    private readonly engine: Engine,
    private readonly today: string,
    private readonly household: Facts,
    private readonly members: Facts[],
    private readonly village: Facts,
  ) {
    const { kinds } = engine
    this.h = new Row(this.frame, 'h', kinds.h)
    this.v = new Row(this.frame, 'v', kinds.v)
    this.p = new Row(this.frame, 'p', kinds.p)
    this.m = members.map(() => new Row(this.frame, 'm', kinds.m))
    this.memberValues = members.map(() => ({}))
    for (const { code } of engine.pack.params ?? []) {
      const p = engine.paramOn(code, today)
      if (p) this.params.set(code, p)
      this.p.set(code, p?.value)
    }
    this.fillRow(this.h, -1, household)
    this.fillRow(this.v, -1, village)
    this.m.forEach((row, i) => this.fillRow(row, i, members[i] ?? {}))
    Object.assign(this.frame.rows, { h: this.h, v: this.v, p: this.p, m: this.m })
    this.frame.show(today)
  }

  private fillRow(row: Row, member: number, facts: Facts): void {
    for (const [code, v] of Object.entries(facts)) {
      if (!row.set(code, v)) this.fault(`${row.root}.${code}`, member, '值的类型不对')
    }
  }

  fault(of: string, member: number, why: string): void {
    this.out.faults.push({ of, member, why })
  }

  sorted(): Outcome {
    this.out.faults.sort((a, b) => byText(a.of, b.of))
    return this.out
  }

  setMe(i: number): void {
    this.frame.setMe(i)
  }

  derive(): void {
    this.m.forEach((row, i) => {
      this.setMe(i)
      const out: Derivation[] = []
      for (const d of this.engine.person) this.value(d, row, this.memberValues[i] ?? {}, i, out)
      this.out.memberDerived.push(out)
    })
    this.setMe(-1)
    for (const d of this.engine.house) this.value(d, this.h, this.houseValues, -1, this.out.derived)
  }

  private value(d: CompiledDerived, row: Row, into: Facts, member: number, out: Derivation[]): void {
    if (row.has(d.code)) return
    const r = d.expr.eval(this.frame)
    if (r.state === 'unknown') return row.unset(d.code, this.frame.missing())
    if (r.state === 'fault') return this.fault(`derived:${d.code}`, member, r.why)
    let v: Value | undefined = r.value
    if (typeof v === 'number') v = round(v)
    if (v === undefined || Array.isArray(v)) return this.fault(`derived:${d.code}`, member, '数太大')
    into[d.code] = v
    row.set(d.code, v)
    const printed = text(this.engine.codes, d, v)
    const formula = this.fill(d.parts, member, (word) => (word === 'value' ? printed : `{${word}}`))
    out.push({ code: d.code, value: v, text: printed, formula })
  }

  private row(root: string): Row {
    const { me } = this.frame.rows
    return root === 'me' && me ? me : root === 'v' ? this.v : root === 'p' ? this.p : this.h
  }

  apply(r: CompiledRule, member: number): void {
    const lacking = (r.needs ?? []).filter((n) => {
      const dot = n.indexOf('.')
      return !this.row(n.slice(0, dot)).has(n.slice(dot + 1))
    })
    if (lacking.length > 0) {
      this.out.unknown.push({ rule: r.id, member, missing: [...new Set(lacking)].sort() })
      return
    }
    if (!r.expr) return
    const res = r.expr.eval(this.frame)
    if (res.state === 'unknown') this.out.unknown.push({ rule: r.id, member, missing: this.frame.missing() })
    else if (res.state === 'fault') this.fault(`rule:${r.id}`, member, res.why)
    else if (res.value === true) (r.yields === 'problem' ? this.out.problems : this.out.doubts).push(this.raise(r, r.expr, member))
  }

  private raise(r: CompiledRule, expr: Expression, member: number): Raised {
    const inputs: Input[] = []
    for (const path of expr.reads) {
      const dot = path.indexOf('.')
      const root = path.slice(0, dot)
      if (root === 'm') continue
      const got = this.read(root, path.slice(dot + 1), member)
      if (got.known) inputs.push({ path, name: got.name, text: got.text })
    }
    return {
      rule: r.id,
      say: this.fill(r.parts, member),
      item: r.item,
      clauses: r.clauses,
      lead: r.lead,
      helping: r.helping ?? [],
      days: r.days ?? 0,
      sensitive: r.sensitive ?? '',
      member,
      inputs,
    }
  }

  private read(root: string, code: string, member: number): { name: string; text: string; known: boolean } {
    if (root === 'p') {
      const p = this.params.get(code)
      return p ? { name: p.name, text: paramText(this.engine.codes, p), known: true } : { name: code, text: missing, known: false }
    }
    const f = this.engine.facts.get(`${root === 'me' ? 'm' : root}.${code}`)
    const v = this.raw(root, code, member)
    return { name: f?.name ?? '', text: text(this.engine.codes, f ?? { type: '' }, v), known: v !== undefined }
  }

  private raw(root: string, code: string, member: number): Value | undefined {
    const given = root === 'h' ? this.household : root === 'v' ? this.village : this.members[member]
    const computed = root === 'h' ? this.houseValues : root === 'me' ? this.memberValues[member] : undefined
    const v = computed?.[code] ?? given?.[code]
    return v === null || v === '' ? undefined : v
  }

  private fill(list: Part[], member: number, word?: (w: string) => string): string {
    return list
      .map((p) => {
        if (p.literal) return p.literal
        if (p.root) return this.read(p.root, p.code, member).text
        if (p.code === 'today') return dayText(this.today)
        return word ? word(p.code) : `{${p.code}}`
      })
      .join('')
  }

  ask(s: CompiledSection, member: number, known: Facts, doubtful: { path: string; member: number }[], out: Asked[]): void {
    if (!this.holds(s.when)) return
    for (const { question: q, when } of s.questions) {
      if (!this.holds(when)) continue
      const because = this.because(q, s.root, member, known, doubtful)
      if (because) out.push({ section: s.section.id, question: q.id, member, because })
    }
  }

  private holds(e: Expression | null): boolean {
    if (!e) return true
    const r = e.eval(this.frame)
    return r.state !== 'done' || r.value === true
  }

  private because(q: Question, root: string, member: number, known: Facts, doubtful: { path: string; member: number }[]): Asked['because'] | null {
    if (!q.fact || q.ask === 'always') return 'always'
    const v = known[q.fact]
    if (v === undefined || v === null || v === '') return 'missing'
    const mine = doubtful.some(
      (d) => d.path === `${root}.${q.fact}` || (root === 'm' && d.path === `me.${q.fact}` && (d.member < 0 || d.member === member)),
    )
    return mine ? 'doubt' : null
  }
}
