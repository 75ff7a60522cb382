import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

const text = (query: LocationQuery, key: string): string => {
  const v = query[key]
  return (Array.isArray(v) ? v[0] : v) ?? ''
}

/** Filters live in the address, so that a drilled list can be mailed, reloaded and left with the back key. */
export function useFilter<K extends string>(keys: readonly K[]) {
  const route = useRoute()
  const router = useRouter()
  const set = (changes: Partial<Record<K, string>>): void => {
    const query = { ...route.query }
    for (const key of Object.keys(changes) as K[]) {
      const value = changes[key]
      if (value) query[key] = value
      else delete query[key]
    }
    void router.replace({ query })
  }
  const values = computed(() => Object.fromEntries(keys.map((k) => [k, text(route.query, k)])) as Record<K, string>)
  const field = (key: K): WritableComputedRef<string> => computed({
    get: () => text(route.query, key),
    set: (value: string) => set({ [key]: value } as Partial<Record<K, string>>),
  })
  return { values, set, field, clear: () => set(Object.fromEntries(keys.map((k) => [k, ''])) as Record<K, string>) }
}
