// From the county's task list to the door: a township gives its villages to people, a village says whom it did not find, the office sees it.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'

const password = 'gonggu2022'
let server, browser
const who = {}
let town = '' // the clerk's township
let head = '' // of the household that was not found

before(async () => {
  server = await county(300, '--through', '2022-09-18') // its village has a door left
  browser = await launch()
  for (const login of ['xian', 'xiangzhen', 'cun', 'bumen']) {
    who[login] = await person(browser, server.origin)
    await who[login].go('/')
    await signIn(who[login], login, password)
    await who[login].page.waitForURL((u) => !u.pathname.includes('sign-in'))
    who[login].forgive()
  }
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const quiet = (p) => deepStrictEqual(p.complaints, [])
const ask = (p, path) => p.page.evaluate(async (u) => (await fetch(`/api/v1${u}`)).json(), path)
const dialog = (p) => p.page.locator('.el-dialog:visible')

// clause: 4.1-a
test('a department signs for its task and the office sees it', async () => {
  const { xian, bumen } = who
  await xian.go('/tasks')
  const row = xian.page.locator('tbody tr', { hasText: '县水利局' })
  match(await row.innerText(), /待签收/)
  await bumen.go('/tasks')
  await bumen.page.getByText('饮水安全').waitFor()
  await shoot(bumen, 'task-department')
  await bumen.page.getByRole('button', { name: '签收' }).click()
  await bumen.page.getByText('已签收').first().waitFor()
  equal(await bumen.page.getByRole('button', { name: '签收' }).count(), 0)
  await xian.go('/tasks')
  match(await row.innerText(), /进行中/)
  match(await row.innerText(), /陈水清/)
  await shoot(xian, 'task-list')
  quiet(bumen)
  quiet(xian)
})

test('a township shares its villages out evenly, looking before it changes anything', async () => {
  const { xiangzhen } = who
  const { page } = xiangzhen
  await xiangzhen.go('/tasks?tab=assign')
  const board = await ask(xiangzhen, '/tasks/board')
  town = board.area.code
  ok(board.unowned > 0, 'the demonstration leaves the township something to do')
  match(await page.locator('.note').first().innerText(), new RegExp(`${board.unowned}\\s*户无人负责`))
  await shoot(xiangzhen, 'task-assign')
  await page.getByRole('button', { name: /按户数均衡/ }).click()
  await dialog(xiangzhen).locator('tbody tr').first().waitFor()
  await shoot(xiangzhen, 'task-balance')
  equal((await ask(xiangzhen, '/tasks/board')).unowned, board.unowned, 'a proposal changes nothing')
  await dialog(xiangzhen).getByRole('button', { name: '采用这个分派' }).dblclick()
  await page.getByText(/已分派到 \d+ 人/).waitFor()
  await page.getByText('每一户都有人负责').waitFor()
  const after = await ask(xiangzhen, '/tasks/board')
  equal(after.unowned, 0)
  equal(after.areas.reduce((n, a) => n + a.shares.reduce((m, s) => m + s.n, 0), 0), after.areas.reduce((n, a) => n + a.households, 0))
  quiet(xiangzhen)
})

test('of two who assign the same village the second is told of the first', async () => {
  const { xian, xiangzhen } = who
  await xiangzhen.go('/tasks?tab=assign')
  await xian.go(`/tasks?tab=assign&area=${town}`)
  const name = await xiangzhen.page.locator('.board tbody tr').nth(1).locator('button').innerText()
  const give = async (p, to) => {
    await p.page.locator('.board tbody tr', { hasText: name }).locator('.el-checkbox').click()
    await p.page.locator('.people li').nth(to).getByRole('button', { name: '指派给他' }).click()
    await dialog(p).getByRole('button', { name: '指派', exact: true }).click()
  }
  await give(xiangzhen, 0)
  await xiangzhen.page.getByText(/户已由.+负责/).waitFor()
  await give(xian, 1)
  await dialog(xian).getByRole('alert').waitFor()
  match(await dialog(xian).getByRole('alert').innerText(), /已有变动（最近一次由 张翠兰 于 9月18日/)
  await shoot(xian, 'task-stale')
  await dialog(xian).getByRole('button', { name: '取消' }).click()
  quiet(xian)
  quiet(xiangzhen)
})

// clause: 1-a
test('a village says whom it did not find and when it comes back, and the office reads it', async () => {
  const { cun, xian } = who
  const before = await ask(xian, '/tasks/coverage')
  await cun.go('/tasks')
  const row = cun.page.locator('section', { hasText: '还没有到的户' }).locator('tbody tr').first()
  head = await row.getByRole('link').first().innerText()
  await shoot(cun, 'task-mine')
  await row.getByRole('button', { name: '登记未入户' }).click()
  const send = dialog(cun).getByRole('button', { name: '登记', exact: true })
  ok(await send.isDisabled(), 'a reason is asked for')
  await dialog(cun).getByText('外出', { exact: true }).click()
  ok(await send.isDisabled(), 'the day of coming back is asked for')
  await dialog(cun).getByLabel('选择日期').fill('2022-09-20')
  await cun.page.keyboard.press('Enter')
  await dialog(cun).getByLabel('情况说明').fill('在县城做工，周二回来')
  await shoot(cun, 'task-miss')
  await send.dblclick()
  await cun.page.getByText('约好再去的户').first().waitFor()
  match(await cun.page.locator('section', { hasText: '约好再去的户' }).locator('tbody tr').first().innerText(), /外出[\s\S]*9月20日/)
  equal(cun.acts.filter((x) => x.acts[0].act.kind === 'inspection.miss').length, 1, 'a double click is one act')
  await shoot(cun, 'task-again')

  const now = await ask(xian, '/tasks/coverage')
  equal(now.area.reasons.away ?? 0, (before.area.reasons.away ?? 0) + 1)
  for (const r of [now.area, ...now.rows]) equal(r.households, r.inspected + r.missed + r.left, r.name)
  for (const key of ['households', 'inspected', 'missed', 'left', 'unowned']) equal(now.rows.reduce((n, r) => n + r[key], 0), now.area[key], key)
  await xian.go('/tasks?tab=coverage')
  await shoot(xian, 'task-coverage')
  await xian.page.locator('tbody tr').first().locator('td[data-label="外出"] a').click()
  await xian.page.waitForURL(/missed=away/)
  await xian.page.getByRole('link', { name: head }).click()
  await xian.page.getByText(/约定 9月20日 再次入户/).first().waitFor()
  ok(await xian.page.locator('section', { hasText: '负责人' }).getByText('刘大山').count() > 0, 'the page says who answers for it')
  await xian.page.waitForLoadState('networkidle')
  await shoot(xian, 'task-household')
  quiet(cun)
  quiet(xian)
})

test('what was shown is what is exported', async () => {
  const { xian } = who
  for (const what of ['tasks', 'coverage']) {
    const got = await xian.page.evaluate(async (u) => { const r = await fetch(u); return [r.status, (await r.arrayBuffer()).byteLength] }, `/api/v1/exports/${what}.xlsx`)
    equal(got[0], 200)
    ok(got[1] > 2000, `${what}: ${got[1]} bytes`)
  }
  const run = server.run('verify')
  equal(run.status, 0, run.stdout + run.stderr)
})
