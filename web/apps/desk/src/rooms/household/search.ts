import { ref, computed, type Ref, type WritableComputedRef } from 'vue'

/** Of the length of an ID number (18; 20 and 22 of a disability card), or half typed with the day of birth already in it. A household's number is neither. */
export function looksLikeId(text: string): boolean {
  const t = text.trim()
  if (!/^\d{13,21}[\dXx]\d*$/.test(t)) return false
  return [18, 20, 22].includes(t.length) || /^\d{6}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/.test(t)
}

// An ID number never stands in the page's address, where the history and whoever looks over a shoulder would keep it. It lives as long as the page.
const id = ref('')

/** The last four of an ID number, asked for with a leading 尾号, or as four characters that end in X: 尾号1234, 123X. */
export function tailOf(text: string): string {
  return /^\s*尾号\s*(\d{3}[\dXx])\s*$/.exec(text)?.[1]?.toUpperCase() ?? /^\s*(\d{3}[Xx])\s*$/.exec(text)?.[1]?.toUpperCase() ?? ''
}

/** 尾号 with fewer than four characters behind it: nothing to ask for yet, and nothing for the address. */
export const tailBegun = (text: string): boolean => /^\s*尾号/.test(text) && !tailOf(text)

/** The search box of the register: what looks like an ID number is kept in memory, everything else in the address. Back finds both. */
export function useSearch(q: Ref<string>, by: Ref<string>, set: (changes: { q: string; by: string }) => void): { text: WritableComputedRef<string>; secret: Ref<boolean> } {
  const secret = computed(() => by.value === 'id' && id.value !== '')
  const text = computed({
    get: () => (secret.value ? id.value : q.value),
    set: (value: string) => {
      id.value = looksLikeId(value) || tailOf(value) || tailBegun(value) ? value.trim().toUpperCase() : ''
      set(id.value ? { q: '', by: 'id' } : { q: value, by: '' })
    },
  })
  return { text, secret }
}
