/** What is said of one source. */
export interface SourceWords { source: string; year: number; organ: string; reference: string; found_on: string }

export const noWords = (): SourceWords => ({ source: '', year: 0, organ: '', reference: '', found_on: '' })
export const sourceFault = (x: SourceWords): string =>
  !x.source ? '请选择来源。' : !x.year ? '请选择年度。' : [...x.organ.trim()].length < 2 ? '请填写反馈单位。' : !x.found_on ? '请选择发现日期。' : ''
export const sourceBody = (x: SourceWords): { source: string; year: number; organ: string; reference: string; found_on: string } => ({ source: x.source, year: x.year, organ: x.organ.trim(), reference: x.reference.trim(), found_on: x.found_on })
