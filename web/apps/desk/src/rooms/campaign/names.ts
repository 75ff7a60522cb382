import type { Pack } from '@gonggu/api'

/** Names of departments by code; a code the pack does not name stands for itself. */
export function unitNames(pack: Pack | undefined): (codes: readonly string[]) => string {
  const names = new Map((pack?.units ?? []).map((u) => [u.code, u.name]))
  return (codes) => codes.map((c) => names.get(c) ?? c).join('、')
}

/** A rule's sentence with its gaps named instead of coded: {h.size} → 〔家庭人口〕. */
export function readable(pack: Pack, say: string): string {
  const names = new Map(pack.facts.map((f) => [`${f.of === 'person' ? 'me' : f.of === 'village' ? 'v' : 'h'}.${f.code}`, f.name]))
  for (const d of pack.derived ?? []) names.set(`${d.of === 'person' ? 'me' : 'h'}.${d.code}`, d.name)
  for (const p of pack.params) names.set(`p.${p.code}`, p.text || p.name)
  return say.replace(/\{([^}]+)\}/g, (_, path: string) => `〔${names.get(path) ?? (path === 'today' ? '今日' : path)}〕`)
}
