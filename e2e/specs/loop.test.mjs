// The loop of a problem in a browser: the office accepts, assigns and hands out; the department signs for the order, claims and mends; the
// office sends it back, it is mended again, verified and closed, and comes back; another department says that a problem is not its task. What
// is not somebody's part he does by no button and by no request.
import { deepStrictEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { draw, person, shoot, signIn } from '../stage/browser.mjs'
import { assign, attempt as attemptLike, begin, button, can, choose, crew, dialog, end, fill, handOut, lastAct, password, quiet, read, standing, view } from '../stage/loop.mjs'

let server, browser, who, stop, mine, foreign
let order = ''
/** Refusals that say whose part it is, not that a form is wrong. */
const DOOR = /^(access|duty|scope|problem\.(not_yours|lead_only|tier|own_repair|return_tier|not_found))/

before(async () => { ({ server, browser, who, stop } = await crew('xian', 'bumen', 'xiangzhen', 'cun', 'lingdao', 'dudao')) })
after(() => stop?.())

const attempt = (p, ...what) => attemptLike(p, who.xian.acts[0].acts[0].act, ...what)
const lastBody = (p, kind) => lastAct(p, kind).body

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
    await assign(who.xian, p.id, '水利局')
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
  for (const p of [mine, foreign]) await handOut(who.xian, [p])
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

test('who has no part in it has no button, and the server refuses his request for that reason', async () => {
  const before = [await view(who.xian, mine.id), await view(who.xian, foreign.id)]
  const claim = lastBody(who.bumen, 'problem.claim')
  const rectify = lastBody(who.bumen, 'problem.rectify')
  const verify = { ...rectify, answers: { say: '到现场看过' } }
  const doors = []
  for (const login of ['lingdao', 'cun', 'dudao', 'xiangzhen']) {
    await who[login].go(`/problems/${foreign.id}`)
    await who[login].page.locator('h1, .el-empty, [role=alert]').first().waitFor()
    equal(await can(who[login]).getByRole('button', { name: /^(认领|非本单位职责|复核通过|销号)$/ }).count(), 0, login)
    for (const [kind, subject, body] of [
      ['problem.claim', foreign.id, claim], ['problem.decline', foreign.id, { reason: '不是本单位的职责' }],
      ['problem.verify', mine.id, verify], ['problem.close', mine.id, {}], ['problem.assign', foreign.id, { item: foreign.item, lead: 'water', helping: [] }],
    ]) doors.push([login, kind, await attempt(who[login], kind, subject, body)])
    who[login].forgive()
  }
  doors.push(['bumen', 'problem.verify', await attempt(who.bumen, 'problem.verify', mine.id, verify)])
  for (const [login, kind, a] of doors) {
    equal(a.answer, 'refused', `${login} ${kind}: ${JSON.stringify(a)}`)
    match(a.code, DOOR, `${login} ${kind}: ${JSON.stringify(a)}`)
    match(a.reason, /[\u4e00-\u9fff]/)
  }
  const now = [await view(who.xian, mine.id), await view(who.xian, foreign.id)]
  deepStrictEqual(now.map((p) => [p.state, p.rev, p.signatures.length]), before.map((p) => [p.state, p.rev, p.signatures.length]))
})

test('the office sends it back, it is mended again, verified and closed; it comes back and its signatures fall', async () => {
  await begin(who.xian, mine.id, '退回整改')
  await fill(who.xian, { 理由: '水压不够，二楼没有水' })
  await end(who.xian, '退回整改', '退回重改')
  await begin(who.bumen, mine.id, '整改签认')
  await fill(who.bumen, { 整改情况: '加装增压泵，二楼已通水' })
  await draw(who.bumen.page)
  await end(who.bumen, '确认签认', '待复核')
  equal((await view(who.xian, mine.id)).signatures.filter((s) => s.step === 'rectify' && !s.voided).length, 1, 'the first mending no longer stands')
  await begin(who.xian, mine.id, '复核通过')
  await fill(who.xian, { 意见: '到户看过，两层都有水' })
  await end(who.xian, '确认签认', '待销号')
  await begin(who.xian, mine.id, '销号')
  await end(who.xian, '销号', '已销号')
  await shoot(who.xian, 'loop-closed')
  const signed = await standing(who.xian, mine.id)
  for (const step of ['inspect', 'rectify', 'verify']) ok(signed.includes(step), `${step} is signed: ${signed}`)
  await begin(who.xian, mine.id, '反弹，重新打开')
  await fill(who.xian, { 理由: '冬季冻裂，又停水了' })
  await end(who.xian, '反弹，重新打开', '反弹')
  const left = await standing(who.xian, mine.id)
  ok(left.includes('inspect') && !left.includes('rectify') && !left.includes('verify'), `what stands after it came back: ${left}`)
  quiet(who.xian)
  quiet(who.bumen)
})

test('a department says that it is not its task; the office assigns another', async () => {
  await begin(who.bumen, foreign.id, '非本单位职责')
  await fill(who.bumen, { 理由: '按职责分工应由其他部门办理' })
  await dialog(who.bumen).getByRole('button', { name: '非本单位职责', exact: true }).click()
  await dialog(who.bumen).waitFor({ state: 'hidden' })
  const gone = await view(who.xian, foreign.id)
  equal(gone.state, 'declined')
  notEqual(gone.lead, 'water')
  const again = await attempt(who.xian, 'problem.assign', foreign.id, { item: foreign.item, lead: 'water', helping: [] })
  equal(again.answer, 'refused', JSON.stringify(again))
  match(again.reason, /非本单位职责/)
  await who.xian.go(`/problems/${foreign.id}`)
  await begin(who.xian, foreign.id, '指派')
  await shoot(who.xian, 'loop-reassign')
  await dialog(who.xian).getByText('指派 · ').click()
  await end(who.xian, '指派', '已受理')
  quiet(who.xian)
})

test('a township signs for its order out of its inbox, is given more days, mends; the supervisors send it back, then sign', async () => {
  const own = (await read(who.xiangzhen, '/problems?state=found&limit=200')).rows.find((p) => p.id !== mine.id && p.id !== foreign.id)
  ok(own, 'the township has a problem left')
  const { unit } = await read(who.xiangzhen, '/todos')
  await begin(who.xian, own.id, '受理')
  await end(who.xian, '受理', '已受理')
  await assign(who.xian, own.id, unit)
  await handOut(who.xian, [own])
  const { orderId } = await view(who.xian, own.id)

  const { page } = who.xiangzhen
  const waits = (p, name) => p.page.locator('section.card', { has: p.page.getByRole('heading', { name, exact: true }) })
  await who.xiangzhen.go('/todo')
  await shoot(who.xiangzhen, 'loop-inbox-township')
  ok(await waits(who.xiangzhen, '待签收').count(), 'the order waits in the inbox')
  await who.xiangzhen.go(`/orders/${orderId}`)
  await page.getByRole('button', { name: '签收', exact: true }).click()
  await page.locator('.el-message-box').getByRole('button', { name: '签收' }).click()
  await page.locator('.page-head .mark', { hasText: '已签收' }).waitFor()
  await begin(who.xiangzhen, own.id, '认领')
  await fill(who.xiangzhen, { 责任人: '孙科长', 整改措施: '组织施工队重新铺设' })
  await end(who.xiangzhen, '确认签认', '整改中')

  await begin(who.xiangzhen, own.id, '申请延期或暂停')
  const later = new Date(Date.parse((await view(who.xian, own.id)).dueOn) + 2 * 86_400_000).toISOString().slice(0, 10)
  await dialog(who.xiangzhen).getByLabel('到哪天').fill(later)
  await page.keyboard.press('Enter')
  await fill(who.xiangzhen, { 理由: '连日下雨，无法施工' })
  await end(who.xiangzhen, '申请延期或暂停', '整改中')
  await who.xian.go('/todo')
  await waits(who.xian, '延期、暂停申请').locator('li', { hasText: own.number }).getByRole('button', { name: '同意', exact: true }).click()
  await dialog(who.xian).waitFor()
  await end(who.xian, '同意申请', '整改中')
  const given = await view(who.xian, own.id)
  equal(given.dueOn, later)
  match(given.due.words, /还剩\d+个工作日/)

  await begin(who.xiangzhen, own.id, '整改签认')
  await fill(who.xiangzhen, { 整改情况: '已重新铺设，当面验收' })
  await draw(page)
  await end(who.xiangzhen, '确认签认', '待复核')
  await begin(who.dudao, own.id, '退回整改')
  await fill(who.dudao, { 理由: '现场还有一段没有铺' })
  await end(who.dudao, '退回整改', '退回重改')
  await begin(who.xiangzhen, own.id, '整改签认')
  await fill(who.xiangzhen, { 整改情况: '余下一段已铺完' })
  await draw(page)
  await end(who.xiangzhen, '确认签认', '待复核')
  await begin(who.dudao, own.id, '督查签认')
  await draw(who.dudao.page)
  await end(who.dudao, '确认签认', '待复核')
  await begin(who.xian, own.id, '复核通过')
  await end(who.xian, '确认签认', '待销号')
  const signed = await standing(who.xian, own.id)
  for (const step of ['inspect', 'rectify', 'supervise', 'verify']) ok(signed.includes(step), `${step} is signed: ${signed}`)
  for (const p of [who.xian, who.xiangzhen, who.dudao]) quiet(p)
})

test('two browsers and a double click: one acceptance, and the other is told whose it was', async () => {
  const found = (await read(who.xian, '/problems?state=found&limit=50')).rows[0]
  ok(found, 'a problem is left to accept')
  const second = await person(browser, server.origin)
  await second.go('/sign-in')
  await signIn(second, 'xian', password)
  await second.page.waitForURL((u) => !u.pathname.startsWith('/sign-in'))
  await begin(second, found.id, '受理')
  await begin(who.xian, found.id, '受理')
  const sent = who.xian.acts.length
  await dialog(who.xian).getByRole('button', { name: '受理', exact: true }).dblclick()
  await who.xian.page.locator('.page-head .mark', { hasText: '已受理' }).first().waitFor()
  equal(who.xian.acts.length, sent + 1, 'a double click sends once')
  await dialog(second).getByRole('button', { name: '受理', exact: true }).click()
  await second.page.getByText(/目前是“已受理”（王建设/).first().waitFor()
  equal((await view(who.xian, found.id)).story.filter((x) => x.kind === 'problem.accept').length, 1, 'it was accepted once')
  await second.context.close()
})
