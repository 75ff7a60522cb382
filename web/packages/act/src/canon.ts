/** What may stand in an act: no floats, no nulls, no undefined; strings in NFC. */
export type Canon = string | number | boolean | Canon[] | { [key: string]: Canon }

const maxDepth = 64

/**
 * Canonical JSON in the narrow profile of RFC 8785: keys in UTF-16 order, integers within ±(2^53−1), strings already in NFC (`nfc` makes
 * them so). Throws on anything outside the profile, because a hash over a silently changed value would be worthless.
 */
export function canonical(value: Canon, depth = 0): string {
  if (depth > maxDepth) throw new TypeError('canonical: nested too deep')
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`canonical: ${value} is not a safe integer`)
      return String(value === 0 ? 0 : value)
    case 'object':
      if (value === null) throw new TypeError('canonical: null is not allowed')
      if (Array.isArray(value)) return `[${value.map((v) => canonical(v, depth + 1)).join(',')}]`
      // The default sort compares UTF-16 code units, which is what RFC 8785 asks for.
      return `{${Object.keys(value).sort().map((key) => `${quote(key)}:${canonical(value[key] as Canon, depth + 1)}`).join(',')}}`
    default:
      throw new TypeError(`canonical: ${typeof value} is not allowed`)
  }
}

function quote(text: string): string {
  // A lone surrogate has no UTF-8 form; JSON.stringify would escape it and Go would disagree.
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/.test(text)) throw new TypeError('canonical: lone surrogate')
  if (text.normalize('NFC') !== text) throw new TypeError('canonical: text is not in NFC')
  return JSON.stringify(text)
}

/** The same value with every text in NFC: what is hashed and what is sent must be the same bytes. */
export function nfc(value: Canon): Canon {
  if (typeof value === 'string') return value.normalize('NFC')
  if (Array.isArray(value)) return value.map(nfc)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.normalize('NFC'), nfc(v)]))
  return value
}
