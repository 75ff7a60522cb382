import { sealValue, type Canon, type Opened } from '@gonggu/act'
import { canonical } from '@gonggu/assess/canonical'
import type { FactChoice } from '@gonggu/api'

/** A commitment to a value and what opens it, which travels beside the act. */
export function sealed(value: Canon): { mark: Canon; open: Opened } {
  const { mark, opened } = sealValue(canonical(value))
  return { mark, open: opened }
}

/** What was typed as the fact's own value; undefined when it is none. Money is typed in yuan, areas as people write them. */
export function valueOf(fact: FactChoice, typed: string | string[]): Canon | undefined {
  if (Array.isArray(typed)) return typed.length ? typed : undefined
  const text = typed.trim()
  if (!text) return undefined
  switch (fact.type) {
    case 'bool': return text === 'true'
    case 'int': return /^\d{1,9}$/.test(text) ? Number(text) : undefined
    case 'money':
    case 'hundredths': return /^\d{1,11}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : undefined
    default: return text.normalize('NFC')
  }
}
