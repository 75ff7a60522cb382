import { bytesToHex, sha256Hex, utf8 } from './sha256'

/** What travels beside an act so that the server can keep the value encrypted: it never enters the log. */
export interface Opened { hash: string; salt: string; value: string }

/**
 * Replaces a sensitive value (ID number, phone, account, diagnosis) by SHA-256(32-byte salt ‖ UTF-8 value).
 * The salt is random, so that equal values cannot be recognised in the log.
 */
export function sealValue(value: string, salt: Uint8Array = crypto.getRandomValues(new Uint8Array(32))): { mark: { '~': string }; opened: Opened } {
  const tail = utf8(value.normalize('NFC'))
  const all = new Uint8Array(salt.length + tail.length)
  all.set(salt)
  all.set(tail, salt.length)
  const hash = sha256Hex(all)
  return { mark: { '~': hash }, opened: { hash, salt: bytesToHex(salt), value: value.normalize('NFC') } }
}
