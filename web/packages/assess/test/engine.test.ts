// @vitest-environment node
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonical, Engine, sha256hex, type Asked, type Facts, type OpenDoubt, type Outcome, type Pack } from '../src/index'

interface Corpus {
  digest: string
  pack: Pack
  cases: { name: string; today: string; h: Facts; members: Facts[]; village: Facts; expect: Outcome; expectVillage: Outcome }[]
  asked: {
    name: string
    today: string
    h: Facts
    members: Facts[]
    answers?: Facts
    membersAnswers?: Facts[]
    doubts?: OpenDoubt[]
    expect: Asked[]
  }[]
}

const corpus = JSON.parse(readFileSync(new URL('../../../../testdata/conformance/outcome.json', import.meta.url), 'utf8')) as Corpus
const engine = new Engine(corpus.pack)

function wordless(o: Outcome): Outcome {
  return { ...o, faults: o.faults.map((f) => ({ ...f, why: '' })) }
}

describe('the phone comes to what the server comes to', () => {
  it('has the pack that the digest names', () => expect(sha256hex(canonical(corpus.pack))).toBe(corpus.digest))
  for (const c of corpus.cases) {
    it(c.name, () => expect(wordless(engine.household(c.today, c.h, c.members, c.village))).toEqual(c.expect))
    it(c.name + ' (village)', () => expect(wordless(engine.village(c.today, c.village))).toEqual(c.expectVillage))
  }
  for (const c of corpus.asked) {
    it('asks: ' + c.name, () => {
      const { h, members, answers, membersAnswers, doubts } = c
      expect(engine.asked('household', c.today, { h, members, answers, membersAnswers, doubts })).toEqual(c.expect)
    })
  }
  it('asks nothing of a form that the pack lacks', () => expect(engine.asked('none', '2022-09-18', { h: {}, members: [] })).toEqual([]))
  it('assesses the same household twice alike', () => {
    for (const c of corpus.cases) {
      const once = engine.household(c.today, c.h, c.members, c.village)
      expect(engine.household(c.today, c.h, c.members, c.village)).toEqual(once)
    }
  })
})
