// Drafts of sheets on this computer until they are sent. Sensitive answers are not kept: office computers are shared.
import { keyOf, type SheetState } from './sheet'
import type { Form } from './form'

export interface Kept { v: 1; rev: number; pack: string; at: number; state: SheetState }

const prefix = 'gonggu.draft.'
const lifetime = 14 * 86_400_000

export class DraftStore {
  constructor(private readonly owner: string, private readonly box: Storage = localStorage, private readonly now: () => number = Date.now) {}

  private key(household: string): string { return `${prefix}${this.owner}.${household}` }

  /** The draft of this household by this person, or nothing; a broken or outdated one is thrown away. */
  load(household: string): Kept | undefined {
    const text = this.box.getItem(this.key(household))
    if (!text) return undefined
    try {
      const kept = JSON.parse(text) as Kept
      if (kept.v === 1 && this.now() - kept.at < lifetime) return kept
    } catch {
      // Falls through: a half-written draft is worth nothing.
    }
    this.box.removeItem(this.key(household))
    return undefined
  }

  /** False when the browser has no room or forbids storage: the page must then say that nothing is kept. */
  save(household: string, form: Form, rev: number, pack: string, state: SheetState): boolean {
    const kept: Kept = { v: 1, rev, pack, at: this.now(), state: withoutSecrets(form, state) }
    try {
      this.box.setItem(this.key(household), JSON.stringify(kept))
      return true
    } catch {
      return false
    }
  }

  drop(household: string): void { this.box.removeItem(this.key(household)) }
}

export function withoutSecrets(form: Form, state: SheetState): SheetState {
  const secret = new Set(form.sections.flatMap((s) => s.questions.filter((q) => q.sensitive).map(keyOf)))
  const open = <V>(values: { [k: string]: V }): { [k: string]: V } => Object.fromEntries(Object.entries(values).filter(([k]) => !secret.has(k)))
  return { ...state, h: open(state.h), m: Object.fromEntries(Object.entries(state.m).map(([id, v]) => [id, open(v)])) }
}
