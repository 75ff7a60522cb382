import type { Household, LifeCodes, LifeFact, Opening } from '@gonggu/api'
import { sealValue, type Canon } from '@gonggu/act'
import type { Step } from '@/frame/acts'

/** The acts of register life in the order of the menu. */
export const lifeKinds = [
  { kind: 'household.birth', label: '出生', hint: '户里添了孩子' },
  { kind: 'household.death', label: '死亡', hint: '成员去世；户主去世要选新户主' },
  { kind: 'household.join', label: '迁入', hint: '嫁入、回迁、收养' },
  { kind: 'household.leave', label: '迁出', hint: '嫁出、迁走；迁往本县另一户的可直接转过去' },
  { kind: 'household.split', label: '分户', hint: '部分成员另立一户' },
  { kind: 'household.merge', label: '并户', hint: '全户并入另一户' },
  { kind: 'household.move', label: '移户', hint: '整户迁到别的村或组' },
  { kind: 'household.cancel', label: '注销户', hint: '错户、全户减少、迁出本县' },
  { kind: 'household.correct', label: '更正', hint: '改户编号、姓名、户主或登记错的信息' },
] as const
export type LifeKind = (typeof lifeKinds)[number]['kind']

export interface LifeForm {
  on: string
  name: string
  sex: string
  birth: string
  relation: string
  id: string
  person: string
  head: string
  relations: { [person: string]: string }
  other: string
  otherRev: number
  members: string[]
  area: string
  why: string
  reason: string
  what: string
  value: string
}

export const emptyForm = (on: string): LifeForm => ({
  on, name: '', sex: '', birth: '', relation: '', id: '', person: '', head: '', relations: {}, other: '', otherRev: 0, members: [], area: '', why: '', reason: '', what: '', value: '',
})

/** The code of the head in the pack's list is the relation of whoever gives the household its name. */
export const headOf = (h: Household): string => h.members.find((m) => m.facts.some((f) => f.code === 'relation' && f.value === 'head'))?.id ?? h.members[0]?.id ?? ''

/** Whether the act takes the head out of the household, so that another must follow. */
export function headGoes(kind: LifeKind, form: LifeForm, h: Household): boolean {
  const head = headOf(h)
  if (kind === 'household.death' || kind === 'household.leave') return form.person === head
  return kind === 'household.split' && form.members.includes(head)
}

/** Members whose relation to a new head must be said: those who were named after the old one. */
export function stays(kind: LifeKind, form: LifeForm, h: Household): Household['members'] {
  if (kind === 'household.split') return h.members.filter((m) => !form.members.includes(m.id))
  return h.members.filter((m) => m.id !== form.person)
}

/** A number typed in yuan or mu is kept in fen or hundredths. */
function typed(fact: LifeFact, text: string): Canon | undefined {
  const t = text.trim()
  if (t === '') return ''
  if (fact.type === 'bool') return t === 'true'
  if (fact.type === 'codes') return t.split(',')
  if (fact.type === 'int') return /^-?\d+$/.test(t) ? Number(t) : undefined
  if (fact.type === 'money' || fact.type === 'hundredths') return /^-?\d+(\.\d{1,2})?$/.test(t) ? Math.round(Number(t) * 100) : undefined
  return t
}

/** The step that the form makes, or what is missing in it. */
export function lifeStep(kind: LifeKind, form: LifeForm, h: Household, codes: LifeCodes): Step | string {
  const open: Opening[] = []
  const seal = (value: Canon): Canon => {
    const { mark, opened } = sealValue(JSON.stringify(value))
    open.push(opened)
    return mark
  }
  const body: { [key: string]: Canon } = { rev: h.rev, on: form.on }
  if (form.reason.trim()) body.reason = form.reason.trim()
  const missing = fill(kind, form, h, codes, body, seal)
  if (missing) return missing
  return { kind, subject: h.id, body, open, seen: { household: h.id, rev: h.rev, head: h.head, members: h.members.map((m) => m.name) } }
}

function fill(kind: LifeKind, form: LifeForm, h: Household, codes: LifeCodes, body: { [key: string]: Canon }, seal: (v: Canon) => Canon): string {
  if (!form.on) return '请填写发生日期'
  if (headGoes(kind, form, h)) {
    if (!form.head) return '请选择新户主'
    body.head = form.head
  }
  const relations = Object.fromEntries(Object.entries(form.relations).filter(([, v]) => v))
  if (Object.keys(relations).length) body.relations = relations
  switch (kind) {
    case 'household.birth':
    case 'household.join': {
      if (!form.name.trim()) return '请填写姓名'
      if (!form.relation) return '请选择与户主的关系'
      if (kind === 'household.birth' && (!form.sex || !form.birth)) return '请填写性别和出生日期'
      const facts: { [key: string]: Canon } = { relation: form.relation }
      if (form.sex) facts.sex = form.sex
      if (form.birth) facts.birth = form.birth
      if (form.id.trim()) facts.id_number = seal(form.id.trim().toUpperCase())
      body.member = { name: form.name.trim(), facts }
      return ''
    }
    case 'household.death':
    case 'household.leave':
      if (!form.person) return '请选择成员'
      body.member = form.person
      if (kind === 'household.leave' && form.other) {
        if (!form.relation) return '请选择他与迁入户户主的关系'
        Object.assign(body, { to: form.other, to_rev: form.otherRev, to_relation: form.relation })
      }
      return ''
    case 'household.split':
      if (!form.members.length) return '请选择分出去的成员'
      if (!form.person) return '请选择新户的户主'
      Object.assign(body, { members: form.members, new_head: form.person })
      if (form.area) body.area = form.area
      return ''
    case 'household.merge':
      if (!form.other) return '请选择并入哪一户'
      Object.assign(body, { into: form.other, into_rev: form.otherRev })
      return ''
    case 'household.move':
      if (!form.area) return '请选择迁往的村或组'
      body.area = form.area
      return ''
    case 'household.cancel':
      if (!form.why) return '请选择注销的原因'
      if (form.reason.trim().length < 4) return '请写明情况（至少 4 个字）'
      body.why = form.why
      return ''
    case 'household.correct':
      return correction(form, codes, body, seal)
  }
}

function correction(form: LifeForm, codes: LifeCodes, body: { [key: string]: Canon }, seal: (v: Canon) => Canon): string {
  const value = form.value.trim()
  switch (form.what) {
    case '': return '请选择要更正的内容'
    case 'number':
      if (!value) return '请填写正确的户编号'
      body.number = value
      return ''
    case 'name':
      if (!form.person || !value) return '请选择成员并填写正确的姓名'
      body.names = { [form.person]: value }
      return ''
    case 'head':
      if (!form.head) return '请选择新户主'
      body.head = form.head
      return ''
  }
  const fact = codes.facts.find((f) => `${f.of}.${f.code}` === form.what)
  if (!fact) return '请选择要更正的内容'
  if (fact.of === 'm' && !form.person) return '请选择成员'
  const x = typed(fact, form.value)
  if (x === undefined) return `“${fact.name}”要填数字，最多两位小数`
  const put = { [fact.code]: fact.sensitive && x !== '' ? seal(x) : x }
  if (fact.of === 'h') body.h = put
  else body.m = { [form.person]: put }
  return ''
}
