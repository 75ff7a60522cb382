// The report as a picture for a phone: drawn in the browser, counts and places only. Wide enough to be read without turning the phone.
import type { DailyReport } from '@gonggu/api'
import { colour, font } from '@gonggu/look'
import { count, dayLong, percent, place } from '@gonggu/words'
import { partsOf } from './drill'
import { silentOf } from './paste'

export const width = 750
const pad = 36
const rowHeight = 44

interface Box { label: string; value: string; sub: string }

const boxes = (r: DailyReport): Box[] => [
  { label: '已排查', value: percent(r.total.inspected, r.total.households), sub: `${count(r.total.inspected)} / ${count(r.total.households)} 户` },
  { label: '今日排查', value: count(r.total.inspectedToday), sub: '户' },
  ...(r.progress.shown ? [
    { label: '已销号', value: percent(r.progress.total.found - r.progress.total.open, r.progress.total.found), sub: `${count(r.progress.total.found - r.progress.total.open)} / ${count(r.progress.total.found)} 个` },
    { label: '逾期未整改', value: count(r.progress.total.late), sub: `今日新增 ${count(r.progress.total.lateToday)} 个` },
  ] : [
    { label: '现有问题', value: count(r.total.problems.standing), sub: `今日发现 ${count(r.total.problems.foundToday)} 件` },
    { label: '待核实疑点', value: count(r.total.doubts.open), sub: '条，不计入问题' },
  ]),
]

/** How tall the picture is, in the same units as its width. */
export const heightOf = (r: DailyReport): number => 520 + partsOf(r).length * rowHeight + 120

/** Draws at twice the size, so that small figures stay sharp. */
export function drawReport(canvas: HTMLCanvasElement, r: DailyReport): void {
  const scale = 2
  const height = heightOf(r)
  canvas.width = width * scale
  canvas.height = height * scale
  const c = canvas.getContext('2d')
  if (!c) throw new Error('这个浏览器不能作图，请改用“复制文字”。')
  c.scale(scale, scale)
  c.fillStyle = colour.paper
  c.fillRect(0, 0, width, height)
  const put = (text: string, x: number, y: number, size: number, ink: string, align: CanvasTextAlign = 'left', weight = 400): void => {
    c.font = `${weight} ${size}px ${font.sans}`
    c.fillStyle = ink
    c.textAlign = align
    c.fillText(text, x, y, width - 2 * pad)
  }
  c.fillStyle = colour.mainDark
  c.fillRect(0, 0, width, 132)
  put(`${r.areaName} 排查日报`, pad, 58, 34, '#fff', 'left', 700)
  put(`${dayLong(r.day)}　${r.phaseName}第 ${r.phaseDay} 天　统计到 ${r.cutOff}${r.closed ? '' : '（未截止）'}`, pad, 100, 21, '#d5e2ee')
  boxes(r).forEach((b, i) => {
    const w = (width - 2 * pad - 16) / 2
    const x = pad + (i % 2) * (w + 16)
    const y = 156 + Math.floor(i / 2) * 140
    c.fillStyle = colour.wash
    c.fillRect(x, y, w, 124)
    put(b.label, x + 18, y + 32, 21, colour.inkSoft)
    put(b.value, x + 18, y + 78, 42, colour.mainDark, 'left', 700)
    put(b.sub, x + 18, y + 108, 19, colour.inkFaint)
  })
  drawRows(c, r, put)
}

function drawRows(c: CanvasRenderingContext2D, r: DailyReport, put: (text: string, x: number, y: number, size: number, ink: string, align?: CanvasTextAlign, weight?: number) => void): void {
  const rows = partsOf(r)
  const top = 460
  const right = width - pad
  put('单位', pad, top, 20, colour.inkSoft, 'left', 600)
  put('进度', 470, top, 20, colour.inkSoft, 'right', 600)
  put('今日', 570, top, 20, colour.inkSoft, 'right', 600)
  put('问题', right, top, 20, colour.inkSoft, 'right', 600)
  rows.forEach((p, i) => {
    const y = top + 14 + i * rowHeight
    if (i % 2 === 0) {
      c.fillStyle = colour.wash
      c.fillRect(pad - 10, y, width - 2 * pad + 20, rowHeight)
    }
    const share = p.households ? p.inspected / p.households : 0
    c.fillStyle = colour.quietWash
    c.fillRect(220, y + 17, 150, 12)
    c.fillStyle = colour.main
    c.fillRect(220, y + 17, 150 * share, 12)
    put(place(p.name), pad, y + 30, 22, colour.ink)
    put(percent(p.inspected, p.households), 470, y + 30, 22, colour.ink, 'right')
    put(count(p.inspectedToday), 570, y + 30, 22, p.inspectedToday ? colour.ink : colour.bad, 'right')
    put(count(p.problems.standing), right, y + 30, 22, colour.ink, 'right')
  })
  const end = top + 14 + rows.length * rowHeight + 40
  const silent = silentOf(r)
  put(silent.names.length || silent.villages ? `今日未上报：${silent.names.length} 个单位${silent.villages ? `、${silent.villages} 个村` : ''}` : '今日各单位均已上报', pad, end, 21, silent.names.length ? colour.bad : colour.inkSoft)
  put(`${r.issuer}${r.foot.short ? `　核对码 ${r.foot.short}` : ''}`, pad, end + 36, 18, colour.inkFaint)
}
