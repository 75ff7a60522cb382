/** What may stand in an act: no floats, no nulls, no undefined; strings in NFC. */
export type Canon = string | number | boolean | Canon[] | { [key: string]: Canon }

/**
 * Canonical JSON in the narrow profile of RFC 8785: keys in UTF-16 order, integers within ±(2^53−1), strings in NFC.
 * Throws on anything outside the profile, because a hash over a silently changed value would be worthless.
 */
export function canonical(value: Canon): string {
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
      if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
      return object(value)
    default:
      throw new TypeError(`canonical: ${typeof value} is not allowed`)
  }
}

function object(value: { [key: string]: Canon }): string {
  const normal = new Map<string, Canon>()
  for (const key of Object.keys(value)) {
    const name = key.normalize('NFC')
    if (normal.has(name)) throw new TypeError(`canonical: key ${name} twice`)
    normal.set(name, value[key] as Canon)
  }
  // The default sort compares UTF-16 code units, which is what RFC 8785 asks for.
  return `{${[...normal.keys()].sort().map((key) => `${quote(key)}:${canonical(normal.get(key) as Canon)}`).join(',')}}`
}

function quote(text: string): string {
  // A lone surrogate has no UTF-8 form; JSON.stringify would escape it and Go would disagree.
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/.test(text)) throw new TypeError('canonical: lone surrogate')
  return JSON.stringify(text.normalize('NFC'))
}

/** The same value with every text in NFC: what is hashed and what is sent must be the same bytes. */
export function nfc(value: Canon): Canon {
  if (typeof value === 'string') return value.normalize('NFC')
  if (Array.isArray(value)) return value.map(nfc)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.normalize('NFC'), nfc(v)]))
  return value
}
