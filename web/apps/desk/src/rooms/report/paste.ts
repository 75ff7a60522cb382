// The report as it is pasted into a group: short, plain, numbers and places only, no person's name.
import type { DailyReport } from '@gonggu/api'
import { count, dayShort, percent, place } from '@gonggu/words'
import { partsOf } from './drill'

const most = 8
const names = (list: string[]): string => list.slice(0, most).join('、') + (list.length > most ? `等 ${list.length} 个` : '')

/** The silent places of the report's own table; villages below them are only counted. */
export function silentOf(report: DailyReport): { names: string[]; villages: number } {
  const own = new Set(partsOf(report).map((p) => p.code))
  const listed = report.silent.filter((s) => own.has(s.code))
  return { names: listed.map((s) => place(s.name)), villages: report.silent.length - listed.length }
}

function rectified(report: DailyReport): string[] {
  const { shown, clear, total, events } = report.progress
  if (!shown) return []
  const today = total.today[events.findIndex((e) => e.code === 'closed')] ?? 0
  if (clear) return [`整改：应整改 ${count(total.found)} 个，已全部销号（清零）。`]
  return [`整改：应整改 ${count(total.found)} 个，已销号 ${count(total.found - total.open)} 个（${percent(total.found - total.open, total.found)}），今日销号 ${count(today)} 个，未销号 ${count(total.open)} 个，逾期 ${count(total.late)} 个。`]
}

export function pasteText(report: DailyReport): string {
  const t = report.total
  const silent = silentOf(report)
  const low = partsOf(report).filter((p) => p.households > 0 && p.inspected < p.households).sort((a, b) => a.inspected / a.households - b.inspected / b.households).slice(0, 3)
  const lines = [
    `【${report.areaName}排查日报】${dayShort(report.day)}${report.closed ? '' : '（未截止，仅供内部参考）'}`,
    `${report.phaseName ? `${report.phaseName}第${report.phaseDay}天，` : ''}统计到 ${report.cutOff}。`,
    `排查：应排查 ${count(t.households)} 户，已排查 ${count(t.inspected)} 户（${percent(t.inspected, t.households)}），今日 ${count(t.inspectedToday)} 户。`,
    ...(t.missed ? [`未能入户 ${count(t.missed)} 户，尚未排查 ${count(t.left)} 户。`] : []),
    `问题：今日发现 ${count(t.problems.foundToday)} 件，受理 ${count(t.problems.acceptedToday)} 件；现有 ${count(t.problems.standing)} 件。`,
    ...rectified(report),
    `疑点：待核实 ${count(t.doubts.open)} 条。`,
    ...(low.length ? [`进度靠后：${low.map((p) => `${place(p.name)} ${percent(p.inspected, p.households)}`).join('、')}。`] : []),
    silent.names.length || silent.villages ? `今日未上报：${[silent.names.length ? names(silent.names) : '', silent.villages ? `${count(silent.villages)} 个村` : ''].filter(Boolean).join('，涉及 ')}。` : '今日各单位均已上报。',
    ...(report.foot.short ? [`核对码：${report.foot.short}`] : []),
  ]
  return lines.join('\n')
}
