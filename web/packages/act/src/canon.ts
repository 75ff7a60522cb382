/** What may stand in an act: no floats, no nulls, no undefined; strings in NFC. */
export type Canon = string | number | boolean | Canon[] | { [key: string]: Canon }

/** The same value with every text in NFC: what is hashed and what is sent must be the same bytes. */
export function nfc(value: Canon): Canon {
  if (typeof value === 'string') return value.normalize('NFC')
  if (Array.isArray(value)) return value.map(nfc)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.normalize('NFC'), nfc(v)]))
  return value
}
