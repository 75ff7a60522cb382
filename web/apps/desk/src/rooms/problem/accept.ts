import type { ProblemRow } from '@gonggu/api'
import type { Step } from '@/frame/acts'

/** What a person had before him when he did an act that is not signed over its content; its hash stands in his act. */
export const sight = (p: ProblemRow): Step['seen'] => ({ problem: p.id, number: p.number, item: p.item, say: p.say, state: p.state })
