interface Point { x: number; y: number; time: number }

/** Pen data to integers [x, y, t, …] per stroke; t counts milliseconds from the first point, so no clock stands in the act. */
export function toStrokes(groups: readonly { points: readonly Point[] }[]): number[][] {
  const start = groups[0]?.points[0]?.time ?? 0
  return groups.filter((g) => g.points.length).map((g) => g.points.flatMap((p) => [Math.round(p.x), Math.round(p.y), Math.max(0, Math.round(p.time - start))]))
}
