import type { Pack as CompiledPack } from '@gonggu/assess'
import { downloadUrl, http, upload } from './client'
import type {
  ActAnswer, Area, DailyReport, Doubt, Draft, Household, HouseholdRow, Import, LogHead, Me, Overview, Pack, Page, Problem, ProblemRow, RepairList, ReportDay, Values,
} from './sketch'

// One line per operation, so that a room reads `api.households(filter)` and no path is written twice.

/** state: none | inspected | doubt | problem; day: first inspected in that day's report. */
export type HouseholdFilter = { area?: string; class?: string; state?: string; day?: string; q?: string }
/** day: raised in that day's report. */
export type DoubtFilter = { area?: string; rule?: string; state?: string; day?: string }
/** state: found | accepted | void | open (all that stand); day: found in that day's report; asOf: a report day, the ledger as that report knew it; unit: a department's code. */
export type ProblemFilter = { area?: string; item?: string; block?: string; class?: string; state?: string; day?: string; unit?: string; q?: string; asOf?: string }
type Turn = { after?: string; limit?: number }
export interface Envelope { act: unknown; open: { hash: string; salt: string; value: string }[] }

const id = encodeURIComponent

export const api = {
  me: () => http.get<Me>('/session'),
  signIn: (login: string, password: string) => http.post<Me>('/session', { login, password }),
  signOut: () => http.delete<void>('/session'),
  switchPost: (post: string) => http.put<Me>('/session/post', { post }),

  areas: () => http.get<{ areas: Area[] }>('/areas'),
  overview: (area: string) => http.get<Overview>('/overview', { area }),

  households: (filter: HouseholdFilter & Turn, signal?: AbortSignal) => http.get<Page<HouseholdRow>>('/households', filter, signal),
  household: (household: string) => http.get<Household>(`/households/${id(household)}`),
  draft: (household: string) => http.get<Draft>(`/households/${id(household)}/draft`),
  reveal: (household: string, facts: string[], reason: string) => http.post<{ values: { [code: string]: string } }>(`/households/${id(household)}/reveal`, { facts, reason }),

  refused: () => http.get<RepairList>('/refused'),
  acts: (acts: Envelope[]) => http.post<{ answers: ActAnswer[]; head: LogHead }>('/acts', { acts }),

  doubts: (filter: DoubtFilter & Turn, signal?: AbortSignal) => http.get<Page<Doubt>>('/doubts', filter, signal),
  problems: (filter: ProblemFilter & Turn, signal?: AbortSignal) => http.get<Page<ProblemRow>>('/problems', filter, signal),
  problem: (problem: string) => http.get<Problem>(`/problems/${id(problem)}`),

  reportDays: () => http.get<{ days: ReportDay[] }>('/reports/daily'),
  report: (day: string, area: string) => http.get<DailyReport>(`/reports/daily/${id(day)}`, { area }),

  pack: () => http.get<Pack>('/pack'),
  form: (form: string) => http.get<CompiledPack>(`/pack/form/${id(form)}`),

  imports: () => http.get<{ imports: Import[] }>('/imports'),
  import: (one: string) => http.get<Import>(`/imports/${id(one)}`),
  upload: (files: File[], onProgress: (share: number) => void) => upload<Import>('/imports', files, onProgress),
  confirmImport: (one: string) => http.post<Import>(`/imports/${id(one)}/confirm`),
  cancelImport: (one: string) => http.post<Import>(`/imports/${id(one)}/cancel`),
  undoImport: (one: string) => http.post<Import>(`/imports/${id(one)}/undo`),

  rejectsUrl: (one: string) => downloadUrl(`/imports/${id(one)}/rejects.xlsx`),
  exportUrl: (what: 'households' | 'problems' | 'doubts' | 'daily', filter: Record<string, string | undefined>) => downloadUrl(`/exports/${what}.xlsx`, filter),
}

export type { Values }
