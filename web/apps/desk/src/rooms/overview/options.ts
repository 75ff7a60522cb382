// Figures to chart options; pure, so that a test can hold a chart to its numbers.
import type { NamedDay, Overview, Phase } from '@gonggu/api'
import { colour, font, heat, series } from '@gonggu/look'
import { count, dayShort, place } from '@gonggu/words'
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
    grid: [{ left: 54, right: 62, top: 46, height: 178 }, { left: 54, right: 62, top: 246, height: 48 }],
    legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: text },
    tooltip: { trigger: 'axis', valueFormatter: (v) => (v === undefined ? '—' : count(Number(v))), axisPointer: { type: 'line' } },
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    xAxis: [{ ...category, axisLabel: { show: false } }, { ...category, gridIndex: 1, axisLabel: { ...text, formatter: (d: string) => dayShort(d), hideOverlap: true } }],
    yAxis: [value, { ...value, max: view.households || undefined, splitLine: { show: false } }, { ...value, gridIndex: 1, splitNumber: 1 }],
    series: [
      { name: '当日排查户', type: 'bar', data: view.daily.map((d) => d.inspected), itemStyle: { color: series[1] }, barMaxWidth: 22 },
      {
        name: '累计已排查户', type: 'line', yAxisIndex: 1, data: view.daily.map((d) => d.total), symbol: 'circle', symbolSize: 4, itemStyle: { color: series[0] }, lineStyle: { width: 2 },
        markLine: { symbol: 'none', silent: true, lineStyle: { color: colour.wait, type: 'dashed' }, data: marks },
      },
      { name: '当日发现问题', type: 'bar', xAxisIndex: 1, yAxisIndex: 2, data: view.daily.map((d) => d.problems), itemStyle: { color: series[2] }, barMaxWidth: 14 },
    ],
  }
}

export interface HeatCell { area: string; item: string; n: number }

/** Townships down, items across; only items that occur, or 22 columns would mostly be white. */
export function heatOption(view: Overview): { option: ChartOption; height: number; cell: (data: unknown) => HeatCell | undefined } {
  const rows = view.children.filter((c) => view.heat.some((h) => h.area === c.code))
  const columns = view.items.filter((i) => view.heat.some((h) => h.item === i.item))
  const rowAt = new Map(rows.map((r, i) => [r.code, i]))
  const columnAt = new Map(columns.map((c, i) => [c.item, i]))
  const cells = view.heat.filter((h) => rowAt.has(h.area) && columnAt.has(h.item))
  const most = Math.max(1, ...cells.map((h) => h.n))
  const data = cells.map((h) => [columnAt.get(h.item) as number, rowAt.get(h.area) as number, h.n])
  const option: ChartOption = {
    textStyle: text,
    grid: { left: 92, right: 12, top: 8, bottom: 84 },
    tooltip: {
      formatter: (p) => {
        const v = (Array.isArray(p) ? p[0] : p)?.value as number[] | undefined
        return v ? `${rows[v[1] as number]?.name ?? ''}<br>${columns[v[0] as number]?.name ?? ''}：<b>${count(v[2] as number)}</b> 件` : ''
      },
    },
    xAxis: { type: 'category', data: columns.map((c) => c.name), position: 'bottom', axisLine, axisTick: { show: false }, axisLabel: { ...text, interval: 0, rotate: 38, fontSize: 11, width: 86, overflow: 'truncate' } },
    yAxis: { type: 'category', data: rows.map((r) => place(r.name)), inverse: true, axisLine, axisTick: { show: false }, axisLabel: { ...text, width: 84, overflow: 'truncate' } },
    visualMap: { show: false, min: 0, max: most, inRange: { color: [...heat] } },
    series: [{
      type: 'heatmap', data, itemStyle: { borderColor: colour.paper, borderWidth: 1 },
      label: { show: true, fontSize: 11, formatter: (p) => String((p.value as number[])[2] ?? '') },
    }],
  }
  // Dark cells need white figures to be readable.
  const list = option.series as { data: unknown[] }[]
  if (list[0]) list[0].data = data.map((d) => ({ value: d, label: { color: (d[2] as number) > most * 0.55 ? '#fff' : colour.ink } }))
  const cell = (raw: unknown): HeatCell | undefined => {
    const v = (raw as { value?: number[] } | undefined)?.value
    const area = v && rows[v[1] as number]?.code
    const item = v && columns[v[0] as number]?.item
    return v && area && item ? { area, item, n: v[2] as number } : undefined
  }
  return { option, height: 96 + rows.length * 24, cell }
}
