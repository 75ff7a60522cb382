import { api, type Area } from '@gonggu/api'
import { computed, ref } from 'vue'

// The areas of one's scope: a county has 600 of them, so they are fetched once and kept until the post changes.

const list = ref<Area[]>([])
let flight: Promise<void> | undefined

export const areas = computed(() => list.value)
export const areaName = (code: string): string => list.value.find((a) => a.code === code)?.name ?? code

export function loadAreas(again = false): Promise<void> {
  if (again) flight = undefined
  flight ??= api.areas().then((got) => { list.value = got.areas }, (e: unknown) => { flight = undefined; throw e })
  return flight
}

export interface AreaNode { area: Area; children: Area[] }

/**
 * Townships with their villages, narrowed to what contains the text: a township that matches keeps all its villages,
 * a village that matches brings its township.
 */
export function areaTree(all: readonly Area[], text: string): AreaNode[] {
  const wanted = text.trim()
  const codes = new Set(all.map((a) => a.code))
  const tops = all.filter((a) => a.level === 'township' || (a.level !== 'county' && !codes.has(a.parent)))
  const out: AreaNode[] = []
  for (const area of tops) {
    const below = all.filter((a) => a.parent === area.code)
    if (!wanted || area.name.includes(wanted)) out.push({ area, children: below })
    else {
      const hits = below.filter((a) => a.name.includes(wanted))
      if (hits.length) out.push({ area, children: hits })
    }
  }
  return out
}
