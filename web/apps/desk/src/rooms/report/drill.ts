import type { RouteLocationRaw } from 'vue-router'

type Query = Record<string, string | undefined>
const clean = (q: Query): Record<string, string> => Object.fromEntries(Object.entries(q).filter((e): e is [string, string] => Boolean(e[1])))

/** Where a number of the report leads: the rows it counts, as they were known when it was frozen (log index up to the report's). */
export function toLedger(asOf: string, q: Query): RouteLocationRaw {
  return { name: 'problems', query: clean({ ...q, asOf }) }
}
export function toHouseholds(q: Query): RouteLocationRaw {
  return { name: 'households', query: clean(q) }
}
