import { api } from '@gonggu/api'
import { readonly, ref } from 'vue'

// How many messages wait unread in this post: asked when a page opens and once a minute while the desk is looked at.
const count = ref(0)
export const unread = readonly(count)

export function keepUnread(n: number): void { count.value = n }

export async function askUnread(): Promise<void> {
  try {
    keepUnread((await api.unread()).unread)
  } catch {
    // The bell is no place for an error; the page that is open says what is wrong.
  }
}
