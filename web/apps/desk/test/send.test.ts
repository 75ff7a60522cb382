import type { ActAnswer, Envelope } from '@gonggu/api'
import type { Act } from '@gonggu/act'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { DraftStore, withoutSecrets } from '@/rooms/inspection/draft'
import type { Form } from '@/rooms/inspection/form'
import { emptySheet, type Content } from '@/rooms/inspection/sheet'
import { toStrokes } from '@/rooms/inspection/strokes'
import { pendingBox, sendSheet, sheetEnvelope } from '@/rooms/inspection/submit'

const content = (seen: string): Content => ({ answers: { h: {}, m: [], doubts: [], problems: [] }, prefilled: { h: {}, m: {} }, seen, open: [] })
const who = { county: '990124', actor: 'a', post: 'p' }
const build = (seen: string) => (supersedes: string): Envelope => sheetEnvelope({ form: 'f', pack: 'd', subject: 'h1', rev: 1 }, emptySheet('2022-09-18'), content(seen), [[1, 2, 0]], who, supersedes)
const act = (e: Envelope): Act => e.act as Act
const said = (e: Envelope, answer: ActAnswer['answer'], more: Partial<ActAnswer> = {}): ActAnswer => ({ id: act(e).id, answer, ...more })

beforeEach(() => { localStorage.clear(); sessionStorage.clear() })

describe('sending a sheet', () => {
  it('sends the same envelope again after a lost answer, so that a second try is no second sheet', async () => {
    const box = pendingBox('h1')
    const sent: Envelope[] = []
    await expect(sendSheet(build('s1'), box, async (e) => { sent.push(e); throw new Error('lost') })).rejects.toThrow('lost')
    const got = await sendSheet(build('s1'), box, async (e) => { sent.push(e); return said(e, 'known', { receipt: { index: 9, receivedAt: 1, leaf: 'x' } }) })
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    expect(got).toMatchObject({ answer: 'known', corrected: false, receipt: { index: 9 } })
    expect(box.load()).toBeUndefined()
  })
  it('makes a changed sheet the correction of an earlier try that had arrived after all', async () => {
    const box = pendingBox('h1')
    const sent: Act[] = []
    await sendSheet(build('s1'), box, async (e) => { sent.push(act(e)); throw new Error('lost') }).catch(() => undefined)
    const got = await sendSheet(build('s2'), box, async (e) => { sent.push(act(e)); return said(e, sent.length === 2 ? 'known' : 'accepted') })
    expect(sent.map((a) => a.seen)).toEqual(['s1', 's1', 's2'])
    expect(sent[2]?.body.supersedes).toBe(sent[0]?.id)
    expect(sent[2]?.id).not.toBe(sent[0]?.id)
    expect(got.corrected).toBe(true)
  })
  it('takes a new id after a refusal, and keeps the old one while the server waits', async () => {
    const box = pendingBox('h1')
    const ids: string[] = []
    const send = (answer: ActAnswer['answer']) => async (e: Envelope) => { ids.push(act(e).id); return said(e, answer, { reason: '户档已更新，请刷新。' }) }
    expect((await sendSheet(build('s1'), box, send('refused'))).reason).toBe('户档已更新，请刷新。')
    await sendSheet(build('s1'), box, send('waiting'))
    await sendSheet(build('s1'), box, send('waiting'))
    expect(ids[1]).not.toBe(ids[0])
    expect(ids[2]).toBe(ids[1])
  })
  it('names the inspector whose paper sheet is typed in, in NFC', () => {
    const state = { ...emptySheet('2022-09-18'), behalf: { on: true, inspector: ' 李国强e\u0301 ', scan: 'ff' } }
    const e = sheetEnvelope({ form: 'f', pack: 'd', subject: 'h1', rev: 1 }, state, content('s'), [], who)
    expect(act(e).on_behalf).toEqual({ inspector: '李国强é', scan: 'ff' })
    expect(act(e).body).toMatchObject({ signature: { of: 's', strokes: [] }, done_on: '2022-09-18', supersedes: '' })
  })
})

describe('drafts', () => {
  const form: Form = { id: 'f', name: '', intro: '', confirmUnchanged: '', sections: [{ id: 's', title: '', questions: ['wage', 'phone'].map((fact) => ({ id: fact, text: '', fact, of: 'household' as const, type: 'text', unit: '', list: [], ask: 'missing' as const, required: false, sensitive: fact === 'phone' ? 'contact' : '', help: '', why: '', usedBy: [] })) }] }
  const state = { ...emptySheet('2022-09-18'), h: { wage: '1', phone: '19900001111' }, m: { p: { phone: '2' } } }

  it('come back for the same person and household only, without sensitive answers', () => {
    const store = new DraftStore('990124.a')
    expect(store.save('h1', form, 3, 'd', state)).toBe(true)
    expect(JSON.stringify({ ...localStorage })).not.toContain('19900001111')
    expect(store.load('h1')).toMatchObject({ rev: 3, pack: 'd', state: { h: { wage: '1' }, m: { p: {} } } })
    expect(store.load('h2')).toBeUndefined()
    expect(new DraftStore('990124.b').load('h1')).toBeUndefined()
    store.drop('h1')
    expect(store.load('h1')).toBeUndefined()
    expect(withoutSecrets(form, state).h).toEqual({ wage: '1' })
  })
  it('are thrown away when broken or two weeks old', () => {
    let now = 1_000
    const store = new DraftStore('o', localStorage, () => now)
    store.save('h1', form, 1, 'd', state)
    now += 15 * 86_400_000
    expect(store.load('h1')).toBeUndefined()
    localStorage.setItem('gonggu.draft.o.h2', '{half')
    expect(store.load('h2')).toBeUndefined()
    expect(localStorage.getItem('gonggu.draft.o.h2')).toBeNull()
  })
  it('say so when the browser keeps nothing', () => {
    const full = { setItem: vi.fn(() => { throw new DOMException('full', 'QuotaExceededError') }) } as unknown as Storage
    expect(new DraftStore('o', full).save('h1', form, 1, 'd', state)).toBe(false)
  })
})

describe('a signature', () => {
  it('is integers, with time counted from the first point', () => {
    expect(toStrokes([{ points: [{ x: 1.6, y: 2.2, time: 1_663_000_000_000 }, { x: 3, y: 4.5, time: 1_663_000_000_016.7 }] }, { points: [] }, { points: [{ x: 0, y: 0, time: 1_663_000_000_100 }] }])).toEqual([[2, 2, 0, 3, 5, 17], [0, 0, 100]])
  })
})
