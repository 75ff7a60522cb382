import { nfc, type Canon } from './canon'

/** The envelope of one signed step; the server adds received_at. */
export interface Act {
  v: 1
  id: string
  county: string
  kind: string
  subject: string
  actor: string
  post: string
  on_behalf: { [key: string]: Canon }
  after: string[]
  pack: string
  seen: string
  body: { [key: string]: Canon }
  sealed: string[]
  device_at: number
  device_mono: number
  key_id: ''
  sig: ''
}

export interface ActInput {
  id: string
  county: string
  kind: string
  subject: string
  actor: string
  post: string
  pack: string
  seen: string
  body: { [key: string]: Canon }
  onBehalf?: { [key: string]: Canon }
  after?: string[]
  sealed?: string[]
  at?: number
}

/** Fills the envelope. The id comes from the caller: it must stay the same until the server has answered. */
export function makeAct(input: ActInput): Act {
  return {
    v: 1,
    id: input.id,
    county: input.county,
    kind: input.kind,
    subject: input.subject,
    actor: input.actor,
    post: input.post,
    on_behalf: nfc(input.onBehalf ?? {}) as Act['on_behalf'],
    after: input.after ?? [],
    pack: input.pack,
    seen: input.seen,
    body: nfc(input.body) as Act['body'],
    sealed: input.sealed ?? [],
    device_at: input.at ?? Date.now(),
    device_mono: typeof performance === 'undefined' ? 0 : Math.floor(performance.now()),
    key_id: '',
    sig: '',
  }
}
