import type { Pack as CompiledPack } from '@gonggu/assess'
import { client, done, downloadUrl, given, upload } from './client'
import type { paths } from './schema'
import type { Draft, Import, Opening } from './shapes'

// One line per operation, so that a room reads `api.households(filter)` and no path is written twice.

type Asked<P extends keyof paths> = NonNullable<paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never>
type Turn = 'after' | 'limit'
/** The same filter as it stands in an address: each value any text; the server refuses what it does not know. */
type Loose<Q> = { [K in keyof Q]?: string }

/** state: none | inspected | doubt | problem; day: first inspected in that day's report. */
export type HouseholdFilter = Loose<Omit<Asked<'/api/v1/households'>, Turn>>
/** day: raised in that day's report. */
export type DoubtFilter = Loose<Omit<Asked<'/api/v1/doubts'>, Turn>>
/** state: found | accepted | void | open (all that stand); day: found in that day's report; asOf: a report day, the ledger as that report knew it. */
export type ProblemFilter = Loose<Omit<Asked<'/api/v1/problems'>, Turn>>
interface Paging { after?: string; limit?: number }
export interface Envelope { act: unknown; open: Opening[] }

/** The shape of an ID or disability certificate number (15, 18, 20 or 22 characters). */
const wholeId = /^\s*\d{15}(?:\d{2}[\dXx](?:[\dXx]{2}|[\dA-Za-z]{4})?)?\s*$/

export const api = {
  /** The one question that needs no sign-in. */
  county: () => done(client.GET('/api/v1/county'), true),
  me: () => done(client.GET('/api/v1/session'), true),
  signIn: (login: string, password: string) => done(client.POST('/api/v1/session', { body: { login, password } }), true),
  signOut: () => done(client.DELETE('/api/v1/session'), true),
  switchPost: (post: string) => done(client.PUT('/api/v1/session/post', { body: { post } })),

  areas: () => done(client.GET('/api/v1/areas')),
  overview: (area: string) => done(client.GET('/api/v1/overview', { params: { query: given({ area }) } })),

  // A whole ID number never stands in an address: it goes out in a body.
  households: (filter: HouseholdFilter & Paging, signal?: AbortSignal) => wholeId.test(filter.q ?? '')
    ? done(client.POST('/api/v1/households/find', { body: { idNumber: (filter.q ?? '').trim(), area: filter.area ?? '' }, signal }))
    : done(client.GET('/api/v1/households', { params: { query: given(filter) as Asked<'/api/v1/households'> }, signal })),
  household: (id: string) => done(client.GET('/api/v1/households/{id}', { params: { path: { id } } })),
  draft: (id: string) => done(client.GET('/api/v1/households/{id}/draft', { params: { path: { id } } })) as Promise<unknown> as Promise<Draft>,
  reveal: (id: string, facts: string[], reason: string) => done(client.POST('/api/v1/households/{id}/reveal', { params: { path: { id } }, body: { facts, reason } })),

  acts: (acts: Envelope[]) => done(client.POST('/api/v1/acts', { body: { acts } })),
  refused: () => done(client.GET('/api/v1/refused')),
  machine: () => done(client.GET('/api/v1/machine')),

  doubts: (filter: DoubtFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/doubts', { params: { query: given(filter) as Asked<'/api/v1/doubts'> }, signal })),
  problems: (filter: ProblemFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/problems', { params: { query: given(filter) as Asked<'/api/v1/problems'> }, signal })),
  problem: (id: string) => done(client.GET('/api/v1/problems/{id}', { params: { path: { id } } })),

  reportDays: () => done(client.GET('/api/v1/reports/daily')),
  report: (day: string, area: string) => done(client.GET('/api/v1/reports/daily/{day}', { params: { path: { day }, query: given({ area }) } })),

  pack: () => done(client.GET('/api/v1/pack')),
  form: (id: string) => done(client.GET('/api/v1/pack/form/{id}', { params: { path: { id } } })) as Promise<unknown> as Promise<CompiledPack>,

  imports: () => done(client.GET('/api/v1/imports')),
  import: (id: string) => done(client.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
  upload: (files: File[], onProgress: (share: number) => void) => upload<Import>('/api/v1/imports', files, onProgress),
  confirmImport: (id: string) => done(client.POST('/api/v1/imports/{id}/confirm', { params: { path: { id } } })),
  cancelImport: (id: string) => done(client.POST('/api/v1/imports/{id}/cancel', { params: { path: { id } } })),
  undoImport: (id: string) => done(client.POST('/api/v1/imports/{id}/undo', { params: { path: { id } } })),

  rejectsUrl: (id: string) => `/api/v1/imports/${encodeURIComponent(id)}/rejects.xlsx`,
  exportUrl: (what: 'households' | 'problems' | 'doubts' | 'daily', filter: Record<string, string | undefined>) => downloadUrl(`/api/v1/exports/${what}.xlsx`, filter),
}
