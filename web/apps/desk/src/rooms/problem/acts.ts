// What a person says with each act on a problem, and the act that says it. Which of them he may do now is the server's word (`acts`).
import { nfc, sealValue, type Canon, type Opened } from '@gonggu/act'
import type { ProblemRow } from '@gonggu/api'
import { canonical, sha256hex } from '@gonggu/assess/canonical'
import type { Step } from '@/frame/acts'
import { me } from '@/frame/session'
import { behalfOf, type Paper } from '@/rooms/inspection/paper'
import { sight } from './accept'

export interface Field { key: string; label: string; type: 'line' | 'text' | 'day' | 'ahead' | 'item' | 'unit' | 'units' | 'choice'; hint?: string; least?: number; optional?: boolean; choices?: { value: string; label: string }[] }

export interface ActForm {
  kind: string
  label: string
  /** What happens, said before it is done. */
  what: string
  done: string
  fields: Field[]
  /** Signed over what was shown; `drawn` needs a hand. */
  signed?: boolean
  drawn?: boolean
  /** May have been signed on paper, which a clerk types in. */
  paper?: boolean
  tone?: 'primary' | 'warn'
}

const reason = (hint: string): Field => ({ key: 'reason', label: '理由', type: 'text', hint, least: 4 })
const word: Field = { key: 'say', label: '意见', type: 'text', hint: '可写现场看到的情况', optional: true }

/** In the order in which they are offered. */
export const forms: ActForm[] = [
  { kind: 'problem.accept', label: '受理', what: '受理后进入整改期限，并以您的岗位签认。', done: '已受理', fields: [], tone: 'primary' },
  { kind: 'problem.claim', label: '认领', what: '认领后由您单位负责整改；责任人和措施会写进整改台账。', done: '已认领', signed: true, tone: 'primary', fields: [
    { key: 'leader', label: '责任领导', type: 'line', hint: '姓名', least: 2 }, { key: 'person', label: '责任人', type: 'line', hint: '姓名', least: 2 },
    { key: 'measures', label: '整改措施', type: 'text', hint: '做什么、怎么做、什么时候做完', least: 4 }] },
  { kind: 'problem.rectify', label: '整改签认', what: '谁整改谁签字：填写整改情况并签名，交复核单位到现场复核。', done: '已签认整改，等待复核', signed: true, drawn: true, paper: true, tone: 'primary', fields: [
    { key: 'result', label: '整改情况', type: 'text', hint: '实际做了什么、现在怎么样', least: 4 }, { key: 'done_on', label: '完成日期', type: 'day' }] },
  { kind: 'problem.on_spot', label: '立行立改', what: '当场改好的，直接填写整改情况并签名，不用等交办。', done: '已签认整改，等待复核', signed: true, drawn: true, paper: true, fields: [
    { key: 'result', label: '整改情况', type: 'text', hint: '实际做了什么、现在怎么样', least: 4 }, { key: 'done_on', label: '完成日期', type: 'day' }] },
  { kind: 'problem.verify', label: '复核通过', what: '到现场看过、确已整改到位再签认；整改是您本人或本单位做的，系统不接受。', done: '已复核', signed: true, tone: 'primary', fields: [word] },
  { kind: 'problem.close', label: '销号', what: '排查、整改、复核三个签认齐全，销号后这件问题了结；以后再出现会重新打开。', done: '已销号', fields: [], tone: 'primary' },
  { kind: 'problem.assign', label: '指派', what: '确定牵头和配合单位；交办时按牵头单位下发督办通知书。', done: '已指派', tone: 'primary', fields: [
    { key: 'item', label: '任务项', type: 'item' }, { key: 'lead', label: '牵头单位', type: 'unit' }, { key: 'helping', label: '配合单位', type: 'units', optional: true }, { ...reason('为什么这样定；多次退回后由县巩固办裁定的必须写'), optional: true }] },
  { kind: 'problem.decline', label: '非本单位职责', what: '每个单位只能说明一次；县巩固办会改派，退回次数满后裁定。', done: '已说明，等待改派', tone: 'warn', fields: [reason('按职责分工应由谁办、依据是什么')] },
  { kind: 'problem.return', label: '退回整改', what: '退回后整改和复核的签认作废，由原单位重新整改。', done: '已退回', tone: 'warn', fields: [reason('哪里没有整改到位')] },
  { kind: 'problem.reopen', label: '反弹，重新打开', what: '已销号的问题又出现：重新打开，整改、复核、销号的签认作废。', done: '已重新打开', tone: 'warn', fields: [reason('看到了什么')] },
  { kind: 'problem.supervise', label: '督查签认', what: '督导组到现场抽查后签名；不影响复核和销号。', done: '已督查签认', signed: true, drawn: true, fields: [word] },
  { kind: 'problem.ask', label: '申请延期或暂停', what: '写明原因和需要到哪天，由县巩固办决定；同意前原期限照算。', done: '已提交申请', fields: [
    { key: 'what', label: '申请', type: 'choice', choices: [{ value: 'extend', label: '延期' }, { value: 'pause', label: '暂停计时' }] }, { key: 'until', label: '到哪天', type: 'ahead' }, reason('为什么按期完不成')] },
  { kind: 'problem.grant', label: '同意申请', what: '同意后按申请的日期调整期限；晚于清零日期的必须写理由。', done: '已同意', fields: [{ ...reason('晚于清零日期时必须写'), optional: true }], tone: 'primary' },
  { kind: 'problem.refuse', label: '不同意申请', what: '不同意的，原期限照算。', done: '已答复不同意', fields: [reason('为什么不同意')], tone: 'warn' },
  { kind: 'problem.resume', label: '恢复计时', what: '提前结束暂停，从今天起继续计期限。', done: '已恢复计时', fields: [] },
  { kind: 'problem.amend', label: '更正内容', what: '排查人签过的内容有误时更正：排查、认领、整改、复核的签认都作废，问题回到待受理，由您重新签名。', done: '已更正，回到待受理', signed: true, drawn: true, tone: 'warn', fields: [
    { key: 'say', label: '问题内容', type: 'text', least: 4 }, { key: 'item', label: '任务项', type: 'item' }, reason('原来哪里写错了')] },
  { kind: 'problem.restore', label: '还原', what: '不是同一个问题时从合并中还原：回到并入前的状态，单独办理。', done: '已还原为单独的问题', fields: [reason('为什么不是同一个问题')] },
  { kind: 'problem.void', label: '作废', what: '作废后不再计入问题，但记录和理由永久保留。', done: '已作废', tone: 'warn', fields: [reason('例如：与白集-0003 重复')] },
]

export const formOf = (kind: string): ActForm | undefined => forms.find((f) => f.kind === kind)

export type Values = { [key: string]: string | string[] }

/** What the fields begin with. */
export function blank(form: ActForm, p: ProblemRow & { dispatch?: { lead: string; helping: string[] } }): Values {
  const out: Values = {}
  for (const f of form.fields) {
    out[f.key] = f.type === 'units' ? (p.lead ? p.helping : p.dispatch?.helping ?? []) : f.type === 'item' ? p.item : f.type === 'unit' ? (p.state === 'declined' || !p.lead ? p.dispatch?.lead ?? p.lead : p.lead)
      : f.type === 'day' ? me.value.day : f.type === 'choice' ? f.choices?.[0]?.value ?? '' : f.key === 'say' && form.kind === 'problem.amend' && !p.sealed ? p.say : f.key === 'leader' ? p.leader : f.key === 'person' ? p.person : ''
  }
  return out
}

/** What is missing, by field; nothing when it may be sent. */
export function faults(form: ActForm, values: Values): Record<string, string> {
  const out: Record<string, string> = {}
  for (const f of form.fields) {
    const v = values[f.key]
    const n = Array.isArray(v) ? v.length : [...(v ?? '').trim()].length
    if (!f.optional && n === 0) out[f.key] = `请填写${f.label}`
    else if (n > 0 && f.least && n < f.least) out[f.key] = `${f.label}至少 ${f.least} 个字`
  }
  return out
}

/** Texts of a field group go out as commitments. Salts are kept while the dialog lives, or the hash would change under the signer's hand. */
const secret = new Set(['say', 'measures', 'result'])
export type Salts = Map<string, { value: string; opened: Opened }>
/** A value as its commitment, the same one as long as the value is: a second try says the same. */
export function sealOnce(salts: Salts, key: string, value: string): Opened {
  let known = salts.get(key)
  if (known?.value !== value) salts.set(key, (known = { value, opened: sealValue(value).opened }))
  return known.opened
}

export interface Signing { step: Step; hash: string }

/** The act as it would be sent now; for a signed one the hash under which the hand stands. */
export function signing(form: ActForm, p: ProblemRow, values: Values, strokes: number[][], salts: Salts, paper?: Paper): Signing {
  const open: Opened[] = []
  const answers: { [key: string]: Canon } = {}
  for (const f of form.fields) {
    const raw = values[f.key]
    const value = Array.isArray(raw) ? raw : (raw ?? '').trim()
    if (f.optional && !value.length && f.type !== 'units') continue
    if (p.sealed && form.signed && secret.has(f.key) && typeof value === 'string') {
      const opened = sealOnce(salts, f.key, value)
      answers[f.key] = opened.hash
      open.push(opened)
    } else {
      answers[f.key] = nfc(value as Canon)
    }
  }
  const ask = (p as { ask?: { id: string } }).ask?.id
  if (ask && (form.kind === 'problem.grant' || form.kind === 'problem.refuse')) answers.ask = ask
  if (!form.signed) return { step: { kind: form.kind, subject: p.id, body: answers, seen: sight(p) }, hash: '' }
  const seen = { pack: me.value.campaign?.packDigest ?? '', form: form.kind, subject: p.id, rev: p.rev, prefilled: p.shown as { [key: string]: Canon }, answers }
  const hash = sha256hex(canonical(seen))
  return { step: { kind: form.kind, subject: p.id, body: { rev: p.rev, prefilled: seen.prefilled, answers, signature: { of: hash, strokes: paper?.on ? [] : strokes } }, seen, open, onBehalf: behalfOf(paper) }, hash }
}

/** What a bulk assignment says of one problem: its lead is `to`, or whom the pack proposes (after a refusal, whom the server passed it on to). The units that help it stay; where nobody helps yet, the pack's proposal does. */
export function bulkAssign(p: ProblemRow, to: string): Values {
  const lead = to || (p.state === 'declined' && p.lead ? p.lead : p.proposed.lead)
  const helping = p.helping.length ? p.helping : p.proposed.helping
  return { item: p.item, lead, helping: helping.filter((u) => u !== lead) }
}

/** The states in which a bulk act can be meant; the server decides each one. */
export const bulk: Record<string, string[]> = {
  'problem.accept': ['found'], 'problem.assign': ['found', 'accepted', 'declined'], 'order.issue': ['accepted', 'reopened'], 'problem.verify': ['rectified'], 'problem.close': ['verified'],
}
export const most = 300
