import { api } from '@gonggu/api'

const most = 200

/** How many problems stand in a state, as far as the server says: it keeps no count for every filter, so a short list is counted and a long one is "at least". */
export async function tally(state: string): Promise<{ n: number; more: boolean }> {
  const page = await api.problems({ state, limit: most })
  return page.total >= 0 ? { n: page.total, more: false } : { n: page.rows.length, more: page.next !== '' }
}
