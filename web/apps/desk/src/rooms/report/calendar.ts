/** The months that hold the given days, as weeks from Monday; '' where a week reaches over the month's edge. */
export function months(days: readonly string[]): { name: string; weeks: string[][] }[] {
  const keys = [...new Set(days.map((d) => d.slice(0, 7)))].sort()
  return keys.map((key) => {
    const [year, month] = key.split('-').map(Number) as [number, number]
    const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
    const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7
    const cells = [...Array<string>(lead).fill(''), ...Array.from({ length }, (_, i) => `${key}-${String(i + 1).padStart(2, '0')}`)]
    while (cells.length % 7) cells.push('')
    return { name: `${year}年${month}月`, weeks: Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7)) }
  })
}
