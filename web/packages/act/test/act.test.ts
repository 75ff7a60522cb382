import { createHash } from 'node:crypto'
import { canonical } from '@gonggu/assess/canonical'
import { describe, expect, it } from 'vitest'
import { isActId, makeAct, newActId, nfc, sealValue } from '../src'

describe('nfc', () => {
  it('brings texts and keys into NFC before they are hashed or sent', () => {
    expect(canonical(nfc({ 'e\u0301': ['e\u0301', 1, true] }))).toBe('{"é":["é",1,true]}')
  })
})

describe('ids and envelope', () => {
  it('makes distinct UUIDv7 ids that carry the given time', () => {
    const a = newActId(1_663_459_200_000)
    expect(isActId(a)).toBe(true)
    expect(parseInt(a.replace(/-/g, '').slice(0, 12), 16)).toBe(1_663_459_200_000)
    expect(newActId()).not.toBe(newActId())
  })
  it('fills every field with something canonical', () => {
    const act = makeAct({ id: newActId(), county: '411624', kind: 'problem.accept', subject: 'p1', actor: 'a', post: 'o', pack: 'd', seen: 's', body: {} })
    expect(Object.keys(JSON.parse(canonical(act)) as object)).toHaveLength(17)
  })
  it('seals a value so that the same value looks different each time, and the hash can be checked', () => {
    const one = sealValue('13800000000')
    const two = sealValue('13800000000')
    expect(one.mark['~']).not.toBe(two.mark['~'])
    const again = createHash('sha256').update(Buffer.from(one.opened.salt, 'hex')).update('13800000000').digest('hex')
    expect(one.mark['~']).toBe(again)
    expect(one.opened.salt).toHaveLength(64)
  })
})
