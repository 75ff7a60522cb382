// The form as the desk draws it, out of the compiled pack: lists resolved, types and secrecy taken from the fact a question updates.
import type { Fact, Pack } from '@gonggu/assess'

export interface Question {
  id: string
  text: string
  fact: string
  of: 'household' | 'member'
  type: string
  unit: string
  list: { code: string; name: string }[]
  ask: 'always' | 'missing' | 'doubt'
  required: boolean
  sensitive: string
  help: string
  why: string
  usedBy: string[]
}
export interface Form { id: string; name: string; intro: string; confirmUnchanged: string; sections: { id: string; title: string; questions: Question[] }[] }

/** Photos are taken on the spot with the phone; the desk, where a paper sheet is typed in, leaves those questions out. */
const onDesk = (type: string): boolean => type !== 'photo'

export function formOf(pack: Pack, id: string): Form {
  const form = pack.forms?.find((f) => f.id === id)
  if (!form) throw new Error(`方案里没有排查表“${id}”，请联系县巩固办。`)
  const lists = new Map((pack.codes ?? []).map((c) => [c.id, c.entries.map(({ code, name }) => ({ code, name }))]))
  const facts = { household: index(pack.facts.household), member: index(pack.facts.person) }
  return {
    id, name: form.name, intro: form.intro ?? '', confirmUnchanged: form.confirm_unchanged ?? '',
    sections: form.sections.map((s) => {
      const of = s.of ?? 'household'
      return {
        id: s.id, title: s.title,
        questions: s.questions.filter((q) => onDesk(q.type ?? '')).map((q) => {
          const fact = q.fact ? facts[of].get(q.fact) : undefined
          return {
            id: q.id, text: q.text, fact: q.fact ?? '', of, type: fact?.type ?? q.type ?? 'text', unit: fact?.unit ?? q.unit ?? '', list: lists.get(fact?.list ?? q.list ?? '') ?? [],
            ask: q.fact ? (q.ask ?? 'missing') : 'always', required: q.required ?? false, sensitive: fact?.sensitive ?? q.sensitive ?? '', help: q.help ?? '', why: q.why, usedBy: q.used_by,
          }
        }),
      }
    }),
  }
}

const index = (facts: readonly Fact[]): Map<string, Fact> => new Map(facts.map((f) => [f.code, f]))
