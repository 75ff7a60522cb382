import { ref, computed, type Ref, type WritableComputedRef } from 'vue'

/** Long enough to be an ID number (15, 18, or 20 and 22 of a disability card), whole or half typed. */
export const looksLikeId = (text: string): boolean => /^\d{11,21}[\dXx]?$/.test(text.trim())

// An ID number never stands in the page's address, where the history and whoever looks over a shoulder would keep it. It lives as long as the page.
const id = ref('')

/** The search box of the register: what looks like an ID number is kept in memory, everything else in the address. Back finds both. */
export function useSearch(q: Ref<string>, by: Ref<string>, set: (changes: { q: string; by: string }) => void): { text: WritableComputedRef<string>; secret: Ref<boolean> } {
  const secret = computed(() => by.value === 'id' && id.value !== '')
  const text = computed({
    get: () => (secret.value ? id.value : q.value),
    set: (value: string) => {
      id.value = looksLikeId(value) ? value.trim().toUpperCase() : ''
      set(id.value ? { q: '', by: 'id' } : { q: value, by: '' })
    },
  })
  return { text, secret }
}
