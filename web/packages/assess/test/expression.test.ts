// @vitest-environment node
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Expression, Frame, Row, type Kind } from '../src/expression'

interface Case {
  expr: string
  text: string
  as: Kind
  me?: number
  noMembers?: boolean
  expect: string
  value?: unknown
  missing?: string[]
  reads: string[]
}

interface Corpus {
  schema: Record<'household' | 'person' | 'village' | 'params', { code: string; kind: Kind }[]>
  values: { today: string; h: object; m: object[]; v: object; p: object }
  cases: Case[]
}

const corpus = JSON.parse(readFileSync(new URL('../../../../testdata/conformance/expressions.json', import.meta.url), 'utf8')) as Corpus

function frame(c: Case): Frame {
  const f = new Frame()
  const row = (root: string, of: keyof Corpus['schema'], values: object): Row => {
    const r = new Row(f, root, new Map(corpus.schema[of].map((x) => [x.code, x.kind])))
    for (const [k, v] of Object.entries(values)) expect(r.set(k, v)).toBe(true)
    return r
  }
  const { h, m, v, p, today } = corpus.values
  const members = c.noMembers ? [] : m.map((x) => row('m', 'person', x))
  Object.assign(f.rows, { h: row('h', 'household', h), v: row('v', 'village', v), p: row('p', 'params', p), m: members })
  f.show(today)
  f.setMe(c.me ?? -1)
  return f
}

describe('every expression of the corpus ends on the phone as on the server', () => {
  it('has a corpus', () => expect(corpus.cases.length).toBeGreaterThanOrEqual(80))
  for (const c of corpus.cases) {
    it(c.expr + (c.noMembers ? ' (no members)' : ''), () => {
      const e = new Expression(c.text)
      expect(e.reads).toEqual(c.reads)
      const f = frame(c)
      const r = e.eval(f)
      const got = r.state !== 'done' ? r.state : typeof r.value === 'boolean' ? String(r.value) : 'value'
      expect(got + (r.state === 'fault' ? ' ' + r.why : '')).toMatch(new RegExp('^' + c.expect))
      if (got === 'unknown') expect(f.missing()).toEqual(c.missing ?? [])
      if (c.expect === 'value' && r.state === 'done') expect(r.value).toEqual(c.value)
    })
  }
})
