// A signature on a sheet of paper, which a clerk types in: whose it is, and the fingerprint of the scan.
import type { Canon } from '@gonggu/act'

export interface Paper { on: boolean; signer: string; scan: string }
export const noPaper = (): Paper => ({ on: false, signer: '', scan: '' })
export const behalfOf = (p?: Paper): { [key: string]: Canon } | undefined => (p?.on ? { signer: p.signer.trim(), scan: p.scan } : undefined)

/** What is missing under what is to be signed, "" when a hand stands there. */
export const handFault = (strokes: number[][], p: Paper): string =>
  !p.on ? (strokes.length ? '' : '请在签名框内签名后再提交。') : [...p.signer.trim()].length < 2 ? '请填写在纸上签名的人的姓名。' : !p.scan ? '请选择签名原件的扫描件。' : ''
