import type { Overview, Phase } from '@gonggu/api'
import { daysBetween } from '@gonggu/words'

export interface Pace { phase: string; to: string; daysLeft: number; left: number; perDay: number; needed: number; verdict: 'done' | 'ahead' | 'behind' | 'unknown' }

const window = 3

/** Whether the phase will be done by its last day at the mean of the last three closed days. The running day still grows and is not counted in the mean. */
export function paceOf(view: Overview, phases: readonly Phase[]): Pace | undefined {
  const phase = phases.find((p) => p.from <= view.day && view.day <= p.to)
  if (!phase) return undefined
  const left = Math.max(0, view.households - view.inspected)
  const closed = view.daily.filter((d) => d.day < view.day).slice(-window)
  const perDay = closed.length ? Math.floor(closed.reduce((n, d) => n + d.inspected, 0) / closed.length) : 0
  const daysLeft = daysBetween(view.day, phase.to)
  const needed = Math.ceil(left / Math.max(1, daysLeft))
  const verdict = !left ? 'done' : !closed.length ? 'unknown' : perDay * Math.max(1, daysLeft) >= left ? 'ahead' : 'behind'
  return { phase: phase.name, to: phase.to, daysLeft, left, perDay, needed, verdict }
}

/** Units below the whole area's share, furthest behind first. */
export function behind(view: Overview, most: number): { code: string; name: string; share: number; left: number; today: number; last: string }[] {
  const all = view.households ? view.inspected / view.households : 0
  return view.children
    .filter((c) => c.households > 0 && c.inspected / c.households < all)
    .sort((a, b) => a.inspected / a.households - b.inspected / b.households)
    .slice(0, most)
    .map((c) => ({ code: c.code, name: c.name, share: c.inspected / c.households, left: c.households - c.inspected, today: c.inspectedToday, last: c.lastReportedOn }))
}
