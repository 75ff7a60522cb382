// The compiled pack as the server sends it (Go: pack.CompiledJSON): canonical JSON, names as in the YAML, optional members
// left out when empty, money in fen, areas in hundredths, expressions in plain CEL with every number a double.

export type FactType = 'text' | 'code' | 'codes' | 'bool' | 'int' | 'money' | 'hundredths' | 'ppm' | 'day' | 'month'
export type Value = string | boolean | number | string[]
/** Values by fact code; money in fen. What is not there, or is an empty string, is not known. */
export type Facts = Record<string, Value | null | undefined>

export interface Fact {
  code: string
  name: string
  type: string
  list?: string
  unit?: string
  group?: string
  sensitive?: string
  labels?: string[]
  why?: string
  used_by?: string[]
  clauses?: string[]
}

export interface Param {
  code: string
  name: string
  value: number | string
  unit: string
  from?: string
  to?: string
  inclusive?: boolean
  clauses: string[]
  note?: string
}

export interface Derived {
  code: string
  of: 'household' | 'person'
  name: string
  type: string
  unit?: string
  formula: string
  shown?: string
  sensitive?: string
  clauses: string[]
}

export interface Class {
  id: string
  name: string
  short: string
  when: string
  sensitive?: string
  clauses: string[]
}

export interface Question {
  id: string
  text: string
  fact?: string
  type?: string
  list?: string
  unit?: string
  when?: string
  ask?: 'always' | 'missing' | 'doubt'
  reason?: string
  required?: boolean
  help?: string
  evidence_of?: 'defect' | 'repair'
  sensitive?: string
  why: string
  used_by: string[]
  clauses: string[]
}

export interface Section {
  id: string
  title: string
  of?: 'household' | 'member'
  when?: string
  questions: Question[]
}

export interface Form {
  id: string
  name: string
  of: 'household' | 'village' | 'unit'
  confirm_unchanged?: string
  intro?: string
  sections: Section[]
  clauses: string[]
}

export interface Rule {
  id: string
  name: string
  kind: 'each' | 'group' | 'expect'
  of: 'household' | 'person' | 'village'
  when?: string
  needs?: string[]
  yields: 'doubt' | 'problem'
  item: string
  clauses: string[]
  say: string
  lead: string[]
  helping?: string[]
  days?: number
  sensitive?: string
}

export interface CodeList {
  id: string
  name?: string
  entries: { code: string; name: string; aliases?: string[] }[]
}

export interface Phase {
  id: string
  name: string
  from: string
  to?: string
  clause: string
}

export interface Pack {
  head: {
    id: string
    version: string
    title: string
    county: string
    county_name: string
    issuer: string
    zone: string
    cut_off: string
    phases: Phase[]
    days?: { id: string; name: string; on: string; inclusive: boolean; clause: string }[]
    on_spot?: string[]
  }
  clauses?: { id: string; place: string; text: string; kind: string; data?: string[] }[]
  blocks?: { code: string; name: string }[]
  items?: { code: string; name: string; block: string; content: string; requirement: string; lead: string[]; clauses: string[] }[]
  units?: { code: string; name: string; kind?: string; aliases?: string[] }[]
  params?: Param[]
  facts: { household: Fact[]; person: Fact[]; village?: Fact[] }
  codes?: CodeList[]
  classes?: Class[]
  derived?: Derived[]
  forms?: Form[]
  rules?: Rule[]
}
