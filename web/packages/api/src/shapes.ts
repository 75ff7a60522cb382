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
export type Doubt = S['DoubtView']
export type StoryStep = S['StoryStep']
export type ProblemRow = S['ProblemRow']
export type Problem = S['ProblemView']
export type Signature = S['Signature']
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
export type Restate = S['ReportRestate']

export type Pack = S['PackView']
export type PackRule = S['PackRule']

export type Import = S['ImportView']
export type ImportFault = S['RosterFault']

export type LifeState = S['LifeState']
export type LifeCodes = S['LifeCodes']
export type LifeFact = S['LifeFact']
export type LifeEffect = S['LifeEffect']
export type ErrataList = S['ErrataList']
