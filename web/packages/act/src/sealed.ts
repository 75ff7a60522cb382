import { sha256hex } from '@gonggu/assess/canonical'

/** What travels beside an act so that the server can keep the value encrypted: it never enters the log. */
export interface Opened { hash: string; salt: string; value: string }

/**
 * Replaces a sensitive value (ID number, phone, account, diagnosis) by SHA-256(32-byte salt ‖ UTF-8 value).
 * The salt is random, so that equal values cannot be recognised in the log.
 */
export function sealValue(value: string, salt: Uint8Array = crypto.getRandomValues(new Uint8Array(32))): { mark: { '~': string }; opened: Opened } {
  const tail = new TextEncoder().encode(value.normalize('NFC'))
  const all = new Uint8Array(salt.length + tail.length)
  all.set(salt)
  all.set(tail, salt.length)
  const hash = sha256hex(all)
  return { mark: { '~': hash }, opened: { hash, salt: Array.from(salt, (b) => b.toString(16).padStart(2, '0')).join(''), value: value.normalize('NFC') } }
}
