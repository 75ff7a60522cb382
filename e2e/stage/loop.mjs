// What the specs of a problem's loop share: people signed in on a county of their own, a problem's page and its dialogs, and what the server
// then says of it.
import { deepStrictEqual } from 'node:assert/strict'
import { launch, person, signIn } from './browser.mjs'
import { county } from './server.mjs'

export const password = 'gonggu2022'

/** A county of 300 households and these people at it, each in a browser session of his own. */
export async function crew(...logins) {
  const server = await county(300)
  const browser = await launch()
  const stop = async () => { await browser.close(); await server.stop() }
  const who = {}
  try {
    for (const login of logins) {
      const p = (who[login] = await person(browser, server.origin))
      await p.go('/sign-in')
      await signIn(p, login, password)
      await p.page.waitForURL((u) => !u.pathname.startsWith('/sign-in'))
      p.forgive() // the question who is signed in, before anybody is
    }
  } catch (e) {
    await stop()
    throw e
  }
  return { server, browser, who, stop }
}

export const read = (p, path) => p.page.evaluate(async (u) => (await fetch(`/api/v1${u}`)).json(), path)
export const view = (p, id) => read(p, `/problems/${id}`)
export const can = (p) => p.page.getByRole('region', { name: '我可以做的' })
export const dialog = (p) => p.page.locator('.el-overlay-dialog:visible')
export const quiet = (p) => deepStrictEqual(p.complaints, [])
export const button = (p, name) => can(p).getByRole('button', { name, exact: true })
/** The steps of which a signature stands. */
export const standing = async (p, id) => (await view(p, id)).signatures.filter((s) => !s.voided).map((s) => s.step)

/** Opens a problem's page and the dialog of what is to be done with it. */
export async function begin(p, id, name) {
  await p.go(`/problems/${id}`)
  await button(p, name).click()
  await dialog(p).waitFor()
}
/** Sends the dialog and waits until the page says the new state. */
export async function end(p, submit, state) {
  await dialog(p).getByRole('button', { name: submit, exact: true }).click()
  await p.page.locator('.page-head .mark', { hasText: state }).first().waitFor().catch(async (e) => {
    throw new Error(`${submit} does not lead to ${state}: ${(await p.page.getByRole('alert').allInnerTexts()).join(' / ')}`, { cause: e })
  })
  await dialog(p).waitFor({ state: 'hidden' })
}
export const fill = async (p, values) => { for (const [label, value] of Object.entries(values)) await dialog(p).getByLabel(label).fill(value) }
/** Chooses a unit in the dialog's box of that name. */
export async function choose(p, label, text) {
  await dialog(p).getByRole('combobox', { name: label }).click()
  await p.page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
}
/** The office assigns one problem to a unit. */
export async function assign(p, id, unit) {
  await begin(p, id, '指派')
  await choose(p, '牵头单位', unit)
  await dialog(p).getByText('指派 · ').click()
  await end(p, '指派', '已受理')
}
/** The office hands problems out from the ledger, all to the unit that leads them. */
export async function handOut(p, list, q = list[0].number) {
  const { page } = p
  await p.go(`/problems?q=${q}`)
  for (const x of list) await page.getByLabel(`选中 ${x.number}`).click()
  await page.getByRole('toolbar', { name: '批量办理' }).getByRole('button', { name: /交办/ }).click()
  await dialog(p).getByPlaceholder('责任领导姓名').fill('钱局长')
  await dialog(p).getByPlaceholder('责任人姓名').fill('孙科长')
  await dialog(p).getByRole('button', { name: '预览' }).click()
  await dialog(p).getByRole('button', { name: '确认下发 1 份' }).click()
  await dialog(p).getByText('已下发').waitFor()
  await dialog(p).getByRole('button', { name: '关闭', exact: true }).click()
}
/** Sends an act in a person's own session and post, made of one that a browser of ours sent: only kind, subject, body and who are others. */
export async function attempt(p, pattern, kind, subject, body) {
  const said = await p.page.evaluate(async ([pattern, kind, subject, body]) => {
    const me = await (await fetch('/api/v1/session')).json()
    const id = `${pattern.id.slice(0, 14)}7${crypto.getRandomValues(new Uint16Array(1))[0].toString(16).padStart(4, '0').slice(1)}-${pattern.id.slice(19, 24)}${Date.now().toString(16).padStart(12, '0')}`
    const act = { ...pattern, id, kind, subject, body, actor: me.account.id, post: me.post.id, sealed: [] }
    const r = await fetch('/api/v1/acts', { method: 'POST', headers: { 'X-Gonggu': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ acts: [{ act, open: [] }] }) })
    return { status: r.status, ...(await r.json()) }
  }, [pattern, kind, subject, body])
  const a = said.answers?.[0]
  if (!a) throw new Error(`${kind} is not answered: ${JSON.stringify(said)}`)
  return a
}
/** The act of a kind that a person's browser sent last. */
export const lastAct = (p, kind) => p.acts.flatMap((b) => b.acts).map((a) => a.act).filter((a) => a.kind === kind).at(-1)
