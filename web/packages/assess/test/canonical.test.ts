// @vitest-environment node
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonical, seen, sha256hex, type Seen } from '../src/canonical'

interface Corpus {
  valid: { name: string; json: string; canonical: string; sha256: string }[]
  refused: { name: string; json: string }[]
  seen: { value: Seen; hash: string }[]
}

const corpus = JSON.parse(readFileSync(new URL('../../../../testdata/conformance/canonical.json', import.meta.url), 'utf8')) as Corpus

describe('canonical JSON', () => {
  for (const c of corpus.valid) {
    it('writes ' + c.name, () => {
      const text = canonical(JSON.parse(c.json))
      expect(text).toBe(c.canonical)
      expect(sha256hex(text)).toBe(c.sha256)
      expect(canonical(JSON.parse(text))).toBe(text)
    })
  }
  for (const c of corpus.refused) {
    it('refuses ' + c.name, () => expect(() => canonical(JSON.parse(c.json))).toThrow())
  }
  it('refuses what is not a value at all', () => {
    for (const v of [undefined, NaN, Infinity, 10n, () => 1, new Date(0), new Map(), { a: undefined }, Symbol('x')]) {
      expect(() => canonical(v)).toThrow()
    }
  })
  it('refuses half a surrogate pair', () => {
    for (const v of ['\ud800', '\udc00x', 'a\ud83d', { '\ud800': 1 }]) expect(() => canonical(v)).toThrow()
  })
  it('names the place of what it refuses', () => {
    expect(() => canonical({ a: [{ b: 0.5 }] })).toThrow('.a[0].b')
  })
})

describe('what a signer saw', () => {
  for (const c of corpus.seen) {
    it('hashes to ' + c.hash.slice(0, 8), () => expect(seen(c.value)).toBe(c.hash))
  }
  it('does not depend on members that are not signed', () => {
    const c = corpus.seen[0]
    expect(c).toBeDefined()
    if (c) expect(seen({ ...c.value, scrolled: true } as Seen)).toBe(c.hash)
  })
})
