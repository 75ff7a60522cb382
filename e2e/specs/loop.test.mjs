// The loop of a problem in a browser, as far as the repair: the office accepts, assigns and hands out; the department signs for the
// order, claims and mends, and has no button to verify it.
import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { draw, launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'

const password = 'gonggu2022'
const who = {}
let server, browser, mine, foreign
let order = ''

before(async () => {
  server = await county(300)
  browser = await launch()
  for (const login of ['xian', 'bumen', 'xiangzhen']) {
    const p = (who[login] = await person(browser, server.origin))
    await p.go('/sign-in')
    await signIn(p, login, password)
    await p.page.waitForURL((u) => !u.pathname.startsWith('/sign-in'))
    p.forgive() // the question who is signed in, before anybody is
  }
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const read = (p, path) => p.page.evaluate(async (u) => (await fetch(`/api/v1${u}`)).json(), path)
const view = (p, id) => read(p, `/problems/${id}`)
const can = (p) => p.page.getByRole('region', { name: '我可以做的' })
const dialog = (p) => p.page.getByRole('dialog')
const quiet = (p) => deepStrictEqual(p.complaints, [])
const button = (p, name) => can(p).getByRole('button', { name, exact: true })

/** Opens a problem's page and the dialog of what is to be done with it. */
async function begin(p, id, name) {
  await p.go(`/problems/${id}`)
  await button(p, name).click()
  await dialog(p).waitFor()
}
/** Sends the dialog and waits until the page says the new state. */
async function end(p, submit, state) {
  await dialog(p).getByRole('button', { name: submit, exact: true }).click()
  await p.page.locator('.page-head .mark', { hasText: state }).first().waitFor().catch(async (e) => {
    throw new Error(`${submit} does not lead to ${state}: ${(await p.page.getByRole('alert').allInnerTexts()).join(' / ')}`, { cause: e })
  })
  await dialog(p).waitFor({ state: 'hidden' })
}
const fill = async (p, values) => { for (const [label, value] of Object.entries(values)) await dialog(p).getByLabel(label).fill(value) }
/** Chooses a unit in the dialog's box of that name. */
async function choose(p, label, text) {
  await dialog(p).getByRole('combobox', { name: label }).click()
  await p.page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
}
test('bulk: the office accepts, assigns without losing the helping units, and hands out by lead unit', async () => {
  const { page } = who.xian
  const rows = (await read(who.xian, '/problems?state=found&limit=200')).rows
  const township = (await read(who.xiangzhen, '/problems?state=found&limit=200')).rows
  mine = township.find((p) => p.helping.length > 0) ?? township[0]
  foreign = rows.find((p) => p.id !== mine.id && township.some((t) => t.id === p.id))
  ok(mine && foreign, 'the demonstration leaves problems to accept')
  for (const p of [mine, foreign]) {
    await begin(who.xian, p.id, '受理')
    await end(who.xian, '受理', '已受理')
    await begin(who.xian, p.id, '指派')
    await choose(who.xian, '牵头单位', '水利局')
    await dialog(who.xian).getByText('指派 · ').click()
    await end(who.xian, '指派', '已受理')
  }
  const before = (await view(who.xian, mine.id)).helping

  await who.xian.go(`/problems?q=${mine.number}`)
  await page.getByLabel(`选中 ${mine.number}`).click()
  await page.getByRole('toolbar', { name: '批量办理' }).getByRole('button', { name: /指派/ }).click()
  await dialog(who.xian).getByText('都指派给').click()
  await choose(who.xian, '牵头单位', '水利局')
  await dialog(who.xian).getByRole('button', { name: /^指派 1 件/ }).click()
  await dialog(who.xian).getByText('已指派 1 件').waitFor()
  await dialog(who.xian).getByRole('button', { name: '知道了' }).click()
  deepStrictEqual((await view(who.xian, mine.id)).helping, before.length ? before : mine.proposed.helping.filter((u) => u !== 'water'))

  const kept = (await view(who.xian, mine.id)).helping
  for (const p of [mine, foreign]) {
    await who.xian.go(`/problems?q=${p.number}`)
    await page.getByLabel(`选中 ${p.number}`).click()
    await page.getByRole('toolbar', { name: '批量办理' }).getByRole('button', { name: /交办/ }).click()
    await dialog(who.xian).getByPlaceholder('责任领导姓名').fill('钱局长')
    await dialog(who.xian).getByPlaceholder('责任人姓名').fill('孙科长')
    await dialog(who.xian).getByRole('button', { name: '预览' }).click()
    await shoot(who.xian, 'loop-order-preview')
    await dialog(who.xian).getByRole('button', { name: '确认下发 1 份' }).click()
    await dialog(who.xian).getByText('已下发').waitFor()
    await dialog(who.xian).getByRole('button', { name: '关闭', exact: true }).click()
  }
  const now = await view(who.xian, mine.id)
  equal(now.state, 'ordered')
  deepStrictEqual(now.helping, kept)
  order = now.orderId
  quiet(who.xian)
})

test('the department signs for the order, claims, and mends with a drawn signature', async () => {
  const { page } = who.bumen
  await who.bumen.go(`/orders/${order}`)
  await page.getByRole('button', { name: '签收', exact: true }).click()
  await page.locator('.el-message-box').getByRole('button', { name: '签收' }).click()
  await page.locator('.page-head .mark', { hasText: '已签收' }).waitFor()
  await shoot(who.bumen, 'loop-order')
  await begin(who.bumen, mine.id, '认领')
  await fill(who.bumen, { 责任人: '孙科长', 整改措施: '更换入户管道，接通后试水三天' })
  await shoot(who.bumen, 'loop-claim')
  await end(who.bumen, '确认签认', '整改中')
  await begin(who.bumen, mine.id, '整改签认')
  await fill(who.bumen, { 整改情况: '管道已更换，水已通' })
  await draw(page)
  await shoot(who.bumen, 'loop-rectify')
  await end(who.bumen, '确认签认', '待复核')
  equal(await button(who.bumen, '复核通过').count(), 0, 'nobody verifies what he mended himself')
  quiet(who.bumen)
})
