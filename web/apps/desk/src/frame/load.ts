import { ref, watch, type Ref, type WatchSource } from 'vue'

export interface Loaded<T> {
  data: Ref<T | undefined>
  error: Ref<Error | undefined>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** Loads on start and whenever a source changes. An answer that arrives after a newer question is dropped. */
export function useLoad<T>(ask: () => Promise<T>, sources: WatchSource[] = []): Loaded<T> {
  const data = ref<T>() as Ref<T | undefined>
  const error = ref<Error>()
  const loading = ref(false)
  let turn = 0
  async function reload(): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const got = await ask()
      if (mine !== turn) return
      data.value = got
      error.value = undefined
    } catch (e) {
      if (mine === turn) error.value = e instanceof Error ? e : new Error(String(e))
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  if (sources.length) watch(sources, reload)
  void reload()
  return { data, error, loading, reload }
}
