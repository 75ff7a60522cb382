import { ref, type Ref } from 'vue'

/** One thing at a time: a second is not begun while one is under way, and what went wrong is kept in words. */
export function useRun(): { busy: Ref<boolean>; fault: Ref<string>; run: (what: () => Promise<unknown>) => Promise<void> } {
  const busy = ref(false)
  const fault = ref('')
  async function run(what: () => Promise<unknown>): Promise<void> {
    if (busy.value) return
    busy.value = true
    fault.value = ''
    try {
      await what()
    } catch (e) {
      fault.value = (e as Error).message
    } finally {
      busy.value = false
    }
  }
  return { busy, fault, run }
}
