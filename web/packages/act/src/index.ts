// Acts as a client makes them: canonical JSON, SHA-256, ids, sealed values, the envelope. No Vue, no DOM, no network.
export { canonical, nfc, type Canon } from './canon'
export { sha256Hex, bytesToHex, utf8 } from './sha256'
export { newActId, isActId } from './ident'
export { sealValue, type Opened } from './sealed'
export { makeAct, type Act, type ActInput } from './act'
