import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canonical, isActId, makeAct, newActId, nfc, sealValue, sha256Hex, type Canon } from '../src'

describe('canonical JSON', () => {
  it('sorts keys by code unit and leaves no space', () => {
    expect(canonical({ b: [1, true, 'x'], a: { 'é': 0, z: -1, '户': '村' } })).toBe('{"a":{"z":-1,"é":0,"户":"村"},"b":[1,true,"x"]}')
  })
  it('agrees with the corpus that Go is held to', () => {
    const corpus = JSON.parse(readFileSync(join(process.cwd(), '../testdata/conformance/canonical.json'), 'utf8')) as { valid: { name: string; json: string; canonical: string; sha256: string }[]; refused: { name: string; json: string }[] }
    expect(corpus.valid.length).toBeGreaterThan(5)
    for (const c of corpus.valid) expect([c.name, canonical(JSON.parse(c.json) as Canon), sha256Hex(c.canonical)]).toEqual([c.name, c.canonical, c.sha256])
    for (const c of corpus.refused) expect(() => canonical(JSON.parse(c.json) as Canon), c.name).toThrow()
  })
  it('brings texts and keys into NFC before they are hashed or sent', () => {
    expect(canonical(nfc({ 'e\u0301': ['e\u0301', 1, true] }))).toBe('{"é":["é",1,true]}')
  })
  it.each([[1.5], [2 ** 53], [Number.NaN], [null], [undefined], ['\ud800'], ['e\u0301']])('refuses %s', (bad) => {
    expect(() => canonical({ x: bad as unknown as Canon })).toThrow(TypeError)
  })
})

describe('sha256', () => {
  it('agrees with the platform on every length around the block edges', () => {
    for (let n = 0; n < 200; n += 1) {
      const data = new Uint8Array(n).map((_, i) => (i * 7 + n) % 256)
      expect(sha256Hex(data)).toBe(createHash('sha256').update(data).digest('hex'))
    }
    expect(sha256Hex('巩固')).toBe(createHash('sha256').update('巩固', 'utf8').digest('hex'))
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
    expect(Object.keys(JSON.parse(canonical(act as unknown as Canon)) as object)).toHaveLength(17)
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
