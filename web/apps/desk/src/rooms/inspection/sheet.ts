// A sheet being filled: what was known, what is answered, what will be signed. Pure; knows no screen and no network.
import { nfc, sealValue, type Canon, type Opened } from '@gonggu/act'
import { canonical, sha256hex } from '@gonggu/assess/canonical'
import type { Draft, FactValue, Prefilled, Sealed, Values } from '@gonggu/api'
import type { Form, Question } from './form'
import { doubtKey, type Finding, type Subject } from './judge'

export type Verdict = '' | 'confirmed' | 'refuted'
export interface SheetState {
  h: Values
  m: { [person: string]: Values }
  /** Members who no longer belong to the household, and those who came, with ids minted here. */
  gone: { [person: string]: boolean }
  added: { id: string; name: string }[]
  /** By rule and member: a doubt raised while typing has no id yet. */
  doubts: { [key: string]: { verdict: Verdict; reason: string } }
  problems: { item: string; text: string }[]
  unchanged: boolean
  doneOn: string
  behalf: { on: boolean; inspector: string; scan: string }
}

export function emptySheet(doneOn: string): SheetState {
  return { h: {}, m: {}, gone: {}, added: [], doubts: {}, problems: [], unchanged: false, doneOn, behalf: { on: false, inspector: '', scan: '' } }
}

/** Under which name the answer is kept: the fact it updates, else the question's own id. */
export const keyOf = (q: Question): string => q.fact || q.id
export const pathOf = (q: Question, person = ''): string => (person ? `m.${person}.${keyOf(q)}` : `h.${keyOf(q)}`)

export const isBlank = (v: FactValue | undefined): boolean => v === undefined || v === '' || (Array.isArray(v) && v.length === 0)
export const same = (a: FactValue | undefined, b: FactValue | undefined): boolean =>
  a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => x === b[i]))

export interface Person { id: string; name: string; relation: string; fresh: boolean }
/** Everybody the sheet shows, those who left included. */
export function everybody(draft: Draft, state: SheetState): Person[] {
  return [...draft.members.map((p) => ({ ...p, fresh: false })), ...state.added.map((p) => ({ ...p, relation: '', fresh: true }))]
}
/** Those who count: the rules see them, in this order, and a finding names one by its place. */
export const present = (draft: Draft, state: SheetState): Person[] => everybody(draft, state).filter((p) => !state.gone[p.id])

const bag = (state: SheetState, person: string): Values => (person ? (state.m[person] ?? {}) : state.h)

const isSealed = (v: FactValue | Sealed | undefined): v is Sealed => typeof v === 'object' && !Array.isArray(v)
export const known = (draft: Draft, q: Question, person = ''): FactValue | undefined =>
  (person ? draft.known.m[person] : draft.known.h)?.[keyOf(q)]

/**
 * Paths whose value is on record but hidden from this reader: prefilled as a hash, or shown masked. They are known, so they are
 * not asked again; nor can this browser judge a rule that reads them.
 */
export function sealedPaths(draft: Draft): ReadonlySet<string> {
  const out = new Set<string>()
  const add = (values: Prefilled, owner: string): void => { for (const [k, v] of Object.entries(values)) if (isSealed(v)) out.add(`${owner}.${k}`) }
  add(draft.prefilled.h, 'h')
  for (const [person, values] of Object.entries(draft.prefilled.m)) add(values, `m.${person}`)
  for (const path of Object.keys(draft.shown)) {
    const [root, a = '', b = ''] = path.split('.')
    const value = root === 'h' ? draft.known.h[a] : draft.known.m[a]?.[b]
    if (value === undefined) out.add(path)
  }
  return out
}
export const answered = (state: SheetState, q: Question, person = ''): FactValue | undefined => bag(state, person)[keyOf(q)]

/** What holds now: the answer, else what was known. */
export function valueOf(draft: Draft, state: SheetState, q: Question, person = ''): FactValue | undefined {
  return answered(state, q, person) ?? known(draft, q, person)
}

/** Sets or takes back an answer. Answering what was known anyway is no answer, so that the act holds only what the visit added. */
export function answer(draft: Draft, state: SheetState, q: Question, person: string, value: FactValue | undefined): void {
  const target = person ? (state.m[person] ??= {}) : state.h
  const before = known(draft, q, person)
  // An emptied box takes a known value back from the register; where nothing was known it is no answer at all.
  const empties = value === '' && before !== undefined
  if ((isBlank(value) && !empties) || same(value, before)) delete target[keyOf(q)]
  else target[keyOf(q)] = value as FactValue
  if (q.fact && target[keyOf(q)] !== undefined && before !== undefined) state.unchanged = false
}

/** How many known values the answers contradict; "nothing changed" may stand only over none. */
export function changes(draft: Draft, state: SheetState): number {
  const differ = (values: Values, before: Prefilled | undefined): number => Object.keys(values).filter((k) => before?.[k] !== undefined && (isSealed(before[k]) || !same(values[k], before[k] as FactValue))).length
  return differ(state.h, draft.prefilled.h) + state.added.length + Object.values(state.gone).filter(Boolean).length + draft.members.reduce((n, p) => n + differ(state.m[p.id] ?? {}, draft.prefilled.m[p.id]), 0)
}

/** The sheet as the rules look at it: known before, answered now, and the doubts that wait. */
export function subjectOf(draft: Draft, state: SheetState): Subject {
  const people = present(draft, state)
  return {
    known: { h: draft.known.h, m: people.map((p) => draft.known.m[p.id] ?? {}) },
    sealed: sealedPaths(draft),
    answers: { h: { ...state.h }, m: people.map((p) => ({ ...state.m[p.id] })) },
    persons: people.map(({ id, name }) => ({ id, name })),
    doubts: draft.doubts.map((d) => ({ rule: d.rule, member: people.findIndex((p) => p.id === d.member) })),
    // The server judges the day of the visit, not the day of typing.
    today: state.doneOn,
  }
}

export interface SheetDoubt { key: string; id: string; rule: string; member: string; say: string; fresh: boolean }

/** The doubts that can be settled on this sheet: those that wait, and those its own answers raise, so that nobody has to come again for them. */
export function doubtsOf(draft: Draft, findings: readonly Finding[]): SheetDoubt[] {
  const waiting = draft.doubts.map((d) => ({ ...d, key: doubtKey(d.rule, d.member), fresh: false }))
  const raised = findings.filter((f) => f.yields === 'doubt' && !waiting.some((d) => d.key === f.key))
  return [...waiting, ...raised.map((f) => ({ key: f.key, id: '', rule: f.rule, member: f.member, say: f.who ? `${f.who}：${f.say}` : f.say, fresh: true }))]
}

export interface Complaint { path: string; text: string }

/** What still keeps the sheet from being signed; in the order of the form. */
export function complaints(form: Form, draft: Draft, state: SheetState, doubts: readonly SheetDoubt[], visible: (path: string) => boolean): Complaint[] {
  const out: Complaint[] = []
  const sealed = sealedPaths(draft)
  for (const section of form.sections) {
    for (const q of section.questions) {
      for (const person of q.of === 'member' ? present(draft, state) : [{ id: '', name: '' }]) {
        const path = pathOf(q, person.id)
        if (q.required && visible(path) && !sealed.has(path) && isBlank(valueOf(draft, state, q, person.id))) out.push({ path, text: `${person.name ? `${person.name}：` : ''}${q.text}` })
      }
    }
  }
  for (const d of doubts) {
    const said = state.doubts[d.key]
    if (said?.verdict === 'refuted' && said.reason.trim().length < 2) out.push({ path: `d.${d.key}`, text: `排除疑点要写理由：${d.say}` })
  }
  state.problems.forEach((p, i) => { if (!p.item || [...p.text.trim()].length < 4) out.push({ path: `p.${i}`, text: `第${i + 1}个补充问题要选任务项，并写清情况（至少4个字）` }) })
  for (const p of state.added) if (!p.name.trim()) out.push({ path: `m.${p.id}`, text: '新增成员的姓名' })
  if (!state.doneOn) out.push({ path: 'doneOn', text: '排查日期' })
  if (state.behalf.on && !state.behalf.inspector.trim()) out.push({ path: 'behalf', text: '纸质表上的排查人姓名' })
  return out
}

export interface Content { answers: { [key: string]: Canon }; prefilled: Canon; seen: string; open: Opened[] }

/** Salts of sealed answers; kept while the page lives, or the hash would change under the signer's hand. */
export type Salts = Map<string, { value: string; mark: { '~': string }; opened: Opened }>

/** The content that is signed: sensitive answers sealed, the rest as typed, and the hash over all of it. */
export function contentOf(form: Form, draft: Draft, state: SheetState, doubts: readonly SheetDoubt[], salts: Salts): Content {
  const secret = new Set(form.sections.flatMap((s) => s.questions.filter((q) => q.sensitive).map(keyOf)))
  const open: Opened[] = []
  const seal = (values: Values, owner: string): { [key: string]: Canon } => {
    const out: { [key: string]: Canon } = {}
    for (const [key, value] of Object.entries(values)) {
      if (!secret.has(key) || value === '') { out[key] = value; continue }
      const text = canonical(value)
      const path = `${owner}.${key}`
      let sealed = salts.get(path)
      if (sealed?.value !== text) salts.set(path, (sealed = { value: text, ...sealValue(text) }))
      out[key] = sealed.mark
      open.push(sealed.opened)
    }
    return out
  }
  const answers = nfc({
    h: seal(state.h, 'h'),
    m: everybody(draft, state)
      .filter((p) => p.fresh || state.gone[p.id] || Object.keys(state.m[p.id] ?? {}).length)
      .map((p) => ({ ...seal(state.m[p.id] ?? {}, p.id), id: p.id, ...(p.fresh ? { name: p.name.trim() } : {}), ...(state.gone[p.id] ? { gone: true } : {}) })),
    doubts: doubts.flatMap((d) => {
      const said = state.doubts[d.key]
      return said?.verdict ? [{ id: d.id, rule: d.rule, member: d.member, verdict: said.verdict, reason: said.reason.trim() }] : []
    }),
    problems: state.problems.map((p) => ({ item: p.item, text: p.text.trim() })),
  }) as { [key: string]: Canon }
  const prefilled = draft.prefilled as unknown as Canon
  const seen = sha256hex(canonical({ pack: draft.pack, form: draft.form, subject: draft.subject, rev: draft.rev, prefilled, answers }))
  return { answers, prefilled, seen, open }
}
