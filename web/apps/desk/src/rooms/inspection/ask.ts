// Which questions stand open on the sheet and which lie folded: fill once, never ask again (design 3, idea 4).
import type { Draft } from '@gonggu/api'
import type { Form, Question } from './form'
import type { Judgement } from './judge'
import { answered, isBlank, known, pathOf, present, sealedPaths, type SheetState } from './sheet'

export interface Asked { section: string; title: string; open: Question[]; folded: Question[] }

/**
 * A question is open when the pack asks it now, or when it was answered in this sheet: an answer must never hide. Where this browser cannot
 * evaluate the pack, it is open when it is always asked or its value is not known. All others are folded with their known value in sight.
 */
export function isOpen(q: Question, draft: Draft, state: SheetState, judged: Judgement, persons: readonly string[]): boolean {
  return persons.some((person) => {
    if (answered(state, q, person) !== undefined) return true
    if (judged.visible) return judged.asked.has(pathOf(q, person))
    return q.ask === 'always' || (isBlank(known(draft, q, person)) && !sealedPaths(draft).has(pathOf(q, person)))
  })
}

export const isVisible = (judged: Judgement, path: string): boolean => judged.visible?.has(path) ?? true

export function arrange(form: Form, draft: Draft, state: SheetState, judged: Judgement): { household: Asked[]; member: Asked[] } {
  const household: Asked[] = []
  const member: Asked[] = []
  for (const s of form.sections) {
    for (const of of ['household', 'member'] as const) {
      const persons = of === 'member' ? present(draft, state).map((p) => p.id) : ['']
      const shown = s.questions.filter((q) => q.of === of && persons.some((p) => isVisible(judged, pathOf(q, p))))
      if (!shown.length) continue
      const open = shown.filter((q) => isOpen(q, draft, state, judged, persons))
      ;(of === 'member' ? member : household).push({ section: s.id, title: s.title, open, folded: shown.filter((q) => !open.includes(q)) })
    }
  }
  return { household, member }
}
