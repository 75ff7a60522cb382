import type { Draft } from '@gonggu/api'
import { Engine, type Pack } from '@gonggu/assess'
import { canonical } from '@gonggu/assess/canonical'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { arrange, isVisible } from '@/rooms/inspection/ask'
import { formOf } from '@/rooms/inspection/form'
import { judgeOf, silent } from '@/rooms/inspection/judge'
import { answer, changes, complaints, contentOf, doubtsOf, emptySheet, subjectOf, type Salts, type SheetState } from '@/rooms/inspection/sheet'

// A pack of the smallest size that has every kind of question: known, missing, conditional, always, sensitive, of a member.
const pack = {
  head: { id: 't', version: '1', title: 't', county: '990124', county_name: 't', issuer: 't', zone: 'Asia/Shanghai', cut_off: '18:00', phases: [] },
  facts: {
    household: [{ code: 'wage', name: '工资', type: 'money' }, { code: 'grade', name: '等级', type: 'code', list: 'grades' }, { code: 'flood', name: '受灾', type: 'bool' }, { code: 'loss', name: '损失', type: 'money' }, { code: 'phone', name: '电话', type: 'text', sensitive: 'contact' }],
    person: [{ code: 'insured', name: '参保', type: 'bool' }, { code: 'id_number', name: '证件', type: 'text', sensitive: 'identity' }],
  },
  codes: [{ id: 'grades', entries: [{ code: 'a', name: 'A级' }, { code: 'd', name: 'D级' }] }],
  params: [{ code: 'line', name: '线', value: 690000, unit: 'yuan', clauses: [] }],
  rules: [
    { id: 'poor', name: '收入低', kind: 'each', of: 'household', when: 'h.wage < p.line', yields: 'doubt', item: '3.3.1', clauses: [], say: '工资{h.wage}', lead: [] },
    { id: 'danger', name: '危房', kind: 'each', of: 'household', when: "h.grade == 'd'", yields: 'problem', item: '3.2.3', clauses: [], say: '住房为{h.grade}', lead: [] },
    { id: 'no-id', name: '无证件', kind: 'each', of: 'person', when: '!has(me.id_number)', yields: 'doubt', item: '3.3.1', clauses: [], say: '没有证件号', lead: [] },
  ],
  forms: [{
    id: 'household', name: '表', of: 'household', clauses: [], sections: [
      { id: 's1', title: '一', questions: [
        { id: 'q-wage', text: '工资？', fact: 'wage', ask: 'doubt', why: '算', used_by: ['县'], clauses: [] }, { id: 'q-grade', text: '等级？', fact: 'grade', ask: 'doubt', required: true, why: '', used_by: [], clauses: [] },
        { id: 'q-flood', text: '受灾？', fact: 'flood', ask: 'missing', required: true, why: '', used_by: [], clauses: [] }, { id: 'q-loss', text: '损失？', fact: 'loss', when: 'has(h.flood) && h.flood', ask: 'missing', required: true, why: '', used_by: [], clauses: [] },
        { id: 'q-phone', text: '电话？', fact: 'phone', ask: 'missing', required: true, why: '', used_by: [], clauses: [] }, { id: 'q-own', text: '满意吗？', type: 'bool', why: '', used_by: [], clauses: [] }, { id: 'q-photo', text: '照片', type: 'photo', why: '', used_by: [], clauses: [] },
      ] },
      { id: 's2', title: '二', of: 'member', questions: [{ id: 'q-ins', text: '参保？', fact: 'insured', ask: 'missing', why: '', used_by: [], clauses: [] }, { id: 'q-id', text: '证件？', fact: 'id_number', ask: 'missing', why: '', used_by: [], clauses: [] }] },
    ],
  }],
} as unknown as Pack

const draft: Draft = {
  form: 'household', pack: 'digest', subject: 'h1', head: '甲', rev: 3,
  prefilled: { h: { wage: 800000, grade: 'a' }, m: { p1: { insured: true, id_number: { '~': 'ab' } }, p2: {} } },
  known: { h: { wage: 800000, grade: 'a' }, m: { p1: { insured: true }, p2: {} } },
  shown: { 'h.phone': { text: '199****0000', source: '导入', on: '2022-09-13' }, 'h.wage': { text: '8,000元', source: '导入', on: '2022-09-13' } },
  doubts: [{ id: 'd1', rule: 'poor', say: '收入低', member: '' }],
  members: [{ id: 'p1', name: '甲', relation: '户主' }, { id: 'p2', name: '乙', relation: '配偶' }],
}
const form = formOf(pack, 'household')
const judge = judgeOf(pack, 'household')
const q = (id: string) => {
  const found = form.sections.flatMap((s) => s.questions).find((x) => x.id === id)
  if (!found) throw new Error(id)
  return found
}
const look = (state: SheetState) => judge(subjectOf(draft, state))
const openIds = (state: SheetState): string[] => arrange(form, draft, state, look(state)).household.flatMap((p) => p.open.map((x) => x.id))

describe('what is asked', () => {
  it('opens what is missing, doubtful or always asked, folds what is known, leaves photos to the phone', () => {
    const parts = arrange(form, draft, emptySheet('2022-09-18'), look(emptySheet('2022-09-18')))
    expect(parts.household[0]?.open.map((x) => x.id)).toEqual(['q-wage', 'q-flood', 'q-own'])
    expect(parts.household[0]?.folded.map((x) => x.id)).toEqual(['q-grade', 'q-phone'])
    expect(parts.member[0]?.open.map((x) => x.id)).toEqual(['q-ins', 'q-id'])
  })
  it('brings a conditional question when its condition comes true, and not before', () => {
    const state = emptySheet('2022-09-18')
    expect(openIds(state)).not.toContain('q-loss')
    answer(draft, state, q('q-flood'), '', true)
    expect(openIds(state)).toContain('q-loss')
    expect(isVisible(look(state), 'h.loss')).toBe(true)
  })
  it('keeps an answered question in sight, and works without a judge', () => {
    const state = emptySheet('2022-09-18')
    answer(draft, state, q('q-grade'), '', 'd')
    expect(openIds(state)).toContain('q-grade')
    const blind = arrange(form, draft, emptySheet('2022-09-18'), silent(subjectOf(draft, state)))
    expect(blind.household[0]?.open.map((x) => x.id)).toEqual(['q-flood', 'q-loss', 'q-own'])
  })
  it('does not ask again for what is on record but hidden, and does not call it missing', () => {
    const state = emptySheet('2022-09-18')
    const judged = look(state)
    expect(judged.asked.has('h.phone')).toBe(false)
    expect(judged.asked.has('m.p1.id_number')).toBe(false)
    expect(judged.findings.filter((f) => f.key.startsWith('no-id')).map((f) => f.who)).toEqual(['乙'])
    expect(complaints(form, draft, state, doubtsOf(draft, []), () => true).map((c) => c.path)).not.toContain('h.phone')
  })
  it('judges answers over what was known', () => {
    const state = emptySheet('2022-09-18')
    expect(look(state).findings.filter((f) => f.yields === 'problem')).toEqual([])
    answer(draft, state, q('q-grade'), '', 'd')
    answer(draft, state, q('q-wage'), '', 689999)
    expect(look(state).findings.filter((f) => !f.who).map((f) => [f.yields, f.say])).toEqual([['problem', '住房为D级'], ['doubt', '工资6,899.99元']])
    expect(new Engine(pack).household('2022-09-18', { grade: 'd' }, []).problems).toHaveLength(1)
  })
})

describe('answers', () => {
  it('hold only what differs from what was known, and a change ends "nothing changed"', () => {
    const state = emptySheet('2022-09-18')
    state.unchanged = true
    answer(draft, state, q('q-wage'), '', 800000)
    expect(state.h).toEqual({})
    expect(state.unchanged).toBe(true)
    answer(draft, state, q('q-flood'), '', false)
    expect(state.unchanged).toBe(true)
    answer(draft, state, q('q-wage'), '', 700000)
    expect(state).toMatchObject({ h: { wage: 700000, flood: false }, unchanged: false })
    expect(changes(draft, state)).toBe(1)
    answer(draft, state, q('q-wage'), '', undefined)
    expect(changes(draft, state)).toBe(0)
  })
  it('complain of each required gap, of a refusal without reason, of a half-written problem', () => {
    const state = emptySheet('')
    state.doubts['poor/'] = { verdict: 'refuted', reason: '' }
    state.problems.push({ item: '', text: '漏雨' })
    state.behalf.on = true
    expect(complaints(form, draft, state, doubtsOf(draft, []), (p) => p !== 'h.loss').map((c) => c.path)).toEqual(['h.flood', 'd.poor/', 'p.0', 'doneOn', 'behalf'])
  })
})

describe('doubts', () => {
  it('raised by the answers can be settled at once, and one that waits is not listed twice', () => {
    const state = emptySheet('2022-09-18')
    answer(draft, state, q('q-wage'), '', 100)
    const doubts = doubtsOf(draft, look(state).findings)
    expect(doubts.map((d) => [d.key, d.fresh])).toEqual([['poor/', false], ['no-id/p2', true]])
    state.doubts['no-id/p2'] = { verdict: 'confirmed', reason: '' }
    expect(contentOf(form, draft, state, doubts, new Map()).answers.doubts).toEqual([{ id: '', rule: 'no-id', member: 'p2', verdict: 'confirmed', reason: '' }])
    expect(contentOf(form, draft, state, [], new Map()).answers.doubts).toEqual([])
  })
})

describe('members', () => {
  it('who left are out of the rules and in the act; who came are in both', () => {
    const state = emptySheet('2022-09-18')
    state.gone.p2 = true
    state.added.push({ id: 'new-1', name: ' 丙 ' })
    expect(changes(draft, state)).toBe(2)
    expect(look(state).findings.filter((f) => f.key.startsWith('no-id')).map((f) => f.who.trim())).toEqual(['丙'])
    expect(contentOf(form, draft, state, [], new Map()).answers.m).toEqual([{ id: 'p2', gone: true }, { id: 'new-1', name: '丙' }])
    state.added = [{ id: 'new-1', name: '' }]
    expect(complaints(form, draft, state, doubtsOf(draft, []), () => false).map((c) => c.path)).toEqual(['m.new-1'])
  })
  it('an emptied box takes a known value back, and is nothing where nothing was known', () => {
    const state = emptySheet('2022-09-18')
    answer(draft, state, q('q-wage'), '', '')
    answer(draft, state, q('q-flood'), '', '')
    expect(state.h).toEqual({ wage: '' })
    expect(contentOf(form, draft, state, [], new Map()).answers.h).toEqual({ wage: '' })
  })
})

describe('what is signed', () => {
  const sheet = (): SheetState => {
    const s = emptySheet('2022-09-18')
    answer(draft, s, q('q-flood'), '', true)
    answer(draft, s, q('q-phone'), '', '19900001111')
    answer(draft, s, q('q-ins'), 'p2', true)
    s.doubts['poor/'] = { verdict: 'refuted', reason: ' 已核 ' }
    s.problems.push({ item: '3.2.3', text: '屋顶漏雨e\u0301' })
    return s
  }
  it('is the hash of pack, form, subject, revision, known values and answers', () => {
    const c = contentOf(form, draft, sheet(), doubtsOf(draft, []), new Map())
    expect(c.answers).toMatchObject({ m: [{ id: 'p2', insured: true }], doubts: [{ id: 'd1', rule: 'poor', member: '', verdict: 'refuted', reason: '已核' }], problems: [{ item: '3.2.3', text: '屋顶漏雨é' }] })
    const text = canonical({ pack: 'digest', form: 'household', subject: 'h1', rev: 3, prefilled: draft.prefilled, answers: c.answers })
    expect(c.seen).toBe(createHash('sha256').update(text).digest('hex'))
  })
  it('seals sensitive answers, with the same salt while the page lives', () => {
    const salts: Salts = new Map()
    const a = contentOf(form, draft, sheet(), doubtsOf(draft, []), salts)
    const b = contentOf(form, draft, sheet(), doubtsOf(draft, []), salts)
    expect(JSON.stringify(a.answers)).not.toContain('19900001111')
    expect(a.open).toHaveLength(1)
    expect(a.open[0]?.value).toBe('"19900001111"')
    expect(b.seen).toBe(a.seen)
    expect(contentOf(form, draft, sheet(), doubtsOf(draft, []), new Map()).seen).not.toBe(a.seen)
  })
})
