import type { Pack as CompiledPack } from '@gonggu/assess'
import { client, done, downloadUrl, given, save, upload, workbook } from './client'
import type { paths } from './schema'
import type { ChannelForm, Draft, Import, Opening, OutsideList, StaffList } from './shapes'

// One line per operation, so that a room reads `api.households(filter)` and no path is written twice.

type Asked<P extends keyof paths> = NonNullable<paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never>
type Turn = 'after' | 'limit'
/** The same filter as it stands in an address: each value any text; the server refuses what it does not know. */
type Loose<Q> = { [K in keyof Q]?: string }

/** state: none | inspected | missed | left | doubt | problem; owner: a post, or nobody; missed: a reason; day: first inspected in that day's report. */
export type HouseholdFilter = Loose<Omit<Asked<'/api/v1/households'>, Turn>>
/** day: raised in that day's report. */
export type DoubtFilter = Loose<Omit<Asked<'/api/v1/doubts'>, Turn>>
/** state: found | accepted | void | open (all that stand); day: found in that day's report; asOf: a report day, the ledger as that report knew it. */
export type ProblemFilter = Loose<Omit<Asked<'/api/v1/problems'>, Turn>>
export type AccessFilter = Loose<Omit<Asked<'/api/v1/access'>, Turn>>
export type LogFilter = Loose<Omit<Asked<'/api/v1/log'>, Turn>>
export type RequestFilter = Loose<Omit<Asked<'/api/v1/requests'>, Turn>>
/** state: open | ended | all. */
export type PostFilter = Loose<Omit<Asked<'/api/v1/posts'>, Turn>>
/** state: locked | disabled | must_change | never | code. */
export type AccountFilter = Loose<Omit<Asked<'/api/v1/accounts'>, Turn>>
export type OrderFilter = Loose<Omit<Asked<'/api/v1/orders'>, Turn>>
interface Paging { after?: string; limit?: number }
export interface Envelope { act: unknown; open: Opening[] }

/** The shape of an ID or disability certificate number (15, 18, 20 or 22 characters). */
const wholeId = /^\s*\d{15}(?:\d{2}[\dXx](?:[\dXx]{2}|[\dA-Za-z]{4})?)?\s*$/

type Exported = 'orders' | 'households' | 'problems' | 'doubts' | 'daily' | 'overview' | 'reports' | 'imports' | 'refused' | 'jobs' | 'tasks' | 'coverage' | 'access' | 'log' | 'requests' | 'posts' | 'accounts' | 'retention' | 'amendments' | 'diff' | 'pack' | 'outbox' | 'messages' | 'sources' | 'clusters'

export const api = {
  /** The one question that needs no sign-in. */
  county: () => done(client.GET('/api/v1/county'), true),
  me: () => done(client.GET('/api/v1/session'), true),
  signIn: (login: string, password: string) => done(client.POST('/api/v1/session', { body: { login, password } }), true),
  signOut: () => done(client.DELETE('/api/v1/session'), true),
  signInCode: (code: string) => done(client.POST('/api/v1/session/code', { body: { code } }), true),
  switchPost: (post: string) => done(client.PUT('/api/v1/session/post', { body: { post } })),

  areas: () => done(client.GET('/api/v1/areas')),
  led: (area: string) => done(client.GET('/api/v1/overview/led', { params: { query: given({ area }) } })),
  late: (area: string) => done(client.GET('/api/v1/overview/late', { params: { query: given({ area }) } })),
  overview: (area: string) => done(client.GET('/api/v1/overview', { params: { query: given({ area }) } })),

  access: (filter: AccessFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/access', { params: { query: given(filter) as Asked<'/api/v1/access'> }, signal })),
  accessHead: () => done(client.GET('/api/v1/access/head')),
  verifyAccess: () => done(client.POST('/api/v1/access/verify')),
  log: (filter: LogFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/log', { params: { query: given(filter) as Asked<'/api/v1/log'> }, signal })),
  requests: (filter: RequestFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/requests', { params: { query: given(filter) as Asked<'/api/v1/requests'> }, signal })),
  requestHead: (area: string) => done(client.GET('/api/v1/requests/head', { params: { query: given({ area }) } })),
  notice: (id: string) => done(client.GET('/api/v1/households/{id}/notice', { params: { path: { id } } })),
  retention: () => done(client.GET('/api/v1/retention')),
  purge: (kind: string, through: string) => done(client.GET('/api/v1/retention/{kind}', { params: { path: { kind }, query: { through } } })),
  /** The last four of an ID number, within a township or village. */
  householdsByTail: (lastFour: string, area: string, signal?: AbortSignal) => done(client.POST('/api/v1/households/find', { body: { lastFour, area }, signal })),

  // A whole ID number never stands in an address: it goes out in a body.
  households: (filter: HouseholdFilter & Paging, signal?: AbortSignal) => wholeId.test(filter.q ?? '')
    ? done(client.POST('/api/v1/households/find', { body: { idNumber: (filter.q ?? '').trim(), area: filter.area ?? '' }, signal }))
    : done(client.GET('/api/v1/households', { params: { query: given(filter) as Asked<'/api/v1/households'> }, signal })),
  household: (id: string) => done(client.GET('/api/v1/households/{id}', { params: { path: { id } } })),
  draft: (id: string) => done(client.GET('/api/v1/households/{id}/draft', { params: { path: { id } } })) as Promise<unknown> as Promise<Draft>,
  reveal: (id: string, facts: string[], reason: string) => done(client.POST('/api/v1/households/{id}/reveal', { params: { path: { id } }, body: { facts, reason } })),

  lifeChoices: () => done(client.GET('/api/v1/life/choices')),
  lifePreview: (one: Envelope) => done(client.POST('/api/v1/life/preview', { body: one as never })),
  errata: (area: string) => done(client.GET('/api/v1/errata', { params: { query: given({ area }) } })),
  errataWorkbook: (area: string, reason: string) => workbook('/api/v1/errata/export', { area, reason }),

  acts: (acts: Envelope[]) => done(client.POST('/api/v1/acts', { body: { acts } })),
  refused: (filter: { state?: string; kind?: string; after?: string } = {}) => done(client.GET('/api/v1/refused', { params: { query: given(filter) as Asked<'/api/v1/refused'> } })),
  refusedOne: (id: string) => done(client.GET('/api/v1/refused/{id}', { params: { path: { id } } })),
  messages: (filter: { state?: string }, after: string, signal?: AbortSignal) => done(client.GET('/api/v1/messages', { params: { query: given({ ...filter, after }) as Asked<'/api/v1/messages'> }, signal })),
  unread: () => done(client.GET('/api/v1/messages/unread')),
  readMessages: (ids: string[]) => done(client.POST('/api/v1/messages/read', { body: { ids } })),
  readAll: (through: string) => done(client.POST('/api/v1/messages/read', { body: { through } })),
  channels: () => done(client.GET('/api/v1/channels')),
  saveChannel: (form: ChannelForm) => done(client.POST('/api/v1/channels', { body: form })),
  dropChannel: (id: string) => done(client.POST('/api/v1/channels/{id}/drop', { params: { path: { id } } })),
  testChannel: (id: string) => done(client.POST('/api/v1/channels/{id}/test', { params: { path: { id } } })),
  outbox: (filter: { state?: string; channel?: string; day?: string }, after: string, signal?: AbortSignal) => done(client.GET('/api/v1/outbox', { params: { query: given({ ...filter, after }) as Asked<'/api/v1/outbox'> }, signal })),
  sendAgain: (id: string) => done(client.POST('/api/v1/outbox/{id}/again', { params: { path: { id } } })),
  stopSending: (id: string) => done(client.POST('/api/v1/outbox/{id}/stop', { params: { path: { id } } })),
  jobs: (filter: { kind?: string; state?: string }) => done(client.GET('/api/v1/jobs', { params: { query: given(filter) as Asked<'/api/v1/jobs'> } })),
  proof: (of: 'households' | 'problems', id: string, index: number) => of === 'households'
    ? done(client.GET('/api/v1/households/{id}/proofs/{index}', { params: { path: { id, index } } }))
    : done(client.GET('/api/v1/problems/{id}/proofs/{index}', { params: { path: { id, index } } })),

  tasks: () => done(client.GET('/api/v1/tasks')),
  coverage: (area: string) => done(client.GET('/api/v1/tasks/coverage', { params: { query: given({ area }) } })),
  board: (area: string) => done(client.GET('/api/v1/tasks/board', { params: { query: given({ area }) } })),
  balance: (area: string, posts: string[]) => done(client.GET('/api/v1/tasks/balance', { params: { query: { area, posts: posts.join(',') } } })),
  myTask: () => done(client.GET('/api/v1/tasks/mine')),
  machine: () => done(client.GET('/api/v1/machine')),

  doubts: (filter: DoubtFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/doubts', { params: { query: given(filter) as Asked<'/api/v1/doubts'> }, signal })),
  problems: (filter: ProblemFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/problems', { params: { query: given(filter) as Asked<'/api/v1/problems'> }, signal })),
  orders: (filter: OrderFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/orders', { params: { query: given(filter) as Asked<'/api/v1/orders'> }, signal })),
  order: (id: string) => done(client.GET('/api/v1/orders/{id}', { params: { path: { id } } })),
  todos: (rows: number) => done(client.GET('/api/v1/todos', { params: { query: { rows } } })),
  loop: (area: string) => done(client.GET('/api/v1/loop', { params: { query: given({ area }) } })),
  clears: () => done(client.GET('/api/v1/clears')),
  problemBoard: (area: string) => done(client.GET('/api/v1/boards/problems', { params: { query: given({ area }) } })),
  problem: (id: string) => done(client.GET('/api/v1/problems/{id}', { params: { path: { id } } })),

  reportDays: () => done(client.GET('/api/v1/reports/daily')),
  report: (day: string, area: string) => done(client.GET('/api/v1/reports/daily/{day}', { params: { path: { day }, query: given({ area }) } })),
  standing: (day: string) => done(client.GET('/api/v1/reports/daily/{day}/standing', { params: { path: { day } } })),

  pack: () => done(client.GET('/api/v1/pack')),
  packs: () => done(client.GET('/api/v1/packs')),
  packDiff: (from: string, to: string) => done(client.GET('/api/v1/packs/diff', { params: { query: { from, to } } })),
  amendments: () => done(client.GET('/api/v1/amendments')),
  settings: () => done(client.GET('/api/v1/amendments/settings')),
  form: (id: string) => done(client.GET('/api/v1/pack/form/{id}', { params: { path: { id } } })) as Promise<unknown> as Promise<CompiledPack>,

  imports: () => done(client.GET('/api/v1/imports')),
  import: (id: string) => done(client.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
  upload: (files: File[], onProgress: (share: number) => void) => upload<Import>('/api/v1/imports', files, onProgress),
  confirmImport: (id: string) => done(client.POST('/api/v1/imports/{id}/confirm', { params: { path: { id } } })),
  cancelImport: (id: string) => done(client.POST('/api/v1/imports/{id}/cancel', { params: { path: { id } } })),
  undoImport: (id: string) => done(client.POST('/api/v1/imports/{id}/undo', { params: { path: { id } } })),

  units: () => done(client.GET('/api/v1/units')),
  posts: (filter: PostFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/posts', { params: { query: given(filter) as Asked<'/api/v1/posts'> }, signal })),
  post: (id: string) => done(client.GET('/api/v1/posts/{id}', { params: { path: { id } } })),
  persons: (q: string) => done(client.GET('/api/v1/persons', { params: { query: given({ q }) } })),
  wishes: () => done(client.GET('/api/v1/wishes')),
  dropWish: (id: string) => done(client.POST('/api/v1/wishes/{id}/drop', { params: { path: { id } } })),

  accounts: (filter: AccountFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/accounts', { params: { query: given(filter) as Asked<'/api/v1/accounts'> }, signal })),
  addAccount: (name: string, login: string, phone: string) => done(client.POST('/api/v1/accounts', { body: { name, login, phone } })),
  disableAccount: (person: string) => done(client.POST('/api/v1/accounts/{person}/disable', { params: { path: { person } } })),
  enableAccount: (person: string) => done(client.POST('/api/v1/accounts/{person}/enable', { params: { path: { person } } })),
  unlockAccount: (person: string) => done(client.POST('/api/v1/accounts/{person}/unlock', { params: { path: { person } } })),
  resetAccount: (person: string) => done(client.POST('/api/v1/accounts/{person}/reset', { params: { path: { person } } })),
  clearCode: (person: string) => done(client.POST('/api/v1/accounts/{person}/clear-code', { params: { path: { person } } })),
  accountSessions: (person: string) => done(client.GET('/api/v1/accounts/{person}/sessions', { params: { path: { person } } })),
  revokeAccount: (person: string) => done(client.POST('/api/v1/accounts/{person}/sessions/revoke', { params: { path: { person } } })),
  linkAccount: (person: string, subject: string) => done(client.POST('/api/v1/accounts/{person}/link', { params: { path: { person } }, body: { subject } })),
  accountRules: () => done(client.GET('/api/v1/account-rules')),
  setAccountRules: (officerCode: boolean) => done(client.POST('/api/v1/account-rules', { body: { officerCode } })),

  account: () => done(client.GET('/api/v1/account')),
  changePassword: (current: string, next: string) => done(client.POST('/api/v1/account/password', { body: { current, next } })),
  revokeSession: (id: string) => done(client.POST('/api/v1/account/sessions/revoke', { body: { id } })),
  beginCode: (password: string) => done(client.POST('/api/v1/account/code', { body: { password } })),
  confirmCode: (code: string) => done(client.POST('/api/v1/account/code/confirm', { body: { code } })),
  dropCode: (password: string) => done(client.POST('/api/v1/account/code/drop', { body: { password } })),
  beginLink: (password: string) => done(client.POST('/api/v1/account/link', { body: { password } })),
  dropLink: (password: string) => done(client.POST('/api/v1/account/unlink', { body: { password } })),

  staffLists: () => done(client.GET('/api/v1/staff-lists')),
  staffList: (id: string) => done(client.GET('/api/v1/staff-lists/{id}', { params: { path: { id } } })),
  readStaff: (file: File) => upload<StaffList>('/api/v1/staff-lists', [file], () => undefined),
  confirmStaff: (id: string) => done(client.POST('/api/v1/staff-lists/{id}/confirm', { params: { path: { id } } })),
  /** Can be done once: afterwards the server has forgotten the passwords. */
  fetchStaff: (id: string) => save(`/api/v1/staff-lists/${encodeURIComponent(id)}/passwords.xlsx`, '账号和一次性密码.xlsx'),
  staffTemplateUrl: '/api/v1/staff-lists/template.xlsx',

  consolidation: (area: string, signal?: AbortSignal) => done(client.GET('/api/v1/consolidation', { params: { query: given({ area }) }, signal })),
  clusters: (filter: { area?: string; item?: string; q?: string } & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/clusters', { params: { query: given(filter) }, signal })),
  cluster: (id: string) => done(client.GET('/api/v1/clusters/{id}', { params: { path: { id } } })),
  sources: (filter: ProblemFilter & Paging, signal?: AbortSignal) => done(client.GET('/api/v1/sources', { params: { query: given(filter) as Asked<'/api/v1/sources'> }, signal })),
  sourceChoices: () => done(client.GET('/api/v1/sources/choices')),
  dispatch: (item: string, area: string) => done(client.GET('/api/v1/sources/dispatch', { params: { query: given({ item, area }) } })),
  kin: (id: string) => done(client.GET('/api/v1/problems/{id}/kin', { params: { path: { id } } })),
  previewOutside: (file: File) => upload<OutsideList>('/api/v1/sources/preview', [file], () => undefined),
  enterOutside: (file: File) => upload<OutsideList>('/api/v1/sources/enter', [file], () => undefined),
  /** The lines that were not taken, with the reason, as a workbook to put right. */
  outsideRejects: (file: File) => save('/api/v1/sources/rejects.xlsx', '外部问题退回表.xlsx', file),
  outsideTemplateUrl: '/api/v1/sources/template.xlsx',

  rejectsUrl: (id: string) => `/api/v1/imports/${encodeURIComponent(id)}/rejects.xlsx`,
  documentUrl: (day: string, area: string) => downloadUrl('/api/v1/exports/daily.docx', { day, area }),
  exportUrl: (what: Exported, filter: Record<string, string | undefined>) => downloadUrl(`/api/v1/exports/${what}.xlsx`, filter),
}
