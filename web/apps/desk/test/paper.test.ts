import type { Me, ProblemRow } from '@gonggu/api'
import { describe, expect, it } from 'vitest'
import { envelope } from '@/frame/acts'
import { keepSession } from '@/frame/session'
import { handFault, noPaper } from '@/rooms/inspection/paper'
import { formOf, signing } from '@/rooms/problem/acts'

const scan = 'ab'.repeat(32)
const p = { id: 'p', number: '白集-0001', rev: 3, sealed: '', shown: { number: '白集-0001' } } as unknown as ProblemRow
const said = { result: '管道已更换', done_on: '2022-10-05' }

keepSession({ county: { code: '411624' }, account: { id: 'a' }, post: { id: 'x' }, campaign: { packDigest: 'd' } } as unknown as Me)

describe('a repair signed on paper', () => {
  it('names the signer and the scan instead of strokes, over the same hash', () => {
    const form = formOf('problem.rectify')!
    const drawn = signing(form, p, said, [[1, 2, 0]], new Map(), noPaper())
    const typed = signing(form, p, said, [], new Map(), { on: true, signer: ' 李国强 ', scan })
    expect(typed.hash).toBe(drawn.hash)
    expect(typed.step.body.signature).toEqual({ of: typed.hash, strokes: [] })
    expect(envelope(typed.step, 'id').act).toMatchObject({ on_behalf: { signer: '李国强', scan } })
    expect(envelope(drawn.step, 'id').act).toMatchObject({ on_behalf: {}, body: { signature: { strokes: [[1, 2, 0]] } } })
  })
  it('is not sent before both are there', () => {
    expect(handFault([], noPaper())).toContain('签名框')
    expect(handFault([[1]], noPaper())).toBe('')
    expect(handFault([], { on: true, signer: ' 李 ', scan })).toContain('姓名')
    expect(handFault([[1]], { on: true, signer: '李国强', scan: '' })).toContain('扫描件')
    expect(handFault([], { on: true, signer: '李国强', scan })).toBe('')
  })
})
