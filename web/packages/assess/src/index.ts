// @gonggu/assess: what the server assesses, on the phone: classes, computed values, doubts, problems, what is unknown, and
// which questions are asked; the canonical JSON of acts and their hashes. It knows no DOM, no store and no number of a notice.

export { canonical, seen, sha256hex, type Seen } from './canonical'
export { Engine, type Asked, type Derivation, type Fault, type Input, type OpenDoubt, type Outcome, type Raised, type Sheet, type Unknown } from './engine'
export { ageOn, days } from './expression'
export type * from './pack'
export { codesOf, dayText, paramText, text, type Codes } from './text'
