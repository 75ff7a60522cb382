import type { DailyReport, ReportFound, ReportRow } from '@gonggu/api'
import type { RouteLocationRaw } from 'vue-router'

type Query = Record<string, string | undefined>
const clean = (q: Query): Record<string, string> => Object.fromEntries(Object.entries(q).filter((e): e is [string, string] => Boolean(e[1])))

/** Where a number of the report leads: the rows it counts, as they were known when the day was closed. */
export function toLedger(asOf: string, q: Query): RouteLocationRaw {
  return { name: 'problems', query: clean({ ...q, asOf }) }
}

/**
 * The register and the doubts know today, and which day a row came in; they do not know how they stood on an earlier day. So in a closed
 * report only what came in on its day leads anywhere; every other number of theirs is printed and no more (undefined).
 */
export function toHouseholds(report: DailyReport, q: Query): RouteLocationRaw | undefined {
  // A class is reckoned anew with every sheet: who was in it on that day is not kept.
  if (report.closed && (!q.day || q.class)) return undefined
  return { name: 'households', query: clean(q) }
}
export function toDoubts(report: DailyReport, q: Query): RouteLocationRaw | undefined {
  if (report.closed && !q.day) return undefined
  return { name: 'doubts', query: clean(q) }
}

/** The areas of the report's table: townships in the county's report, villages in a township's. */
export function partsOf(report: DailyReport): ReportRow[] {
  return report.townships.length > 1 || !report.villages.length ? report.townships : report.villages
}

export interface ReportBlock { code: string; name: string; found: ReportFound | undefined; items: { code: string; name: string; found: ReportFound }[] }

/** The task list in its blocks, every item present even where nothing was found: a missing line would read as forgotten. */
export function blocksOf(report: DailyReport): ReportBlock[] {
  const none = (code: string): ReportFound => ({ code, foundToday: 0, found: 0, acceptedToday: 0, accepted: 0, voidedToday: 0, voided: 0, standing: 0, closed: 0, goneToday: 0 })
  return report.blocks.map((b) => ({
    ...b,
    found: report.total.blocks.find((f) => f.code === b.code),
    items: report.items.filter((i) => i.block === b.code).map((i) => ({ ...i, found: report.total.items.find((f) => f.code === i.code) ?? none(i.code) })),
  }))
}
