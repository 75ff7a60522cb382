// Acts as a client makes them: ids, sealed values, the envelope. Canonical JSON and SHA-256 are those of @gonggu/assess. No Vue, no DOM, no network.
export { nfc, type Canon } from './canon'
export { newActId, isActId } from './ident'
export { sealValue, type Opened } from './sealed'
export { makeAct, type Act, type ActInput } from './act'
