// The loop of a problem in a browser: who accepts, hands out, signs for, claims, mends, verifies and closes; a refusal and its
// re-assignment, a return and the second mending; and that nobody does another's part, neither by a button nor by a request.
import { deepStrictEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { draw, launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'

const password = 'gonggu2022'
const who = {}
let server, browser, mine, foreign
let order = ''

before(async () => {
  server = await county(120, '--through', '2022-09-18')
  browser = await launch()
  for (const login of ['xian', 'bumen', 'xiangzhen', 'cun', 'lingdao', 'dudao']) {
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
/** Sends the last act of a kind that somebody sent, or any body, in another's name: his session, his post, a fresh id. */
const attempt = (p, kind, subject, body) => p.page.evaluate(async ([k, s, b]) => {
  const get = async (u) => (await fetch(`/api/v1${u}`)).json()
  const me = await get('/session')
  const act = { v: 1, id: crypto.randomUUID(), kind: k, subject: s, body: b, county: me.county.code, actor: me.account.id, post: me.post.id, pack: me.campaign.packDigest, seen: '0'.repeat(64), on_behalf: {}, after: [], sealed: [], device_at: Date.now(), device_mono: 0, key_id: '', sig: '' }
  const r = await fetch('/api/v1/acts', { method: 'POST', headers: { 'X-Gonggu': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ acts: [{ act, open: [] }] }) })
  return { status: r.status, ...(await r.json()) }
}, [kind, subject, body])

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
    await dialog(who.xian).getByPlaceholder('责任领导').fill('钱局长')
    await dialog(who.xian).getByRole('button', { name: '预览' }).click()
    await shoot(who.xian, 'loop-order-preview')
    await dialog(who.xian).getByRole('button', { name: '确认下发 1 份' }).click()
    await dialog(who.xian).getByText('已下发').waitFor()
    await dialog(who.xian).getByRole('button', { name: '关闭' }).click()
  }
  const now = await view(who.xian, mine.id)
  equal(now.state, 'ordered')
  deepStrictEqual(now.helping, kept)
  order = now.orderId
  quiet(who.xian)
})

test('who has no part in it sees no button, and his request is refused', async () => {
  for (const login of ['lingdao', 'cun', 'xian']) {
    await who[login].go(`/problems/${mine.id}`)
    await who[login].page.waitForTimeout(200)
    equal(await can(who[login]).getByRole('button', { name: /^(认领|整改签认|非本单位职责|复核通过|销号)$/ }).count(), 0, login)
    who[login].forgive() // whose place it is not, does not find it
    for (const kind of ['problem.claim', 'problem.rectify', 'problem.decline']) {
      const said = await attempt(who[login], kind, mine.id, { reason: '不是本单位的职责' })
      equal(said.answers?.[0]?.answer ?? 'refused', 'refused', `${login} ${kind}: ${JSON.stringify(said)}`)
    }
    who[login].forgive()
  }
  equal((await view(who.xian, mine.id)).state, 'ordered')
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

test('the township sends it back, it is mended again, verified and closed', async () => {
  await begin(who.xiangzhen, mine.id, '退回整改')
  await fill(who.xiangzhen, { 理由: '水压不够，二楼没有水' })
  await end(who.xiangzhen, '退回整改', '退回')
  await begin(who.bumen, mine.id, '整改签认')
  await fill(who.bumen, { 整改情况: '加装增压泵，二楼已通水' })
  await draw(who.bumen.page)
  await end(who.bumen, '确认签认', '待复核')
  equal((await view(who.xian, mine.id)).signatures.filter((s) => s.step === 'rectify' && !s.voided).length, 1, 'the first mending no longer stands')
  await begin(who.xiangzhen, mine.id, '复核通过')
  await fill(who.xiangzhen, { 意见: '到户看过，两层都有水' })
  await end(who.xiangzhen, '确认签认', '待销号')
  equal(await button(who.bumen, '销号').count(), 0)
  await begin(who.xian, mine.id, '销号')
  await end(who.xian, '销号', '已销号')
  await shoot(who.xian, 'loop-closed')
  const signed = (await view(who.xian, mine.id)).signatures.filter((s) => !s.voided).map((s) => s.step)
  for (const step of ['inspect', 'claim', 'rectify', 'verify', 'close']) ok(signed.includes(step), `${step} is signed: ${signed}`)
  quiet(who.xian)
  quiet(who.bumen)
  quiet(who.xiangzhen)
})

test('a department says that it is not its task; the office assigns another, and the first may not be named again', async () => {
  await begin(who.bumen, foreign.id, '非本单位职责')
  await fill(who.bumen, { 理由: '按职责分工应由住建部门办理' })
  await dialog(who.bumen).getByRole('button', { name: '非本单位职责', exact: true }).click()
  await dialog(who.bumen).waitFor({ state: 'hidden' })
  const gone = await view(who.xian, foreign.id)
  equal(gone.state, 'declined')
  notEqual(gone.lead, 'water')
  await begin(who.xian, foreign.id, '指派')
  await shoot(who.xian, 'loop-reassign')
  await choose(who.xian, '牵头单位', '住建局')
  await end(who.xian, '指派', '已受理')
  const again = await attempt(who.xian, 'problem.assign', foreign.id, { item: foreign.item, lead: 'water', helping: [] })
  equal(again.answers[0].answer, 'refused', JSON.stringify(again))
  match(again.answers[0].reason, /非本单位职责/)
  quiet(who.xian)
})
