import type { ProblemRow } from '@gonggu/api'
import type { Step } from '@/frame/acts'

/** What the acceptor had before him; its hash stands in his act. */
const sight = (p: ProblemRow): Step['seen'] => ({ problem: p.id, number: p.number, item: p.item, say: p.say, state: p.state })

export const acceptStep = (p: ProblemRow): Step => ({ kind: 'problem.accept', subject: p.id, body: {}, seen: sight(p) })
export const voidStep = (p: ProblemRow, reason: string): Step => ({ kind: 'problem.void', subject: p.id, body: { reason }, seen: sight(p) })

/** A problem that waits for acceptance; the only ones a bulk act may touch. */
export const awaits = (p: ProblemRow): boolean => p.state === 'found'
