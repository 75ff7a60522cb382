// The seam to @gonggu/assess: what the pack says about the values on the sheet while they are typed. Advice only; the server judges again.
import type { Values } from '@gonggu/api'
import { Engine, type Asked, type Facts, type OpenDoubt, type Pack, type Raised } from '@gonggu/assess'

export interface Finding { key: string; yields: 'problem' | 'doubt'; rule: string; member: string; item: string; say: string; who: string }
export interface Judgement {
  findings: Finding[]
  /** Paths (`h.code`, `m.person.code`) of the questions whose condition holds; undefined when that cannot be told here. */
  visible: ReadonlySet<string> | undefined
  /** Paths of the questions that are to be put now. */
  asked: ReadonlySet<string>
  /** Those of them that are put because a doubt hangs on the known value. */
  doubtful: ReadonlySet<string>
  /** Names of the rules that cannot be decided yet. */
  unknown: string[]
}
export interface Subject {
  known: { h: Values; m: Values[] }
  answers: { h: Values; m: Values[] }
  /** Paths known to the server only. */
  sealed: ReadonlySet<string>
  persons: { id: string; name: string }[]
  doubts: OpenDoubt[]
  today: string
}
export type Judge = (subject: Subject) => Judgement

/** One rule about one person (or about the household, '') is one doubt, however often it is raised. */
export const doubtKey = (rule: string, member: string): string => `${rule}/${member}`

const none: ReadonlySet<string> = new Set()
export const silent: Judge = () => ({ findings: [], visible: undefined, asked: none, doubtful: none, unknown: [] })

/** Throws when the pack holds an expression this browser cannot compile. */
export function judgeOf(pack: Pack, form: string): Judge {
  const engine = new Engine(pack)
  // The same form with every question "always": what is asked of it is what applies at all, known or not.
  const applying = new Engine({ ...pack, rules: [], forms: (pack.forms ?? []).map((f) => ({ ...f, sections: f.sections.map((s) => ({ ...s, questions: s.questions.map((q) => ({ ...q, ask: 'always' as const })) })) })) })
  const keys = new Map((pack.forms?.find((f) => f.id === form)?.sections ?? []).flatMap((s) => s.questions.map((q) => [`${s.id} ${q.id}`, q.fact ?? q.id] as const)))
  const names = new Map((pack.rules ?? []).map((r) => [r.id, r.name]))

  return ({ known, answers, sealed, persons, doubts, today }) => {
    const path = (a: Asked): string => {
      const key = keys.get(`${a.section} ${a.question}`) ?? a.question
      return a.member < 0 ? `h.${key}` : `m.${persons[a.member]?.id ?? ''}.${key}`
    }
    const sheet = { h: known.h, members: known.m, answers: answers.h, membersAnswers: answers.m, doubts }
    const h: Facts = { ...known.h, ...answers.h }
    const m: Facts[] = known.m.map((row, i) => ({ ...row, ...answers.m[i] }))
    const out = engine.household(today, h, m)
    const asked = engine.asked(form, today, sheet)
    const overSealed = (r: Raised): boolean => {
      const reads = engine.rules.find((x) => x.id === r.rule)?.expr?.reads ?? []
      return reads.some((path) => {
        const [root, code = ''] = path.split('.')
        if (root === 'h') return sealed.has(path) && answers.h[code] === undefined
        const whose = root === 'me' && r.member >= 0 ? [r.member] : persons.map((_, i) => i)
        return (root === 'me' || root === 'm') && whose.some((i) => sealed.has(`m.${persons[i]?.id ?? ''}.${code}`) && answers.m[i]?.[code] === undefined)
      })
    }
    const finding = (yields: Finding['yields']) => (r: Raised): Finding => ({ key: doubtKey(r.rule, persons[r.member]?.id ?? ''), yields, rule: r.rule, member: persons[r.member]?.id ?? '', item: r.item, say: r.say, who: persons[r.member]?.name ?? '' })
    return {
      findings: [...out.problems.filter((r) => !overSealed(r)).map(finding('problem')), ...out.doubts.filter((r) => !overSealed(r)).map(finding('doubt'))],
      visible: new Set(applying.asked(form, today, sheet).map(path)),
      asked: new Set(asked.filter((a) => a.because !== 'missing' || !sealed.has(path(a))).map(path)),
      doubtful: new Set(asked.filter((a) => a.because === 'doubt').map(path)),
      unknown: [...new Set(out.unknown.map((u) => names.get(u.rule) ?? u.rule))],
    }
  }
}
