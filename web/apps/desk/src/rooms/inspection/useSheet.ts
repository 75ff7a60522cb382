import { api, type Draft, type FactValue } from '@gonggu/api'
import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue'
import { me } from '@/frame/session'
import { arrange, isVisible } from './ask'
import { DraftStore } from './draft'
import { readyForm } from './ready'
import { silent, type Judge, type Judgement } from './judge'
import { answer, changes, complaints, contentOf, doubtsOf, emptySheet, subjectOf, pathOf, valueOf, type Salts } from './sheet'
import { pendingBox, sendSheet, sheetEnvelope, type Outcome } from './submit'
import type { Form, Question } from './form'

/** One sheet on the screen: values, live findings, hash, draft, sending. */
export function useSheet(household: string) {
  const form = shallowRef<Form>()
  const draft = shallowRef<Draft>()
  const state = reactive(emptySheet(me.value.day))
  const strokes = ref<number[][]>([])
  const judge = shallowRef<Judge>(silent)
  const judging = ref(false)
  const error = ref<Error>()
  const loading = ref(true)
  const note = ref('')
  const kept = ref<number>()
  const keepFailed = ref(false)
  const voided = ref(false)
  const sending = ref(false)
  const outcome = ref<Outcome>()
  const salts: Salts = new Map()
  const store = new DraftStore(`${me.value.county.code}.${me.value.account.id}`)
  const pending = pendingBox(household)
  let timer = 0

  async function load(): Promise<void> {
    loading.value = true
    error.value = undefined
    try {
      const got = await api.draft(household)
      const ready = await readyForm(got.pack, got.form)
      form.value = ready.form
      const old = store.load(household)
      if (old) {
        Object.assign(state, emptySheet(me.value.day), old.state)
        kept.value = old.at
        if (old.rev !== got.rev || old.pack !== got.pack) note.value = '您上次填写之后，这户的资料或方案有更新。已填内容都在，请对照新的已知信息再核对一遍。'
      }
      draft.value = got
      judge.value = ready.judge ?? silent
      judging.value = ready.judge !== undefined
    } catch (e) {
      error.value = e instanceof Error ? e : new Error(String(e))
    } finally {
      loading.value = false
    }
  }

  const judged = computed<Judgement>(() => judge.value(draft.value ? subjectOf(draft.value, state) : { known: { h: {}, m: [] }, answers: { h: {}, m: [] }, sealed: new Set<string>(), persons: [], doubts: [], today: '' }))
  const visible = (path: string): boolean => isVisible(judged.value, path)
  const parts = computed(() => (form.value && draft.value ? arrange(form.value, draft.value, state, judged.value) : { household: [], member: [] }))
  const doubts = computed(() => (draft.value ? doubtsOf(draft.value, judged.value.findings) : []))
  const missing = computed(() => (form.value && draft.value ? complaints(form.value, draft.value, state, doubts.value, visible) : []))
  const changed = computed(() => (draft.value ? changes(draft.value, state) : 0))
  const content = computed(() => (form.value && draft.value ? contentOf(form.value, draft.value, state, doubts.value, salts) : undefined))
  const seen = computed(() => content.value?.seen ?? '')

  // A signature is over one content: change the content and it is void, visibly (design 3, idea 2).
  watch(seen, (_now, before) => {
    if (before && strokes.value.length) { strokes.value = []; voided.value = true }
  })
  watch(strokes, (s) => { if (s.length) voided.value = false })
  watch(state, () => {
    if (!draft.value || outcome.value) return
    window.clearTimeout(timer)
    timer = window.setTimeout(keep, 500)
  })
  function keep(): void {
    if (!form.value || !draft.value || outcome.value) return
    keepFailed.value = !store.save(household, form.value, draft.value.rev, draft.value.pack, state)
    if (!keepFailed.value) kept.value = Date.now()
  }
  onBeforeUnmount(() => { window.clearTimeout(timer); if (kept.value) keep() })

  async function send(): Promise<void> {
    if (sending.value || !draft.value || !content.value || missing.value.length || !strokes.value.length) return
    sending.value = true
    const [d, c] = [draft.value, content.value]
    // Came from the repair list: the sheet names the refused one.
    const repairs = new URLSearchParams(window.location.search).get('repairs') ?? ''
    const who = { county: me.value.county.code, actor: me.value.account.id, post: me.value.post.id }
    try {
      const got = await sendSheet((supersedes) => sheetEnvelope(d, state, c, strokes.value, who, supersedes, repairs), pending, async (e) => {
        const { answers } = await api.acts([e])
        if (!answers[0]) throw new Error('服务器没有答复这张表，请再次提交。')
        return answers[0]
      })
      if (got.answer === 'accepted' || got.answer === 'known') { store.drop(household); kept.value = undefined }
      outcome.value = got
    } catch (e) {
      note.value = `没有送达：${(e as Error).message} 内容和签名都在，请再点“提交”；不会重复。`
    } finally {
      sending.value = false
    }
  }

  void load()
  return {
    form, draft, state, strokes, judged, judging, parts, doubts, missing, changed, seen, error, loading, note, kept, keepFailed, voided, sending, outcome, visible, load, send,
    set: (q: Question, person: string, value: FactValue | undefined) => { if (draft.value) answer(draft.value, state, q, person, value) },
    value: (q: Question, person: string) => (draft.value ? valueOf(draft.value, state, q, person) : undefined),
    shown: (q: Question, person: string) => draft.value?.shown[pathOf(q, person)],
    back: () => { outcome.value = undefined },
  }
}
export type SheetHandle = ReturnType<typeof useSheet>
