import type { Consolidation, ProblemRow } from '@gonggu/api'
import { describe, expect, it } from 'vitest'
import { formOf } from '@/rooms/problem/acts'
import { fitting, likesOf, offered, splitFault, splitStep } from '@/rooms/problem/bind'
import { sourceFault } from '@/rooms/source/words'

const row = (id: string, more: object = {}): ProblemRow & { acts: string[] } => ({ id, number: id, item: '3.2.4', say: '水管冻裂', state: 'accepted', lead: 'water', sealed: '', acts: [], ...more }) as unknown as ProblemRow & { acts: string[] }

describe('what binds a problem to others', () => {
  it('is offered only as far as the server lets it', () => {
    expect(offered(row('a'))).toEqual([])
    const acts = ['problem.merge', 'problem.split', 'problem.source', 'cluster.join', 'order.issue']
    expect(offered(row('a', { acts })).map((x) => x.label)).toEqual(['交办', '并入', '拆分', '补充来源', '归入同因'])
    expect(offered(row('a', { acts: ['cluster.leave'] })).map((x) => x.label)).toEqual(['移出同因'])
    expect(formOf('problem.restore')?.fields.map((f) => f.key)).toEqual(['reason'])
  })
  it('offers an order only while it is the first and somebody leads', () => {
    expect(offered(row('a', { acts: ['order.issue'], lead: '' }))).toEqual([])
    expect(offered(row('a', { acts: ['order.issue'], state: 'claimed' }))).toEqual([])
    expect(offered(row('a', { acts: ['order.issue'], state: 'reopened' }))).toHaveLength(1)
  })
  it('suggests the other side of a pair, whichever side this one is', () => {
    const c = { pairs: [{ from: row('a'), into: row('b'), why: ['甲'] }, { from: row('c'), into: row('a'), why: ['乙'] }, { from: row('d'), into: row('e'), why: [] }] } as unknown as Consolidation
    expect(likesOf(c, 'a').map((x) => [x.row.id, x.why[0]])).toEqual([['b', '甲'], ['c', '乙']])
    expect(likesOf(undefined, 'a')).toEqual([])
  })
  it('names the part that is not complete', () => {
    expect(splitFault([{ say: '水管冻裂', item: '3.2.4' }, { say: '短', item: '3.2.4' }], '两件事要分开')).toContain('第 2 部分')
    expect(splitFault([{ say: '水管冻裂', item: '3.2.4' }], '短')).toContain('理由')
    expect(splitFault([{ say: '水管冻裂', item: '3.2.4' }], '两件事要分开')).toBe('')
  })
  it('sends what is said of a field group as a commitment', () => {
    const parts = [{ say: ' 住院未报销 ', item: '3.2.2' }, { say: '残疾证未办', item: '3.2.4' }]
    expect(splitStep(row('a'), parts, '两件事', new Map()).body.parts).toEqual([{ say: '住院未报销', item: '3.2.2' }, { say: '残疾证未办', item: '3.2.4' }])
    const salts = new Map()
    const sealed = splitStep(row('a', { sealed: 'health' }), parts, '两件事', salts)
    expect(splitStep(row('a', { sealed: 'health' }), parts, '两件事', salts).body).toEqual(sealed.body)
    expect(JSON.stringify(sealed.body)).not.toContain('住院')
    expect((sealed.body.parts as { say: string }[]).map((x) => x.say)).toEqual(sealed.open?.map((o) => o.hash))
  })
  it('asks for what a source needs, and puts clusters of the same item first', () => {
    const x = { source: 'audit', year: 2021, organ: '省审计厅', reference: '', found_on: '2021-11-08' }
    expect(sourceFault(x)).toBe('')
    expect(sourceFault({ ...x, organ: '省' })).toContain('反馈单位')
    expect(fitting([{ id: 'a', item: '1' }, { id: 'b', item: '2' }], '2').map((c) => c.id)).toEqual(['b', 'a'])
  })
})
