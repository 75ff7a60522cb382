import { api, type Me } from '@gonggu/api'
import { computed, reactive, readonly } from 'vue'

// Who is signed in, in which post, and what the county's day is. The server decides every right; `can` only hides what would be refused.

const state = reactive<{ me: Me | undefined; asked: boolean }>({ me: undefined, asked: false })

export const session = readonly(state)
/** The signed-in person; pages behind the shell may rely on it. */
export const me = computed<Me>(() => {
  if (!state.me) throw new Error('no session: this page must stand behind the shell')
  return state.me as Me
})
/**
 * What this device's clock says. A demonstration stands on its own day, so there the server's clock is run on from; anywhere else the
 * device's own is told honestly, right or wrong: the server judges it.
 */
export function productNow(): number {
  const m = state.me
  return m?.demo ? m.now + Math.round(performance.now() - keptAt) : Date.now()
}
let keptAt = 0

export const can = (right: string): boolean => state.me?.may.includes(right) ?? false

export function keepSession(next: Me): void {
  state.me = next
  state.asked = true
  keptAt = performance.now()
}

export function forgetSession(): void {
  state.me = undefined
  state.asked = true
}

/** Asks the server once per page load who we are; undefined when nobody. */
export async function knownSession(): Promise<Me | undefined> {
  if (!state.asked) {
    try {
      keepSession(await api.me())
    } catch {
      forgetSession()
    }
  }
  return state.me
}
