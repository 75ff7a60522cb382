import { api } from '@gonggu/api'
import { formOf, type Form } from './form'
import { judgeOf, type Judge } from './judge'

export interface Ready { form: Form; judge: Judge | undefined }

const kept = new Map<string, Promise<Ready>>()

/** The form with its judge, once per pack and page: a clerk types fifty sheets in a row, and compiling a pack takes a moment. */
export function readyForm(pack: string, form: string): Promise<Ready> {
  const key = `${pack} ${form}`
  let flight = kept.get(key)
  if (!flight) {
    flight = api.form(form).then((compiled) => ({ form: formOf(compiled, form), judge: tryJudge(() => judgeOf(compiled, form)) }))
    kept.set(key, flight)
    flight.catch(() => kept.delete(key))
  }
  return flight
}

/** A pack newer than this page may hold what it cannot compile: the sheet is filled all the same, the server judges it. */
function tryJudge(make: () => Judge): Judge | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
