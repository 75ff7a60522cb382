// Days are YYYY-MM-DD text in county time and never pass through the browser's zone; instants are Unix milliseconds.

const zone = 'Asia/Shanghai'

/** 12345 → 12,345. */
export function count(n: number): string {
  return String(Math.trunc(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Fen to yuan with the fen kept: 690050 → 6,900.50元; whole yuan drop the decimals. */
export function money(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const abs = Math.abs(Math.trunc(fen))
  const rest = abs % 100
  return `${sign}${count((abs - rest) / 100)}${rest ? `.${String(rest).padStart(2, '0')}` : ''}元`
}

/** Integer hundredths (mu, square metres) to text: 250 → 2.5. */
export function hundredths(n: number): string {
  const sign = n < 0 ? '-' : ''
  const abs = Math.abs(Math.trunc(n))
  const tail = String(abs % 100).padStart(2, '0').replace(/0+$/, '')
  return `${sign}${count(Math.floor(abs / 100))}${tail ? `.${tail}` : ''}`
}

/** Share of a whole with one decimal, rounded down, so that 100.0% means all of it. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '—'
  const tenths = Math.floor((part * 1000) / whole)
  return `${Math.floor(tenths / 10)}.${tenths % 10}%`
}

/** 2022-09-18 → 9月18日. */
export function dayShort(day: string): string {
  const m = /^\d{4}-(\d{2})-(\d{2})/.exec(day)
  return m ? `${Number(m[1])}月${Number(m[2])}日` : day
}

/** 2022-09-18 → 2022年9月18日. */
export function dayLong(day: string): string {
  return /^\d{4}-\d{2}-\d{2}/.test(day) ? `${Number(day.slice(0, 4))}年${dayShort(day)}` : day
}

/** The instant in county time, as 2022-09-18 17:42. */
export function instant(ms: number): string {
  if (!ms) return '—'
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(new Date(ms))
  const at = (type: string): string => parts.find((p) => p.type === type)?.value ?? ''
  return `${at('year')}-${at('month')}-${at('day')} ${at('hour')}:${at('minute')}`
}

/** A length of time in its largest whole unit: 7500000 → 2小时. */
export function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes >= 1440) return `${Math.floor(minutes / 1440)}天`
  return minutes >= 60 ? `${Math.floor(minutes / 60)}小时` : `${minutes}分钟`
}

/** Whole days from a to b; negative when b is earlier. */
export function daysBetween(a: string, b: string): number {
  return Math.round((Date.parse(`${b}T00:00:00Z`) - Date.parse(`${a}T00:00:00Z`)) / 86_400_000)
}

export type Urgency = 'late' | 'today' | 'soon' | 'calm'

/** Days left as people say it, with how much it should stand out. `working` when the clock counts working days. */
export function daysLeft(n: number, working = false): { text: string; urgency: Urgency } {
  const unit = working ? '个工作日' : '天'
  if (n < 0) return { text: `逾期${-n}天`, urgency: 'late' }
  if (n === 0) return { text: '今日到期', urgency: 'today' }
  return { text: `还剩${n}${unit}`, urgency: n <= 3 ? 'soon' : 'calm' }
}

/** A village as people call it: 李宋楼村民委员会 → 李宋楼村, 丰产河社区居民委员会 → 丰产河社区, 尤庄居民委员会 → 尤庄居委会. */
export function place(name: string): string {
  return name.replace(/村村民委员会$/, '村').replace(/村民委员会$/, '村').replace(/社区居民委员会$/, '社区').replace(/居民委员会$/, '居委会')
}

/** First characters of a hash in groups of four, for reading aloud. */
export function shortHash(hex: string, chars = 16): string {
  return (hex.slice(0, chars).match(/.{1,4}/g) ?? []).join(' ')
}

/** File size for people: 1536 → 1.5 KB. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  const units = ['KB', 'MB', 'GB']
  let size = n / 1024
  let at = 0
  while (size >= 1024 && at < units.length - 1) { size /= 1024; at += 1 }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[at]}`
}

/** 一、二、三 … for the heads of a report. */
export function ordinal(n: number): string {
  const digit = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九']
  if (n < 10) return digit[n] ?? String(n)
  const tens = Math.floor(n / 10)
  return `${tens > 1 ? digit[tens] : ''}十${n % 10 ? digit[n % 10] : ''}`
}
