// The names that rooms use for the server's shapes. All come from the generated schema; a few fields that JSON Schema can't say are narrowed here.
import type { components } from './schema'

type S = components['schemas']

export type AreaRef = S['Ref']
export type Post = S['Post']
export type Phase = S['CampaignPhase']
export type NamedDay = S['CampaignDay']
export type LogHead = S['LogHead']
export type Me = S['Me']
export type Area = S['Area']

export type Overview = S['ReportOverview']
export type OverviewChild = S['ReportChild']

export type ClassTag = S['ClassTag']
export type HouseholdRow = S['HouseholdRow']
export type Member = S['MemberView']
export type Household = S['HouseholdView']
/** `text` is the value as read, masked where `masked`; revealed by path, `h.<code>` or `m.<member id>.<code>`. */
export type Fact = S['FactView']
export type OwnerStep = S['OwnerStep']
export type MissReason = S['MissReason']
export type TaskList = S['TaskList']
export type TaskRow = S['TaskRow']
export type Coverage = S['CoverageView']
export type CoverageRow = S['CoverageRow']
export type Board = S['Board']
export type BoardArea = S['BoardArea']
export type BoardPerson = S['BoardPerson']
export type TaskShare = S['TaskShare']
export type Balance = S['Balance']
export type BalancePart = S['BalancePart']
export type MyTask = S['MyTask']
export type Revisit = S['Revisit']
export type Doubt = S['DoubtView']
export type StoryStep = S['StoryStep']
export type ProblemRow = S['ProblemRow']
export type Problem = S['ProblemView']
export type Signature = S['Signature']
export type OrderRow = S['OrderRow']
export type Order = S['OrderView']
export type LifeStep = S['LifeStep']
export type Due = S['Due']
export type Todo = S['Todo']
export type TodoSection = S['TodoSection']
export type TodoItem = S['TodoItem']
export type ClearView = S['ClearView']
export type ProblemBoard = S['ProblemBoard']
/** next is '' on the last page; total is −1 where the server does not keep the count. */
export interface Page<Row> { rows: Row[]; next: string; total: number }

/** Money in fen, areas in hundredths, shares in ppm, days as text, a choice by its code. */
export type FactValue = string | number | boolean | string[]
export type Values = { [code: string]: FactValue }
/** A value the reader may not see, standing as its commitment. */
export interface Sealed { '~': string }
export type Prefilled = { [code: string]: FactValue | Sealed }
/** `prefilled` is hashed as it is and sent back untouched; `known` holds every fact this reader may see in the open. */
export type Draft = Omit<S['Draft'], 'prefilled' | 'known'> & {
  prefilled: { h: Prefilled; m: { [person: string]: Prefilled } }
  known: { h: Values; m: { [person: string]: Values } }
}

export type ActAnswer = S['ActAnswer']
export type ActAnswers = S['ActAnswers']
export type Opening = S['ActOpening']
export type RepairList = S['RepairList']

export type ReportDay = S['ReportDay']
export type DailyReport = S['ReportDaily']
export type ReportRow = S['ReportRow']
export type ReportFound = S['ReportFound']
export type ReportProblem = S['ReportProblem']
export type ReportProgress = S['ReportProgress']
export type ReportProgressRow = S['ReportProgressRow']
export type Restate = S['ReportRestate']

export type Pack = S['PackView']
export type PackRule = S['PackRule']

export type Import = S['ImportView']
export type ImportFault = S['RosterFault']

export type Standing = S['ReportStanding']
export type Review = S['ReportReview']
export type Led = S['ReportLed']
export type LedPart = S['ReportLedPart']
export type Late = S['Late']
export type Job = S['Job']
export type MessageRow = S['MessageRow']
export type ChannelRow = S['ChannelRow']
export type ChannelForm = S['ChannelForm']
export type OutgoingRow = S['OutgoingRow']
export type Proof = S['Proof']
export type RefusedView = S['RefusedView']
export type RefusedDetail = S['RefusedDetail']
export type Amendment = S['AmendmentView']
export type AmendmentList = S['AmendmentList']
/** Something of the pack in force that may be amended; its value is written as the server wants it back. */
export type Setting = S['PackSetting']
export type InstalledPack = S['InstalledPack']
export type PackDifference = S['PackDifference']
export type AccessRow = S['AccessRow']
export type AccessCheck = S['AccessCheck']
export type LogRow = S['LogRow']
export type RequestRow = S['RequestRow']
export type FactChoice = S['FactChoice']
export type Notice = S['NoticeView']
export type Retention = S['RetentionView']
export type RetentionKind = S['RetentionKind']
export type PurgeRow = S['PurgeRow']
export type Unit = S['UnitView']
export type PostRow = S['PostRow']
export type Person = S['PersonView']
export type Wish = S['WishView']
export type AccountRow = S['AccountRow']
export type OwnAccount = S['OwnAccount']
export type Once = S['OnceView']
export type Place = S['PlaceView']
export type Enrolment = S['EnrolmentView']
export type StaffList = S['StaffList']
export type LifeState = S['LifeState']
export type LifeCodes = S['LifeCodes']
export type LifeFact = S['LifeFact']
export type LifeEffect = S['LifeEffect']
export type ErrataList = S['ErrataList']

export type Consolidation = S['Consolidation']
export type LikePair = S['LikePair']
export type LikeGroup = S['LikeGroup']
export type ClusterRow = S['ClusterRow']
export type ClusterView = S['ClusterView']
export type SourceRow = S['SourceRow']
export type SourceView = S['SourceView']
export type KinView = S['KinView']
/** A workbook of problems from outside as it was read, or entered. */
export interface OutsideList {
  rows: { sheet: string; n: number; id: string; known: boolean; number: string; source: string; year: number; organ: string; item: string; place: string; say: string }[]
  faults: { sheet: string; row: number; column: string; reason: string }[]
  fresh: number
  entered: number
}
