// The colours and sizes of every screen, in one place: pages read them as CSS variables, charts as values.
// Calm blue for what is ours to act on, green for done, amber for waiting; red is kept for what is late or wrong, so that it still means something.
// Each text colour has a contrast of 4.5 or more on `paper` and on `ground`.

export const colour = {
  ink: '#1f2a37',
  inkSoft: '#4b5867',
  inkFaint: '#66717f',
  paper: '#ffffff',
  ground: '#f3f5f8',
  wash: '#f7f9fb',
  line: '#dde3ea',
  lineSoft: '#ebeff3',
  main: '#1f5a93',
  mainDeep: '#174a7c',
  mainDark: '#12365a',
  mainWash: '#e8f0f8',
  good: '#2c7a4b',
  goodWash: '#e8f4ec',
  wait: '#8f5a06',
  waitWash: '#fdf4e3',
  bad: '#b3261e',
  badWash: '#fcecea',
  quiet: '#66717f',
  quietWash: '#eef1f4',
} as const

/** One hue from nothing to much; a heat map needs order, not variety. */
export const heat = ['#f4f7fa', '#d6e4f1', '#a9c8e3', '#6fa3cf', '#3a7ab5', '#174a7c'] as const

/** Series that stand side by side; distinguishable in grey print as well (light, dark, middle). */
export const series = ['#1f5a93', '#7ba7cf', '#c07f1b', '#2c7a4b', '#8a94a1'] as const

export const font = {
  sans: '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","WenQuanYi Micro Hei",sans-serif',
  serif: '"SimSun","Songti SC","Noto Serif CJK SC","Noto Serif SC",serif',
  mono: 'Consolas,"SFMono-Regular","DejaVu Sans Mono",monospace',
} as const

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

const mix = (from: string, to: string, share: number): string => {
  const part = (hex: string, at: number): number => parseInt(hex.slice(at, at + 2), 16)
  return `#${[1, 3, 5].map((at) => Math.round(part(from, at) * (1 - share) + part(to, at) * share).toString(16).padStart(2, '0')).join('')}`
}

/** Every token as a CSS custom property, with Element Plus's own names derived from ours. */
export function cssVariables(): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(colour)) out[`--${kebab(name)}`] = value
  for (const [name, value] of Object.entries(font)) out[`--font-${name}`] = value
  const theme = { primary: colour.main, success: colour.good, warning: colour.wait, danger: colour.bad, error: colour.bad, info: colour.quiet }
  for (const [name, value] of Object.entries(theme)) {
    out[`--el-color-${name}`] = value
    for (const step of [3, 5, 7, 8, 9]) out[`--el-color-${name}-light-${step}`] = mix(value, '#ffffff', step / 10)
    out[`--el-color-${name}-dark-2`] = mix(value, '#000000', 0.2)
  }
  out['--el-text-color-primary'] = colour.ink
  out['--el-text-color-regular'] = colour.inkSoft
  out['--el-text-color-secondary'] = colour.inkFaint
  out['--el-text-color-placeholder'] = colour.inkFaint
  out['--el-border-color'] = '#cfd7df'
  out['--el-border-color-light'] = colour.line
  out['--el-border-color-lighter'] = colour.lineSoft
  out['--el-border-radius-base'] = '4px'
  return out
}

/** Call once, before the first screen is drawn. */
export function applyLook(root: HTMLElement): void {
  for (const [name, value] of Object.entries(cssVariables())) root.style.setProperty(name, value)
}
