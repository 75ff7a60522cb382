// How much waits for the post: the badge of the navigation asks anew when a page changes, at most once in a while.
import { api, type Todo } from '@gonggu/api'
import { ref } from 'vue'
import { can } from '@/frame/session'

export const waiting = ref<{ count: number; more: boolean }>({ count: 0, more: false })
const rest = 15_000
let at = 0
let whose = ''

export function heard(t: Todo): void {
  waiting.value = { count: t.count, more: t.more }
  at = Date.now()
}

export async function ask(post: string, now = false): Promise<void> {
  if (post !== whose) {
    whose = post
    waiting.value = { count: 0, more: false }
  } else if (!now && Date.now() - at < rest) {
    return
  }
  if (!can('problem.read')) return
  at = Date.now()
  try { heard(await api.todos(0)) } catch { /* the page itself says when the server is away */ }
}
