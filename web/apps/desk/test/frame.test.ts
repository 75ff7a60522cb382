import type { Page } from '@gonggu/api'
import { count } from '@gonggu/words'
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import { areaTree } from '@/frame/areas'
import { isFinal, summary } from '@/frame/acts'
import { useLoad } from '@/frame/load'
import { usePages } from '@/frame/pages'
import PageState from '@/frame/PageState.vue'
import SignatureView from '@/frame/SignatureView.vue'
import { entryText, parseEntry, readText } from '@/rooms/inspection/entry'
import { pasteText } from '@/rooms/report/paste'
import { months } from '@/rooms/report/calendar'
import { looksLikeId, useSearch } from '@/rooms/household/search'
import { faultKinds, faultRows } from '@/rooms/intake/fault'
import { toDoubts, toHouseholds, toLedger } from '@/rooms/report/drill'
import { axisDays, heatGrid, idealLine } from '@/rooms/overview/options'
import { behind, paceOf } from '@/rooms/overview/pace'
import { areas, overview } from './fixture/county'
import { report } from './fixture/report'

/** Runs a composable inside a component, as Vue wants it. */
function within<T>(use: () => T): T {
  let out: T | undefined
  mount(defineComponent({ setup() { out = use(); return () => h('i') } }))
  return out as T
}

describe('lists', () => {
  it('append the next page, start anew on another filter, and drop an answer that comes too late', async () => {
    const q = ref('a')
    const calls: { q: string; after: string; done: (p: Page<string>) => void; signal: AbortSignal }[] = []
    const list = within(() => usePages<string>((after, signal) => new Promise((done) => calls.push({ q: q.value, after, done, signal })), [q]))
    calls[0]?.done({ rows: ['a1'], next: 'k1', total: 2 })
    await flushPromises()
    expect(list.hasMore.value).toBe(true)
    void list.more()
    expect(calls[1]?.after).toBe('k1')
    q.value = 'b'
    await nextTick()
    expect(calls[1]?.signal.aborted).toBe(true)
    calls[1]?.done({ rows: ['a2'], next: '', total: 2 })
    calls[2]?.done({ rows: ['b1'], next: '', total: 1 })
    await flushPromises()
    expect(list.rows.value).toEqual(['b1'])
    expect(list.hasMore.value).toBe(false)
  })
  it('look on by themselves where a page of a search has nothing and is not the last', async () => {
    const pages: Record<string, Page<string>> = { '': { rows: [], next: 'k1', total: -1 }, k1: { rows: [], next: 'k2', total: -1 }, k2: { rows: ['found'], next: 'k3', total: -1 } }
    const ask = vi.fn((after: string) => Promise.resolve(pages[after] as Page<string>))
    const list = within(() => usePages<string>(ask, []))
    await list.restart()
    expect(list.rows.value).toEqual(['found'])
    expect(list.hasMore.value).toBe(true)
    expect(list.loading.value).toBe(false)
    expect(ask.mock.lastCall?.[0]).toBe('k2')
  })
  it('keep what is shown when a reload fails, and say why', async () => {
    const ask = vi.fn().mockResolvedValueOnce(1).mockRejectedValueOnce(new Error('断了'))
    const load = within(() => useLoad<number>(ask))
    await flushPromises()
    await load.reload()
    expect(load.data.value).toBe(1)
    expect(load.error.value?.message).toBe('断了')
  })
})

describe('the area tree', () => {
  it('brings the township of a village that matches, with that village only', () => {
    const all = areaTree(areas, '')
    expect(all).toHaveLength(22)
    const one = areas.find((a) => a.level === 'village')
    const hit = areaTree(areas, one?.name ?? '')
    expect(hit.length).toBeGreaterThan(0)
    expect(hit.every((n) => n.children.every((c) => c.name === one?.name))).toBe(true)
    expect(areaTree(areas, '河湾')[0]?.children.length).toBeGreaterThan(5)
    expect(areaTree(areas, '不存在')).toEqual([])
  })
  it('shows a village cadre his village although its township is out of sight', () => {
    const alone = areas.filter((a) => a.level === 'village').slice(0, 1)
    expect(areaTree(alone, '').map((n) => n.area.code)).toEqual([alone[0]?.code])
  })
})

describe('acts', () => {
  it('count what was done and tell why the rest was not', () => {
    expect(summary([{ id: '1', answer: 'accepted' }, { id: '2', answer: 'known' }, { id: '3', answer: 'waiting' }, { id: '4', answer: 'refused', reason: '已受理' }])).toEqual({ done: 2, waiting: 1, refused: ['已受理'] })
    expect(isFinal('waiting')).toBe(false)
    expect(isFinal('refused')).toBe(true)
  })
})

describe('typing', () => {
  it.each([
    ['money', '6,900.5', 690050], ['money', '６９００元', 690000], ['hundredths', '2.5亩', 250], ['int', '3人', 3], ['ppm', '12.5%', 125000], ['day', '2022-09-18', '2022-09-18'], ['month', '2022-08', '2022-08'], ['text', ' 甲 ', '甲'],
  ])('%s %s', (type, text, value) => { expect(parseEntry({ type }, text)).toEqual({ value }) })
  it.each([['money', '1.234'], ['int', '2.5'], ['day', '2022-13-01'], ['month', '2022-13'], ['money', '很多']])('refuses %s %s and says what it should be', (type, text) => {
    expect(parseEntry({ type }, text).fault).toMatch(/应为/)
  })
  it('an empty box is no answer; a value reads back as typed', () => {
    expect(parseEntry({ type: 'money' }, '  ')).toEqual({})
    for (const [type, value] of [['money', 690050], ['hundredths', 250], ['ppm', 125000], ['int', 3]] as const) expect(parseEntry({ type }, entryText({ type }, value))).toEqual({ value })
  })
  it('reads values as people say them', () => {
    const list = [{ code: 'a', name: 'A级' }]
    expect(readText({ type: 'code', list, unit: '' }, 'a')).toBe('A级')
    expect(readText({ type: 'codes', list, unit: '' }, ['a', 'x'])).toBe('A级、x')
    expect(readText({ type: 'bool', list, unit: '' }, false)).toBe('否')
    expect(readText({ type: 'money', list, unit: '' }, 690050)).toBe('6,900.50元')
    expect(readText({ type: 'day', list, unit: '' }, '2022-09-08')).toBe('2022年9月8日')
  })
})

describe('reports and charts', () => {
  it('lay a month out from Monday', () => {
    const [m] = months(['2022-09-13', '2022-09-30'])
    expect(m?.name).toBe('2022年9月')
    expect(m?.weeks[0]).toEqual(['', '', '', '2022-09-01', '2022-09-02', '2022-09-03', '2022-09-04'])
    expect(m?.weeks.flat().filter(Boolean)).toHaveLength(30)
  })
  it('drill with the day of the report and without empty filters', () => {
    expect(toLedger('2022-09-17', { area: '', item: '3.2.1' })).toEqual({ name: 'problems', query: { item: '3.2.1', asOf: '2022-09-17' } })
  })
  it('stretch the axis to the end of the phase, and only of that phase', () => {
    const phases = [{ id: 'a', name: '', from: '2022-09-13', to: '2022-09-20', clause: '' }, { id: 'b', name: '', from: '2022-09-21', to: '2022-12-31', clause: '' }]
    expect(axisDays(overview, phases).slice(-1)).toEqual(['2022-09-20'])
    expect(axisDays(overview, [])).toHaveLength(6)
  })
  it('the heat map holds every number once, and its sums', () => {
    const grid = heatGrid(overview)
    const cells = grid.rows.flatMap((r) => r.cells.filter((c) => c.n).map((c) => ({ area: r.code, item: c.item, n: c.n })))
    expect(cells).toHaveLength(overview.heat.length)
    for (const h of overview.heat) expect(cells).toContainEqual(h)
    for (const r of grid.rows) expect(r.sum).toBe(overview.heat.filter((h) => h.area === r.code).reduce((n, h) => n + h.n, 0))
  })
  it('the even pace ends at all households on the last day of the phase', () => {
    const phase = { id: 'a', name: '', from: '2022-09-15', to: '2022-09-24', clause: '' }
    expect(idealLine(['2022-09-14', '2022-09-15', '2022-09-24', '2022-09-25'], 1000, phase)).toEqual([undefined, 100, 1000, undefined])
    expect(idealLine(['2022-09-14'], 1000, undefined)).toEqual([])
  })
  it('the text for a group says the numbers of the report and no name of a person', () => {
    const text = pasteText(report)
    expect(text).toContain(`应排查 ${count(report.total.households)} 户`)
    expect(text).toContain(`今日发现 ${count(report.total.problems.foundToday)} 件`)
    expect(text).toContain(report.foot.short)
    expect(text).not.toContain('未截止')
    expect(pasteText({ ...report, closed: false })).toContain('未截止')
    expect(text.length).toBeLessThan(400)
  })
})

describe('pieces', () => {
  it('a failed page says why and can be tried again', async () => {
    const page = mount(PageState, { props: { error: new Error('连不上服务器。') } })
    expect(page.text()).toContain('连不上服务器。')
    await page.find('button').trigger('click')
    expect(page.emitted('retry')).toHaveLength(1)
    expect(mount(PageState, { props: { loading: true, empty: true } }).text()).toBe('正在读取…')
    expect(mount(PageState, { props: { empty: true, emptyText: '没有', hint: '放宽' } }).text()).toContain('没有')
  })
  it('a signature is drawn as lines from its strokes', () => {
    const ink = mount(SignatureView, { props: { strokes: [[0, 0, 0, 10, 5, 20], [3, 3, 40]], label: '甲的签名' } })
    expect(ink.findAll('path').map((p) => p.attributes('d'))).toEqual(['M0 0L10 5', 'M3 3h0.1'])
  })
})

describe('a search for an ID number', () => {
  it('is told from a household number and from a name, whole or half typed', () => {
    for (const id of ['990124196302301234', '99012419630230123X', '99012419630230123X12', '9901241963023012345622']) expect(looksLikeId(id), id).toBe(true)
    for (const part of ['99012419630228', '99012419630228123', '99012419630228123x62']) expect(looksLikeId(part), part).toBe(true)
    for (const other of ['99012400100100001', '99012419', '张三', 'zhs', '河湾-0471', '']) expect(looksLikeId(other), other).toBe(false)
  })
  it('never stands in the address', () => {
    const address = { q: '', by: '' }
    const q = ref('')
    const by = ref('')
    const { text, secret } = useSearch(q, by, (c) => { Object.assign(address, c); q.value = c.q; by.value = c.by })
    text.value = '99012419630228123X'
    expect(address).toEqual({ q: '', by: 'id' })
    expect([text.value, secret.value]).toEqual(['99012419630228123X', true])
    text.value = '张三'
    expect(address).toEqual({ q: '张三', by: '' })
    expect([text.value, secret.value]).toEqual(['张三', false])
  })
})

describe('the report\'s numbers', () => {
  it('lead nowhere when the rows of that day can no longer be told apart', () => {
    const closed = { ...report, closed: true }
    const running = { ...report, closed: false }
    expect(toHouseholds(closed, { area: '990124', state: 'inspected' })).toBeUndefined()
    expect(toHouseholds(closed, { area: '990124', day: '2022-09-17' })).toEqual({ name: 'households', query: { area: '990124', day: '2022-09-17' } })
    expect(toHouseholds(closed, { class: 'c1', day: '2022-09-17' })).toBeUndefined()
    expect(toDoubts(closed, { state: 'open' })).toBeUndefined()
    expect(toDoubts(running, { state: 'open' })).toEqual({ name: 'doubts', query: { state: 'open' } })
  })
})

describe('the pace of a phase', () => {
  const view = { ...overview, day: '2022-09-18', households: 1000, inspected: 400, daily: [{ day: '2022-09-15', inspected: 1, total: 1, problems: 0 }, ...['2022-09-16', '2022-09-17'].map((day) => ({ day, inspected: 100, total: 0, problems: 0 })), { day: '2022-09-18', inspected: 900, total: 0, problems: 0 }] }
  const phase = (to: string): { id: string; name: string; from: string; to: string; clause: string }[] => [{ id: 'a', name: '排查', from: '2022-09-15', to, clause: '' }]
  it('is the mean of the closed days, without the running one', () => {
    expect(paceOf(view, phase('2022-09-25'))).toMatchObject({ left: 600, daysLeft: 7, perDay: 67, needed: 86, verdict: 'behind' })
    expect(paceOf(view, phase('2022-09-28'))).toMatchObject({ daysLeft: 10, needed: 60, verdict: 'ahead' })
    expect(paceOf({ ...view, inspected: 1000 }, phase('2022-09-18'))).toMatchObject({ left: 0, verdict: 'done' })
    expect(paceOf(view, [])).toBeUndefined()
  })
  it('names only the units below the whole, furthest behind first', () => {
    const child = (code: string, inspected: number): typeof overview.children[number] => ({ ...(overview.children[0] as typeof overview.children[number]), code, households: 100, inspected })
    expect(behind({ ...view, children: [child('a', 50), child('b', 10), child('c', 30)] }, 5).map((u) => u.code)).toEqual(['b', 'c'])
  })
})

describe('the faults of an import', () => {
  it('are grouped by code and copied as text that no spreadsheet takes for a formula', () => {
    const f = { file: 'a.xlsx', sheet: '表1', row: 3, column: '电话', value: '=1+1', severity: 'doubtful', code: 'x', reason: '不对，请改' }
    expect(faultKinds([f, { ...f, row: 4 }, { ...f, code: 'y' }]).map((k) => [k.code, k.n, k.say])).toEqual([['x', 2, '不对'], ['y', 1, '不对']])
    expect(faultRows([f]).split('\n')[1]).toBe("存疑\ta.xlsx\t表1\t3\t电话\t'=1+1\t不对，请改")
  })
})
