// The shapes the desk speaks of, by hand until api/openapi.json is generated; `index.ts` alone decides where each name comes from.
// Texts and lists are never null: '' and [] stand for nothing. Days are YYYY-MM-DD, instants Unix ms.

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
  fingerprint: string
}

/** level: county | township | village. problemsOpen and doubtsOpen are what waits now. */
export interface Area { code: string; name: string; level: string; parent: string; households: number; inspected: number; problemsOpen: number; doubtsOpen: number }

/** A block stands in `blocks` with item ''; open are the problems that stand (found and not voided). */
export interface OverviewItem { item: string; name: string; block: string; today: number; total: number; open: number }
export interface OverviewChild {
  code: string; name: string; short: string; households: number; inspected: number; inspectedToday: number; inspectedPpm: number
  problems: number; problemsToday: number; doubtsOpen: number; lastReportedOn: string
}
export interface DoubtCounts { opened: number; openedToday: number; confirmed: number; confirmedToday: number; refuted: number; refutedToday: number; gone: number; goneToday: number; closed: number; closedToday: number; open: number }
export interface SilentUnit { code: string; name: string; level: string; households: number; inspected: number; since: string; days: number; text: string }
/** children are the areas one level below `area`; heat counts standing problems by child and item. In the funnel accepted and voided count events: a problem may be in both. */
export interface Overview {
  area: string
  areaName: string
  day: string
  households: number
  persons: number
  inspected: number
  inspectedToday: number
  inspectedPpm: number
  sheets: number
  unchangedPpm: number
  classes: { id: string; name: string; short: string; households: number; inspected: number }[]
  blocks: OverviewItem[]
  items: OverviewItem[]
  funnel: { found: number; accepted: number; voided: number; standing: number }
  doubts: DoubtCounts
  daily: { day: string; inspected: number; total: number; problems: number }[]
  children: OverviewChild[]
  heat: { area: string; item: string; n: number }[]
  silent: SilentUnit[]
  silentVillages: number
}

export interface ClassTag { id: string; short: string; name?: string }
export interface HouseholdRow {
  id: string; no: string; area: string; village: string; township: string; group: string; head: string; size: number
  kind: string; kindName: string; monitored: string; monitoredName: string; classes: ClassTag[]; state: string
  inspectedOn: string; problems: number; doubts: number; idMask: string; phoneMask: string
}
/** `text` is the value as read, masked where `masked`; revealed by path, `h.<code>` or `m.<member id>.<code>`. */
export interface Fact { code: string; name: string; group: string; value: FactValue; text: string; unit: string; source: string; on: string; sensitive: string; masked: boolean }
export type FactValue = string | number | boolean | string[]
export interface Member { id: string; no: string; name: string; relation: string; facts: Fact[] }
/** state: open | confirmed | refuted | gone. */
export interface Doubt { id: string; rule: string; ruleName: string; say: string; household: string; head: string; member: string; area: string; village: string; township: string; state: string; stateName: string; openedOn: string; closedOn: string; reason: string; acts: string[] }
export interface StoryStep { index: number; at: number; kind: string; kindName: string; who: string; post: string; text: string; actId: string }
/** acts: what the reader may do now, e.g. inspect. */
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
/** next is '' on the last page; total is −1 where the server does not keep the count. */
export interface Page<Row> { rows: Row[]; next: string; total: number }

/** state: found | accepted | void; as of the report day when the list was asked with asOf. daysLeft counts calendar days to clearOn, negative when late. */
export interface ProblemRow {
  id: string; number: string; item: string; itemName: string; block: string; say: string; area: string; village: string; township: string
  household: string; head: string; state: string; stateName: string; foundOn: string; foundAt: number; clearOn: string; daysLeft: number
  lead: string; leadName: string; classes: ClassTag[]
}
export interface Signature { act: string; kind: string; who: string; post: string; at: number; seen: string; strokes: number[][] }
/** acts: accept | void, what the reader may do now. seen is the hash each signer signed over; strokes are [x, y, t, …]. */
export interface Problem extends ProblemRow {
  clauses: { id: string; text: string }[]
  rule: string
  ruleName: string
  origin: string
  sheet: string
  doneOn: string
  limitOn: string
  stageOn: string
  helping: string[]
  voidReason: string
  story: StoryStep[]
  acts: string[]
  signatures: Signature[]
}

export type Values = { [code: string]: FactValue }
/** A value the reader may not see, standing as its hash. */
export interface Sealed { '~': string }
export type Prefilled = { [code: string]: FactValue | Sealed }
/**
 * What a sheet starts from. `prefilled` is hashed as it is and sent back untouched; `known` holds every fact this reader may see in the open. `shown` is keyed by path, `h.<code>` or `m.<member id>.<code>`,
 * and holds a masked text for what is sealed. A doubt's member is the person's id, '' for the household.
 */
export interface Draft {
  form: string; pack: string; subject: string; head: string; rev: number
  prefilled: { h: Prefilled; m: { [person: string]: Prefilled } }
  known: { h: Values; m: { [person: string]: Values } }
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
  made?: { problems: { id: string; number: string; item: string; say: string }[] }
}

/** Acts that were kept and not applied: refused for good (a repair is a new act) or waiting for others. */
export interface RepairList {
  refused: { id: string; kind: string; kindName: string; who: string; at: number; code: string; reason: string; subject: string; repairedBy: string }[]
  waiting: { id: string; at: number; after: string[] }[]
}

/** state: open (before the cut-off) | due | frozen. */
export interface ReportDay { day: string; state: string; stateName: string; dueAt: number; frozenAt: number; index: number; logSize: number; digest: string }
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
  doubts: DoubtCounts
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
  silent: SilentUnit[]
  late: { area: string; name: string; day: string; sheets: Restate; inspected: Restate; found: Restate }[]
  foot: { logSize: number; root: string; short: string; text: string }
}

/** state: served | partly | not-yet; `by` in words, `why` what is missing. */
export interface PackClause { id: string; place: string; text: string; kind: string; state: string; by: string[]; why: string }
/** inputs: the facts of the case in one line, as a person reads them; expect: hit | miss | unknown. */
export interface PackCase { name: string; today: string; inputs: string; expect: string; say: string }
export interface PackRule { id: string; name: string; say: string; clauses: string[]; kind: string; when: string; yields: string; item: string; lead: string[]; days: number; cases: PackCase[] }
/** of: household | person | village. */
export interface PackFact { code: string; name: string; of: string; type: string; unit: string; sensitive: string; why: string; usedBy: string[]; labels: string[] }
/** text: the value with its unit, e.g. 6,900元. */
export interface PackParam { code: string; name: string; text: string; from: string; to: string; clause: string; inclusive: boolean; note: string }
/** The pack as people read it. lead holds unit codes, named in `units`. (`/pack/form/{id}` instead gives the compiled pack of @gonggu/assess.) */
export interface Pack {
  id: string; version: string; digest: string; title: string; issuer: string
  notes: string[]
  phases: Phase[]
  days: NamedDay[]
  blocks: { id: string; name: string; items: { code: string; name: string; content: string; requirement: string; lead: string[] }[] }[]
  clauses: PackClause[]
  params: PackParam[]
  facts: PackFact[]
  classes: { id: string; name: string; short: string }[]
  units: { code: string; name: string }[]
  derived: { code: string; name: string; of: string; formula: string }[]
  rules: PackRule[]
}

export interface ImportFault { file: string; sheet: string; row: number; column: string; value: string; severity: string; code: string; reason: string }
/** state: reading | preview | applying | done | cancelled | failed | undone. faults and diff are beginnings, bounded by the server; acts: confirm | cancel | undo. */
export interface Import {
  id: string; files: { name: string; size: number }[]; shapeName: string; state: string; at: number; who: string
  progress: { phase: string; done: number; of: number }
  summary: { rows: number; households: number; persons: number; new: number; changed: number; same: number; rejected: number; doubtful: number }
  unknownColumns: string[]
  faults: ImportFault[]
  diff: { household: string; head: string; what: string; before: string; after: string }[]
  rejects: boolean
  failure: string
  sourceOn: string
  acts: string[]
}
