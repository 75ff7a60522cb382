// Steps on problems that look alike and on problems with one cause.
import { newActId, type Canon } from '@gonggu/act'
import type { ClusterView, ProblemRow } from '@gonggu/api'
import { canonical, sha256hex } from '@gonggu/assess/canonical'
import { summary, take, type Step } from '@/frame/acts'
import { me } from '@/frame/session'

const sight = (p: ProblemRow): Canon => ({ id: p.id, number: p.number, item: p.item, say: p.say, state: p.state })

export const mergeStep = (from: ProblemRow, into: ProblemRow, reason: string): Step =>
  ({ kind: 'problem.merge', subject: from.id, body: { into: into.id, reason }, seen: { from: sight(from), into: sight(into) } })
export const distinctStep = (list: ProblemRow[], of: 'same' | 'cause'): Step =>
  ({ kind: 'problem.distinct', subject: (list[0] as ProblemRow).id, body: { others: list.slice(1).map((p) => p.id), of }, seen: { problems: list.map(sight) } })
export const foundStep = (id: string, name: string, cause: string, item: string, list: ProblemRow[]): Step =>
  ({ kind: 'cluster.found', subject: id, body: { name, cause, item, problems: list.map((p) => p.id) }, seen: { problems: list.map(sight) } })
export const joinStep = (id: string, list: ProblemRow[]): Step => ({ kind: 'cluster.join', subject: id, body: { problems: list.map((p) => p.id) }, seen: { problems: list.map(sight) } })
export const leaveStep = (id: string, list: ProblemRow[]): Step => ({ kind: 'cluster.leave', subject: id, body: { problems: list.map((p) => p.id) }, seen: { problems: list.map(sight) } })
export { newActId }

/** What is signed with one fix: the cluster as it stands, the members that the signer may rectify, and what he says. */
export function fixContent(c: ClusterView, result: string, doneOn: string): { sight: Canon; seen: string; prefilled: Canon; answers: Canon } {
  const prefilled = { name: c.name, cause: c.cause, problems: c.fixable }
  const answers = { result, done_on: doneOn }
  const seen = { pack: me.value.campaign?.packDigest ?? '', form: 'cluster.rectify', subject: c.id, rev: c.rev, prefilled, answers }
  return { sight: seen, seen: sha256hex(canonical(seen)), prefilled, answers }
}

/** Sends one step and says in words when it was not accepted. */
export async function one(step: Step): Promise<void> {
  const r = summary(await take([step]))
  if (r.refused.length) throw new Error(r.refused.join('；'))
  if (r.waiting) throw new Error('服务器已收下，但要等前序记录到达后才生效；请稍后刷新。')
}
