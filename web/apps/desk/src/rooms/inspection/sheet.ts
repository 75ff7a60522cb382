// A sheet being filled: what was known, what is answered, what will be signed. Pure; knows no screen and no network.
import { canonical, nfc, sealValue, sha256Hex, type Canon, type Opened } from '@gonggu/act'
import type { Draft, FactValue, Values } from '@gonggu/api'
import type { Form, Question } from './form'
import type { Subject } from './judge'

export type Verdict = '' | 'confirmed' | 'refuted'
export interface SheetState {
  h: Values
  m: { [person: string]: Values }
  doubts: { [id: string]: { verdict: Verdict; reason: string } }
  problems: { item: string; text: string }[]
  unchanged: boolean
  doneOn: string
  behalf: { on: boolean; inspector: string; scan: string }
}

export function emptySheet(doneOn: string): SheetState {
  return { h: {}, m: {}, doubts: {}, problems: [], unchanged: false, doneOn, behalf: { on: false, inspector: '', scan: '' } }
}

/** Under which name the answer is kept: the fact it updates, else the question's own id. */
export const keyOf = (q: Question): string => q.fact || q.id
export const pathOf = (q: Question, person = ''): string => (person ? `m.${person}.${keyOf(q)}` : `h.${keyOf(q)}`)

export const isBlank = (v: FactValue | undefined): boolean => v === undefined || v === '' || (Array.isArray(v) && v.length === 0)
export const same = (a: FactValue | undefined, b: FactValue | undefined): boolean =>
  a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => x === b[i]))

const bag = (state: SheetState, person: string): Values => (person ? (state.m[person] ?? {}) : state.h)
export const known = (draft: Draft, q: Question, person = ''): FactValue | undefined =>
  (person ? draft.prefilled.m[person] : draft.prefilled.h)?.[keyOf(q)]
export const answered = (state: SheetState, q: Question, person = ''): FactValue | undefined => bag(state, person)[keyOf(q)]

/** What holds now: the answer, else what was known. */
export function valueOf(draft: Draft, state: SheetState, q: Question, person = ''): FactValue | undefined {
  return answered(state, q, person) ?? known(draft, q, person)
}

/** Sets or takes back an answer. Answering what was known anyway is no answer, so that the act holds only what the visit added. */
export function answer(draft: Draft, state: SheetState, q: Question, person: string, value: FactValue | undefined): void {
  const target = person ? (state.m[person] ??= {}) : state.h
  if (isBlank(value) || same(value, known(draft, q, person))) delete target[keyOf(q)]
  else target[keyOf(q)] = value as FactValue
  if (q.fact && target[keyOf(q)] !== undefined && known(draft, q, person) !== undefined) state.unchanged = false
}

/** How many known values the answers contradict; "nothing changed" may stand only over none. */
export function changes(draft: Draft, state: SheetState): number {
  const differ = (values: Values, before: Values | undefined): number => Object.keys(values).filter((k) => before?.[k] !== undefined && !same(values[k], before[k])).length
  return differ(state.h, draft.prefilled.h) + draft.members.reduce((n, p) => n + differ(state.m[p.id] ?? {}, draft.prefilled.m[p.id]), 0)
}

/** The sheet as the rules look at it: known before, answered now, and the doubts that wait. */
export function subjectOf(draft: Draft, state: SheetState, today: string): Subject {
  return {
    known: { h: draft.prefilled.h, m: draft.members.map((p) => draft.prefilled.m[p.id] ?? {}) },
    answers: { h: { ...state.h }, m: draft.members.map((p) => ({ ...state.m[p.id] })) },
    persons: draft.members.map(({ id, name }) => ({ id, name })),
    doubts: draft.doubts.map((d) => ({ rule: d.rule, member: draft.members.findIndex((p) => p.id === d.person) })),
    today,
  }
}

export interface Complaint { path: string; text: string }

/** What still keeps the sheet from being signed; in the order of the form. */
export function complaints(form: Form, draft: Draft, state: SheetState, visible: (path: string) => boolean): Complaint[] {
  const out: Complaint[] = []
  for (const section of form.sections) {
    for (const q of section.questions) {
      for (const person of q.of === 'member' ? draft.members : [{ id: '', name: '' }]) {
        const path = pathOf(q, person.id)
        if (q.required && visible(path) && isBlank(valueOf(draft, state, q, person.id))) out.push({ path, text: `${person.name ? `${person.name}：` : ''}${q.text}` })
      }
    }
  }
  for (const d of draft.doubts) {
    const said = state.doubts[d.id]
    if (said?.verdict === 'refuted' && said.reason.trim().length < 2) out.push({ path: `d.${d.id}`, text: `排除疑点要写理由：${d.say}` })
  }
  state.problems.forEach((p, i) => { if (!p.item || !p.text.trim()) out.push({ path: `p.${i}`, text: `第${i + 1}个补充问题要选任务项并写明情况` }) })
  if (!state.doneOn) out.push({ path: 'doneOn', text: '排查日期' })
  if (state.behalf.on && !state.behalf.inspector.trim()) out.push({ path: 'behalf', text: '纸质表上的排查人姓名' })
  return out
}

export interface Content { answers: { [key: string]: Canon }; prefilled: Canon; seen: string; open: Opened[] }

/** Salts of sealed answers; kept while the page lives, or the hash would change under the signer's hand. */
export type Salts = Map<string, { value: string; mark: { '~': string }; opened: Opened }>

/** The content that is signed: sensitive answers sealed, the rest as typed, and the hash over all of it. */
export function contentOf(form: Form, draft: Draft, state: SheetState, salts: Salts): Content {
  const secret = new Set(form.sections.flatMap((s) => s.questions.filter((q) => q.sensitive).map(keyOf)))
  const open: Opened[] = []
  const seal = (values: Values, owner: string): { [key: string]: Canon } => {
    const out: { [key: string]: Canon } = {}
    for (const [key, value] of Object.entries(values)) {
      if (!secret.has(key)) { out[key] = value; continue }
      const text = typeof value === 'string' ? value : canonical(value)
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
    m: draft.members.filter((p) => Object.keys(state.m[p.id] ?? {}).length).map((p) => ({ ...seal(state.m[p.id] ?? {}, p.id), id: p.id })),
    doubts: draft.doubts.flatMap((d) => {
      const said = state.doubts[d.id]
      return said?.verdict ? [{ id: d.id, rule: d.rule, verdict: said.verdict, reason: said.reason.trim() }] : []
    }),
    problems: state.problems.map((p) => ({ item: p.item, text: p.text.trim() })),
  }) as { [key: string]: Canon }
  const prefilled = draft.prefilled as unknown as Canon
  const seen = sha256Hex(canonical({ pack: draft.pack, form: draft.form, subject: draft.subject, rev: draft.rev, prefilled, answers }))
  return { answers, prefilled, seen, open }
}
