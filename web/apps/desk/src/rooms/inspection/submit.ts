// Sending one sheet exactly once. The envelope is fixed before the first try and sent again unchanged until the server has answered:
// an id with two contents would make the server's "known" a lie.
import { productNow } from '@/frame/session'
import { makeAct, newActId, type Act, type Canon } from '@gonggu/act'
import type { ActAnswer, Envelope } from '@gonggu/api'
import type { Content, SheetState } from './sheet'

export interface Signer { county: string; actor: string; post: string }
export interface Outcome {
  answer: ActAnswer['answer']
  /** True when an earlier try of this sheet had arrived after all, and what is on the screen now went out as its correction. */
  corrected: boolean
  receipt?: ActAnswer['receipt']
  made: { id: string; number: string; say: string }[]
  reason: string
}

export interface PendingBox { load(): Envelope | undefined; keep(e: Envelope): void; clear(): void }

/** Pending envelopes live as long as the tab: they may hold sensitive values in the open. */
export function pendingBox(subject: string, box: Storage = sessionStorage): PendingBox {
  const key = `gonggu.pending.${subject}`
  return {
    load: () => { try { return JSON.parse(box.getItem(key) ?? '') as Envelope } catch { return undefined } },
    keep: (e) => { try { box.setItem(key, JSON.stringify(e)) } catch { /* the copy in memory still serves this page */ } },
    clear: () => box.removeItem(key),
  }
}

export function sheetEnvelope(draft: { form: string; pack: string; subject: string; rev: number }, state: SheetState, content: Content, strokes: number[][], who: Signer, supersedes = '', repairs = ''): Envelope {
  const body: { [key: string]: Canon } = {
    form: draft.form, rev: draft.rev, prefilled: content.prefilled, answers: content.answers, unchanged: state.unchanged, done_on: state.doneOn,
    signature: { of: content.seen, strokes }, supersedes, ...(repairs ? { repairs } : {}),
  }
  const onBehalf: { [key: string]: Canon } = state.behalf.on ? { inspector: state.behalf.inspector.trim(), ...(state.behalf.scan ? { scan: state.behalf.scan } : {}) } : {}
  const act = makeAct({ id: newActId(), kind: 'inspection.sheet', subject: draft.subject, pack: draft.pack, seen: content.seen, body, onBehalf, sealed: content.open.map((o) => o.hash), at: productNow(), ...who })
  return { act, open: content.open }
}

const idOf = (e: Envelope): string => (e.act as Act).id
const seenOf = (e: Envelope): string => (e.act as Act).seen

/**
 * `fresh(supersedes)` builds the envelope of what is on the screen. If an earlier try is still unanswered it is sent first, as it was;
 * only then is it known whether the screen holds a repeat, a correction or a first sheet.
 */
export async function sendSheet(fresh: (supersedes: string) => Envelope, box: PendingBox, send: (e: Envelope) => Promise<ActAnswer>): Promise<Outcome> {
  let supersedes = ''
  const earlier = box.load()
  const now = fresh('')
  if (earlier) {
    const fate = await send(earlier)
    if (fate.answer === 'waiting') return outcome(fate, false)
    box.clear()
    if (fate.answer !== 'refused') {
      if (seenOf(earlier) === seenOf(now)) return outcome(fate, false)
      supersedes = idOf(earlier)
    } else if (seenOf(earlier) === seenOf(now)) {
      return outcome(fate, false)
    }
  }
  const envelope = supersedes ? fresh(supersedes) : now
  box.keep(envelope)
  const got = await send(envelope)
  if (got.answer !== 'waiting') box.clear()
  return outcome(got, supersedes !== '')
}

function outcome(a: ActAnswer, corrected: boolean): Outcome {
  return { answer: a.answer, corrected, receipt: a.receipt, made: a.made?.problems ?? [], reason: a.reason || a.code || '' }
}
