import type { BalancePart, BoardArea, BoardPerson, TaskShare } from '@gonggu/api'
import type { Canon } from '@gonggu/act'
import type { Step } from '@/frame/acts'

/** What is chosen to be given: whole places, or single households with who has them. */
export interface Chosen { areas: BoardArea[]; houses: { id: string; area: string; owner: string }[] }

const was = (shares: readonly TaskShare[]): Canon => shares.map((s) => ({ post: s.post, n: s.n }))
const body = (reason: string, areas: { code: string; shares: readonly TaskShare[] }[], houses: readonly { id: string; owner: string }[]): { [key: string]: Canon } => ({
  reason, areas: areas.map((a) => ({ code: a.code, was: was(a.shares) })), households: houses.map((h) => ({ id: h.id, was: h.owner })),
})
const step = (post: string, content: { [key: string]: Canon }): Step => ({ kind: 'task.assign', subject: post, body: content, seen: { post, ...content } })

/** What the clerk sees goes with the step, so that the server notices when somebody was there in between. */
export const assignStep = (post: string, reason: string, chosen: Chosen): Step =>
  step(post, body(reason, chosen.areas.map((a) => ({ code: a.code, shares: a.shares })), chosen.houses))

/** One step per person who gets something new. */
export const balanceSteps = (reason: string, parts: readonly BalancePart[]): Step[] =>
  parts.filter((p) => p.changed > 0).map((p) => step(p.post, body(reason, p.areas.map((a) => ({ code: a.code, shares: a.was })), p.households.map((h) => ({ id: h.id, owner: h.was })))))

/** The people who may inspect in every chosen place; all of them while nothing is chosen. */
export function eligible(people: readonly BoardPerson[], chosen: Chosen): BoardPerson[] {
  const codes = [...chosen.areas.map((a) => a.code), ...chosen.houses.map((h) => h.area)]
  return people.filter((p) => codes.every((c) => c.startsWith(p.area)))
}

/** How many households are chosen, and how many of them somebody else has now. */
export function weigh(chosen: Chosen, post: string): { n: number; others: number } {
  let n = chosen.houses.length
  let others = chosen.houses.filter((h) => h.owner && h.owner !== post).length
  for (const a of chosen.areas) {
    n += a.households
    for (const s of a.shares) if (s.post && s.post !== post) others += s.n
  }
  return { n, others }
}

export const reasons = ['按村组分派', '人员调整', '均衡任务', '其他']
