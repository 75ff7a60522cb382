// The shapes the desk speaks of, by hand until api/openapi.json is generated; `index.ts` alone decides where each name comes from.

export interface AreaRef { code: string; name: string }
export interface Unit { id: string; name: string; kind: string }
export interface Post { id: string; title: string; unit: Unit; area: AreaRef; duties: string[] }
export interface Phase { id: string; name: string; from: string; to: string }
export interface NamedDay { id: string; name: string; on: string }
export interface Campaign { id: string; title: string; pack: string; packDigest: string; cutOff: string; phases: Phase[]; days: NamedDay[]; openedAt: number }
export interface LogHead { size: number; root: string }
export interface Me {
  account: { id: string; login: string; name: string }
  post: Post
  posts: Post[]
  may: string[]
  day: string
  demo: boolean
  county: AreaRef
  campaign?: Campaign
  logHead: LogHead
}

export interface Area { code: string; name: string; level: string; parent: string; households: number; inspected: number; problemsOpen: number; doubtsOpen: number }

export interface OverviewItem { item: string; name: string; block: string; today: number; total: number; open: number }
export interface OverviewChild { code: string; name: string; households: number; inspected: number; inspectedToday: number; problems: number; doubtsOpen: number; lastReportedOn: string }
export interface Overview {
  area: AreaRef
  day: string
  households: number
  inspected: number
  inspectedToday: number
  persons: number
  classes: { id: string; name: string; households: number; inspected: number }[]
  items: OverviewItem[]
  funnel: { found: number; accepted: number; voided: number }
  doubts: { open: number; openedToday: number; confirmed: number; refuted: number }
  daily: { day: string; inspected: number; total: number; problems: number }[]
  children: OverviewChild[]
  heat: { area: string; item: string; n: number }[]
  silent: { code: string; name: string; since: string }[]
}

export interface ClassTag { id: string; short: string; name?: string }
export interface HouseholdRow {
  id: string; no: string; area: string; village: string; township: string; group: string; head: string; size: number
  kind: string; kindName: string; monitored: string; monitoredName: string; classes: ClassTag[]; state: string
  inspectedOn: string; problems: number; doubts: number; idMask: string; phoneMask: string
}
export interface Fact { code: string; name: string; group: string; value: FactValue; text: string; unit: string; source: string; on: string; sensitive: string; masked: boolean }
export type FactValue = string | number | boolean | string[]
export interface Member { id: string; no: string; name: string; relation: string; facts: Fact[] }
export interface Doubt { id: string; rule: string; ruleName: string; say: string; household: string; head: string; area: string; village: string; township: string; state: string; stateName: string; openedOn: string; reason: string }
export interface StoryStep { index: number; at: number; kind: string; kindName: string; who: string; post: string; text: string; actId: string }
export interface Household extends HouseholdRow {
  rev: number
  facts: Fact[]
  members: Member[]
  derived: { code: string; name: string; text: string; formula: string }[]
  doubtList: Doubt[]
  problemList: ProblemRow[]
  story: StoryStep[]
  unknownColumns: { label: string; value: string }[]
  acts: string[]
}
export interface Page<Row> { rows: Row[]; next: string; total: number }

export interface ProblemRow {
  id: string; number: string; item: string; itemName: string; block: string; say: string; area: string; village: string; township: string
  household: string; head: string; state: string; stateName: string; foundOn: string; foundAt: number; clearOn: string; daysLeft: number
  lead: string; leadName: string; classes: ClassTag[]
}
export interface Signature { act: string; who: string; post: string; at: number; seen: string; strokes: number[][] }
export interface Problem extends ProblemRow {
  clauses: { id: string; text: string }[]
  rule: string
  sheet: string
  story: StoryStep[]
  acts: string[]
  signatures: Signature[]
}

export type Values = { [code: string]: FactValue }
/** A value the reader may not see, standing as its hash. */
export interface Sealed { '~': string }
export type Prefilled = { [code: string]: FactValue | Sealed }
export interface Draft {
  form: string; pack: string; subject: string; rev: number
  prefilled: { h: Prefilled; m: { [person: string]: Prefilled } }
  shown: { [path: string]: { text: string; source: string; on: string } }
  doubts: { id: string; rule: string; say: string; member: string }[]
  members: { id: string; name: string; relation: string }[]
}

export interface ActAnswer {
  id: string
  answer: 'accepted' | 'known' | 'waiting' | 'refused'
  receipt?: { index: number; receivedAt: number; leaf: string }
  waitingFor?: string[]
  code?: string
  reason?: string
  made?: { problems: { id: string; number: string; say: string }[] }
}

export interface ReportDay { day: string; state: string; frozenAt: number; index: number }
/** Counts of problems of an item or block (code), or of all (''). */
export interface ReportFound { code: string; foundToday: number; found: number; acceptedToday: number; accepted: number; voidedToday: number; voided: number; standing: number }
export interface ReportRow {
  code: string; name: string; township: string; households: number; householdsToday: number; persons: number; personsToday: number
  inspected: number; inspectedToday: number; inspectedPpm: number; sheets: number; sheetsToday: number; sheetsLate: number
  unchanged: number; unchangedToday: number; unchangedPpm: number; lastReportedOn: string
  problems: ReportFound
  blocks: ReportFound[]
  items: ReportFound[]
  classes: { id: string; households: number; inspected: number; inspectedToday: number }[]
  doubts: { opened: number; openedToday: number; confirmed: number; confirmedToday: number; refuted: number; refutedToday: number; gone: number; goneToday: number; closed: number; closedToday: number; open: number }
}
/** A line of the printed list: it names no person, because the report leaves the county. */
export interface ReportProblem {
  number: string; item: string; itemName: string; area: string; township: string; village: string; say: string; withheld: boolean
  lead: string; leadName: string; helping: string[]; state: string; stateName: string; foundOn: string; reason: string
}
export interface Restate { printed: number; then: number; arrived: number; now: number }
export interface DailyReport {
  version: number; county: string; countyName: string; area: string; areaName: string; title: string; issuer: string; campaign: string; pack: string
  day: string; cutOff: string; dueAt: number; closed: boolean; stateName: string; phase: string; phaseName: string; phaseDay: number
  summary: string[]
  blocks: { code: string; name: string }[]
  items: { code: string; name: string; block: string }[]
  classes: { id: string; name: string; short: string }[]
  total: ReportRow
  townships: ReportRow[]
  villages: ReportRow[]
  problems: ReportProblem[]
  changes: { since: string; households: number; persons: number; inspected: number; sheets: number; found: number; standing: number; doubtsOpen: number; accepted: ReportProblem[]; voided: ReportProblem[] }
  silent: { code: string; name: string; level: string; households: number; inspected: number; since: string; days: number; text: string }[]
  late: { area: string; name: string; day: string; sheets: Restate; inspected: Restate; found: Restate }[]
  foot: { logSize: number; root: string; short: string; text: string }
}

export interface PackClause { id: string; place: string; text: string; kind: string; state: string; by: string[]; why: string }
export interface PackCase { name: string; today: string; inputs: string; expect: string; say: string }
export interface PackRule { id: string; name: string; say: string; clauses: string[]; yields: string; item: string; lead: string[]; days: number; cases: PackCase[] }
export interface PackFact { code: string; name: string; of: string; type: string; unit: string; sensitive: string; why: string; usedBy: string[]; labels: string[] }
export interface PackParam { code: string; name: string; text: string; from: string; to: string; clause: string; inclusive: boolean }
export interface Pack {
  id: string; version: string; digest: string; title: string
  phases: Phase[]
  days: NamedDay[]
  blocks: { id: string; name: string; items: { code: string; name: string; content: string; requirement: string; lead: string[] }[] }[]
  clauses: PackClause[]
  params: PackParam[]
  facts: PackFact[]
  classes: { id: string; name: string; short: string }[]
  units: { code: string; name: string }[]
  derived: { code: string; name: string; of: string }[]
  rules: PackRule[]
}

export interface ImportFault { file: string; sheet: string; row: number; column: string; value: string; code: string; reason: string }
export interface Import {
  id: string; files: { name: string; size: number }[]; shape: string; shapeName: string; state: string; at: number; who: string
  progress: { phase: string; done: number; of: number }
  summary: { rows: number; households: number; persons: number; new: number; changed: number; same: number; rejected: number; doubtful: number }
  unknownColumns: { label: string; sample: string }[]
  sample: { columns: string[]; rows: string[][] }
  faults: ImportFault[]
  diff: { household: string; head: string; what: string; before: string; after: string }[]
}
