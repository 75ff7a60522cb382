// Canonical JSON: RFC 8785 in the narrow profile of the acts (objects, arrays, strings in NFC, booleans, integers up to
// 2^53−1; no floats, no nulls). It stands alone, so that a page that only signs does not load the expression engine. The Go package canon gives the same bytes; testdata/conformance/canonical.json holds both.

import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils'

const maxDepth = 64

/** The canonical text of a value; throws an Error naming the place of what the profile lacks. */
export function canonical(value: unknown): string {
  return write(value, '', 0)
}

function write(v: unknown, path: string, depth: number): string {
  if (depth > maxDepth) throw new Error(`${path}: nested deeper than ${maxDepth}`)
  switch (typeof v) {
    case 'string':
      return text(v, path)
    case 'boolean':
      return v ? 'true' : 'false'
    case 'number':
      if (!Number.isSafeInteger(v)) throw new Error(`${path}: ${v} is not an integer within 2^53-1`)
      return v === 0 ? '0' : String(v)
    case 'object':
      if (v === null) throw new Error(`${path}: null is outside the profile`)
      if (Array.isArray(v)) return '[' + v.map((e, i) => write(e, `${path}[${i}]`, depth + 1)).join(',') + ']'
      return object(v as Record<string, unknown>, path, depth)
  }
  throw new Error(`${path}: ${typeof v} is outside the profile`)
}

function object(o: Record<string, unknown>, path: string, depth: number): string {
  const proto = Object.getPrototypeOf(o)
  if (proto !== null && Object.getPrototypeOf(proto) !== null) throw new Error(`${path}: not a plain object`)
  // Array.prototype.sort compares UTF-16 code units, as RFC 8785 wants.
  const parts = Object.keys(o)
    .sort()
    .map((k) => text(k, path) + ':' + write(o[k], `${path}.${k}`, depth + 1))
  return '{' + parts.join(',') + '}'
}

function text(s: string, path: string): string {
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i)
    if (c < 0xd800 || c > 0xdfff) continue
    const next = s.charCodeAt(i + 1)
    if (c > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) throw new Error(`${path}: half a surrogate pair`)
    i++
  }
  if (s.normalize('NFC') !== s) throw new Error(`${path}: text is not in Unicode NFC`)
  return JSON.stringify(s)
}

/** Lower-case hex SHA-256 of a text's UTF-8 bytes, or of bytes. */
export function sha256hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data))
}

/** What a signer saw: the pack, the form, the subject at a revision, the pre-filled values and the answers. */
export interface Seen {
  pack: string
  form: string
  subject: string
  rev: number
  prefilled: unknown
  answers: unknown
}

/** The hash an act carries as `seen`: of data, not of pixels. Other members of the argument are left out. */
export function seen(s: Seen): string {
  const { pack, form, subject, rev, prefilled, answers } = s
  return sha256hex(canonical({ pack, form, subject, rev, prefilled, answers }))
}
