// Steps that bind a problem to others, part it, or name where else it comes from.
import type { Canon, Opened } from '@gonggu/act'
import type { Consolidation, ProblemRow } from '@gonggu/api'
import type { Step } from '@/frame/acts'
import { sourceBody, type SourceWords } from '@/rooms/source/words'
import { sight } from './accept'
import { bulk, sealOnce, type Salts } from './acts'

export interface Part { say: string; item: string }

/** What is offered beside the forms, in this order. The server's `acts` decides; an order here is a first one, to who leads. */
export const bindings: { kind: string; label: string }[] = [
  { kind: 'order.issue', label: '交办' }, { kind: 'problem.merge', label: '并入' }, { kind: 'problem.split', label: '拆分' }, { kind: 'problem.source', label: '补充来源' }, { kind: 'cluster.join', label: '归入同因' }, { kind: 'cluster.leave', label: '移出同因' },
]
export const offered = (p: ProblemRow & { acts: string[] }): { kind: string; label: string }[] =>
  bindings.filter((b) => p.acts.includes(b.kind) && (b.kind !== 'order.issue' || Boolean(p.lead && bulk['order.issue']?.includes(p.state))))

/** Who looks like a problem, with why, from the suggestions of its place. */
export const likesOf = (c: Consolidation | undefined, id: string): { row: ProblemRow; why: string[] }[] =>
  (c?.pairs ?? []).flatMap((x) => (x.from.id === id ? [{ row: x.into, why: x.why }] : x.into.id === id ? [{ row: x.from, why: x.why }] : []))

export const reasonFault = (v: string): string => ([...v.trim()].length < 4 ? '请写明理由（至少 4 个字）。' : '')
export function splitFault(parts: Part[], reason: string): string {
  const n = parts.findIndex((x) => [...x.say.trim()].length < 4 || !x.item)
  return !parts.length ? '请至少写一部分。' : n >= 0 ? `请写明第 ${n + 1} 部分的问题内容（至少 4 个字）和任务项。` : reasonFault(reason)
}
/** What is said of a field group goes out as a commitment, part by part; a second try sends the same one. */
export function splitStep(p: ProblemRow, parts: Part[], reason: string, salts: Salts): Step {
  const open: Opened[] = []
  const said = parts.map((x, i): Canon => {
    const say = x.say.trim()
    if (!p.sealed) return { say, item: x.item }
    const opened = sealOnce(salts, String(i), say)
    open.push(opened)
    return { say: opened.hash, item: x.item }
  })
  return { kind: 'problem.split', subject: p.id, body: { parts: said, reason: reason.trim() }, seen: sight(p), open }
}

export const sourceStep = (p: ProblemRow, x: SourceWords): Step => ({ kind: 'problem.source', subject: p.id, body: sourceBody(x), seen: sight(p) })

/** Clusters of the same item come first. */
export const fitting = <T extends { id: string; item: string }>(list: T[], item: string): T[] => [...list].sort((a, b) => Number(b.item === item) - Number(a.item === item))
