import { onBeforeUnmount, ref, watch, type Ref } from 'vue'

/** A text box over a filter: waits until typing pauses, so that each key does not cost a question to the server. */
export function useText(target: Ref<string>, pause = 300): Ref<string> {
  const typed = ref(target.value)
  let timer = 0
  watch(typed, (value) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => { target.value = value.trim() }, pause)
  })
  watch(target, (value) => { if (value !== typed.value.trim()) typed.value = value })
  onBeforeUnmount(() => window.clearTimeout(timer))
  return typed
}
