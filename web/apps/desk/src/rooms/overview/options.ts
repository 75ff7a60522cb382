// Figures to chart options; pure, so that a test can hold a chart to its numbers.
import type { NamedDay, Overview, Phase } from '@gonggu/api'
import { colour, font, heat, series } from '@gonggu/look'
import { count, daysBetween, dayShort } from '@gonggu/words'
import type { ChartOption } from './chart'

const text = { color: colour.inkSoft, fontFamily: font.sans, fontSize: 12 }
const axisLine = { lineStyle: { color: colour.line } }

/** The days from the first sheet to the end of the phase we are in, so that one sees how much time is left, not only what was done. */
export function axisDays(view: Overview, phases: readonly Phase[]): string[] {
  const days = view.daily.map((d) => d.day)
  const last = days[days.length - 1]
  const end = phases.find((p) => p.from <= view.day && view.day <= p.to)?.to
  for (let d = last; d && end && d < end && days.length < 120;) days.push((d = nextDay(d)))
  return days
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

/** Inspected per day as columns, the running total as a line against all households, problems in a strip of their own below; named days of the pack as upright lines. */
export function progressOption(view: Overview, named: readonly NamedDay[], phases: readonly Phase[]): ChartOption {
  const days = axisDays(view, phases)
  const marks = named.filter((d) => days.includes(d.on)).map((d) => ({ xAxis: d.on, label: { formatter: d.name, color: colour.wait, fontSize: 11 } }))
  const category = { type: 'category' as const, data: days, axisLine, axisTick: { show: false } }
  const value = { type: 'value' as const, axisLabel: { ...text, formatter: (v: number) => count(v) }, splitLine: { lineStyle: { color: colour.lineSoft } }, minInterval: 1, splitNumber: 4 }
  return {
    textStyle: text,
    grid: [{ left: 54, right: 62, top: 46, height: 286 }, { left: 54, right: 62, top: 358, height: 62 }],
    legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: text },
    tooltip: { trigger: 'axis', valueFormatter: (v) => (v === undefined || v === '-' ? '—' : count(Number(v))), axisPointer: { type: 'line' } },
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    xAxis: [{ ...category, axisLabel: { show: false } }, { ...category, gridIndex: 1, axisLabel: { ...text, formatter: (d: string) => dayShort(d), hideOverlap: true } }],
    yAxis: [value, { ...value, max: view.households || undefined, splitLine: { show: false } }, { ...value, gridIndex: 1, splitNumber: 1 }],
    series: [
      { name: '当日排查户', type: 'bar', data: view.daily.map((d) => d.inspected), itemStyle: { color: series[1] }, barMaxWidth: 22 },
      {
        name: '按期应达到', type: 'line', yAxisIndex: 1, data: idealLine(days, view.households, phases.find((p) => p.from <= view.day && view.day <= p.to)).map((n) => n ?? '-'), symbol: 'none', itemStyle: { color: series[4] }, lineStyle: { width: 2, type: 'dashed' },
      },
      {
        name: '累计已排查户', type: 'line', yAxisIndex: 1, areaStyle: { color: series[0], opacity: 0.08 }, data: view.daily.map((d) => d.total), symbol: 'circle', symbolSize: 4, itemStyle: { color: series[0] }, lineStyle: { width: 2 },
        markLine: { symbol: 'none', silent: true, lineStyle: { color: colour.wait, type: 'dashed' }, data: marks },
      },
      { name: '当日发现问题', type: 'bar', xAxisIndex: 1, yAxisIndex: 2, data: view.daily.map((d) => d.problems), itemStyle: { color: series[2] }, barMaxWidth: 14 },
    ],
  }
}

export interface HeatCell { item: string; name: string; n: number; back: string; ink: string }
export interface HeatRow { code: string; name: string; sum: number; cells: HeatCell[] }

/** Places down, items across; only those that occur, or 22 columns would mostly be white. Dark cells bear white figures. */
export function heatGrid(view: Overview): { columns: { item: string; name: string }[]; rows: HeatRow[] } {
  const columns = view.items.filter((i) => view.heat.some((h) => h.item === i.item))
  const at = new Map(view.heat.map((h) => [`${h.area} ${h.item}`, h.n]))
  // Where all is few, a single one must not look like much.
  const most = Math.max(heat.length, ...view.heat.map((h) => h.n))
  const cell = (area: string, item: string, name: string): HeatCell => {
    const n = at.get(`${area} ${item}`) ?? 0
    const step = n ? Math.max(1, Math.ceil((n / most) * (heat.length - 1))) : 0
    return { item, name, n, back: heat[step] ?? heat[0], ink: step >= 4 ? colour.paper : colour.ink }
  }
  const rows = view.children.filter((c) => view.heat.some((h) => h.area === c.code)).map((c) => {
    const cells = columns.map((i) => cell(c.code, i.item, i.name))
    return { code: c.code, name: c.name, sum: cells.reduce((n, x) => n + x.n, 0), cells }
  })
  return { columns: columns.map(({ item, name }) => ({ item, name })), rows }
}

/** Where an even pace from the phase's first to its last day would stand at the end of each day; undefined outside the phase. */
export function idealLine(days: readonly string[], households: number, phase: Phase | undefined): (number | undefined)[] {
  if (!phase) return []
  const whole = daysBetween(phase.from, phase.to) + 1
  return days.map((d) => (d < phase.from || d > phase.to ? undefined : (households * (daysBetween(phase.from, d) + 1)) / whole))
}
