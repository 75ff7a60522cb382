import { api, type Pack } from '@gonggu/api'
import { ref, type Ref } from 'vue'

// The pack in force: names of items, classes and rules for the filters of several rooms. Fetched once per page load.

const pack = ref<Pack>()
let flight: Promise<void> | undefined

export function usePack(): Ref<Pack | undefined> {
  flight ??= api.pack().then((got) => { pack.value = got }, () => { flight = undefined })
  return pack
}
