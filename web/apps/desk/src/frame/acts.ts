import { makeAct, newActId, type Canon, type Opened } from '@gonggu/act'
import { api, type ActAnswer, type Envelope } from '@gonggu/api'
import { canonical, sha256hex } from '@gonggu/assess/canonical'
import { me, productNow } from './session'

// One step of one person: its id is minted once and kept until the server's word is final, so that a double click, a lost answer or a
// second try can never become two steps.

const pending = new Map<string, string>()
/** When each id was first sent: a second try says the same to the byte, or the server would take it for another record under the same number. */
const firstSent = new Map<string, number>()

/** The id for this step on this subject; the same until `settle` was told a final answer. */
export function pendingId(kind: string, subject: string): string {
  const key = `${kind} ${subject}`
  const known = pending.get(key)
  if (known) return known
  const fresh = newActId()
  pending.set(key, fresh)
  return fresh
}

/** Accepted, known and refused are final for an id; waiting and silence are not. */
export const isFinal = (answer: ActAnswer['answer']): boolean => answer !== 'waiting'

/** `pack` is named only before a campaign is open: opening it says which pack. `open` are the values behind the commitments of the body; `onBehalf` is whose signature on paper is typed in. */
export interface Step { kind: string; subject: string; body: { [key: string]: Canon }; seen: Canon; pack?: string; after?: string[]; open?: Opened[]; onBehalf?: { [key: string]: Canon } }

/** The envelope around a step, in the name and post of who is signed in, over the hash of what he saw. */
export function envelope(step: Step, id: string): Envelope {
  const who = me.value
  const act = makeAct({
    id, kind: step.kind, subject: step.subject, body: step.body, county: who.county.code, actor: who.account.id, post: who.post.id,
    pack: step.pack ?? who.campaign?.packDigest ?? '', seen: sha256hex(canonical(step.seen)), at: firstSent.get(id) ?? productNow(),
    after: step.after ?? [], onBehalf: step.onBehalf, sealed: (step.open ?? []).map((o) => o.hash),
  })
  return { act, open: step.open ?? [] }
}

/** Sends steps in one batch; one refused step never blocks the others. The answers come in the order of the steps. */
export async function take(steps: Step[]): Promise<ActAnswer[]> {
  const ids = steps.map((s) => pendingId(s.kind, s.subject))
  for (const id of ids) if (!firstSent.has(id)) firstSent.set(id, productNow())
  const { answers } = await api.acts(steps.map((s, i) => envelope(s, ids[i] as string)))
  for (const a of answers) {
    const at = ids.indexOf(a.id)
    const step = steps[at]
    if (step && isFinal(a.answer)) {
      pending.delete(`${step.kind} ${step.subject}`)
      firstSent.delete(a.id)
    }
  }
  return ids.map((id) => answers.find((a) => a.id === id) ?? { id, answer: 'waiting' })
}

/** What to tell the person after a batch. */
export function summary(answers: ActAnswer[]): { done: number; waiting: number; refused: string[] } {
  return {
    done: answers.filter((a) => a.answer === 'accepted' || a.answer === 'known').length,
    waiting: answers.filter((a) => a.answer === 'waiting').length,
    refused: answers.filter((a) => a.answer === 'refused').map((a) => a.reason || a.code || '服务器没有说明原因'),
  }
}
