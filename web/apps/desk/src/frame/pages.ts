import type { Page } from '@gonggu/api'
import { computed, ref, watch, type Ref, type WatchSource } from 'vue'

/** A keyset-paged list: the filter's change starts anew, `more` appends. Nothing is ever fetched by offset.
 * A page of a search may be empty and not the last: the next is asked for at once. */
export function usePages<Row>(ask: (after: string, signal: AbortSignal) => Promise<Page<Row>>, sources: WatchSource[]) {
  const rows = ref([]) as Ref<Row[]>
  const total = ref(0)
  const next = ref('')
  const loading = ref(false)
  const error = ref<Error>()
  let flight: AbortController | undefined

  async function turn(after: string): Promise<void> {
    flight?.abort()
    const mine = (flight = new AbortController())
    loading.value = true
    try {
      for (let from = after, empty = true; empty; ) {
        const page = await ask(from, mine.signal)
        if (mine.signal.aborted) return
        rows.value = from ? rows.value.concat(page.rows) : page.rows
        total.value = page.total
        next.value = from = page.next
        empty = !page.rows.length && page.next !== ''
      }
      error.value = undefined
    } catch (e) {
      if (!mine.signal.aborted) error.value = e instanceof Error ? e : new Error(String(e))
    } finally {
      if (flight === mine) loading.value = false
    }
  }
  const restart = (): Promise<void> => turn('')
  const more = (): Promise<void> => (next.value && !loading.value ? turn(next.value) : Promise.resolve())
  watch(sources, restart, { immediate: true })
  return { rows, total, loading, error, hasMore: computed(() => next.value !== ''), more, restart }
}
