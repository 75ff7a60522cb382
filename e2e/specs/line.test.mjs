// The whole product in a browser, from the sign-in to the daily report, on the real binary with a demonstration of 300 households.
// The steps follow one another, each in the session of the person who takes it.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { answerAll, draw, launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'
import { workbook } from '../stage/workbook.mjs'

const password = 'gonggu2022'
const finding = '院内自来水三天没有水，吃水要到邻居家挑'
let server, browser, clerk, office
let mine = '' // the clerk's township
let number = '' // of the problem that the sheet makes

before(async () => {
  server = await county(300)
  browser = await launch()
  clerk = await person(browser, server.origin)
  office = await person(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const quiet = (who) => deepStrictEqual(who.complaints, [])
const digits = (text) => Number(text.replace(/[^\d]/g, ''))

test('a wrong password is said, what was typed stays, the right one leads to the overview', async () => {
  const { page } = office
  await office.go('/')
  await page.waitForURL(/sign-in/)
  await shoot(office, 'sign-in')
  await signIn(office, 'xian', 'wrong-password')
  match(await page.getByRole('alert').innerText(), /密码/)
  equal(await page.getByLabel('账号', { exact: true }).inputValue(), 'xian')
  ok(office.forgive().every((c) => c.includes('401')), 'only the refusals of the sign-in are complained of')
  await signIn(office, 'xian', password)
  await page.waitForURL(/overview/)
})

// clause: 4.1-b
test('the overview shows what the demonstration made', async () => {
  const { page } = office
  await page.getByRole('heading', { name: /总览/ }).waitFor()
  const figure = page.locator('.figure', { hasText: '已排查 / 应排查' })
  const [inspected, all] = (await figure.locator('.value').innerText()).split('/').map(digits)
  equal(all, server.state.households)
  ok(inspected > 0 && inspected <= server.state.sheets, `${inspected} of ${server.state.sheets} sheets`)
  equal(digits(await page.locator('.figure', { hasText: '现有问题' }).locator('.value').innerText()), server.state.problems - server.state.voided)
  await page.waitForLoadState('networkidle')
  await shoot(office, 'overview')
  await figure.click()
  await page.waitForURL(/households\?.*state=inspected/)
  await page.locator('tbody tr').first().waitFor()
  await shoot(office, 'households')
  quiet(office)
})

test('a township clerk sees his township and nothing else', async () => {
  const { page } = clerk
  await clerk.go('/')
  await signIn(clerk, 'xiangzhen', password)
  await page.waitForURL(/overview/)
  clerk.forgive()
  mine = server.state.accounts.find((a) => a.login === 'xiangzhen').where
  await clerk.go('/households')
  await page.locator('tbody tr').first().waitFor()
  const short = mine.replace(/(街道|回族镇|镇|乡)$/, '')
  for (const where of await page.locator('td[data-label="住址"]').allInnerTexts()) ok(where.includes(short), `${where} is not in ${mine}`)
  equal(await page.getByRole('treeitem').first().innerText().then((t) => t.includes(short)), true)
  for (const other of server.state.accounts.filter((a) => a.login !== 'xiangzhen' && /[镇乡]$|街道$/.test(a.where) && a.where !== mine)) {
    equal(await page.getByRole('tree').getByText(other.where).count(), 0)
  }
  equal(await page.getByRole('link', { name: '导入' }).count(), 1)
  const foreign = await office.page.evaluate(async (short) => {
    const got = await (await fetch('/api/v1/households?limit=200')).json()
    return got.rows.find((r) => !r.township.includes(short)).id
  }, short)
  await page.goto(`${server.origin}/households/${foreign}`)
  await page.getByText('没有取到数据').waitFor()
  ok(clerk.forgive().every((c) => c.includes('404')))
})

// clause: 5.2-a
test('a household is opened, its sheet filled in, signed and sent once', async () => {
  const { page } = clerk
  await clerk.go('/households?state=none')
  await page.locator('tbody tr a', { hasText: /./ }).first().click()
  await page.getByRole('heading', { name: / 户$/ }).waitFor()
  await page.waitForLoadState('networkidle')
  await shoot(clerk, 'household')
  await page.getByRole('button', { name: '填排查表' }).click()
  const send = page.getByRole('button', { name: '提交', exact: true })
  await send.waitFor()
  ok(await send.isDisabled(), 'an unsigned sheet cannot be sent')
  await page.locator('.same').getByRole('button').click() // 情况无变化, in the pack's words
  await answerAll(page)
  await page.getByRole('button', { name: '添加', exact: true }).click()
  await page.getByRole('combobox', { name: '第1个问题的任务项' }).click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '饮水' }).first().click()
  await page.getByRole('textbox', { name: '第1个问题的情况' }).fill(finding)
  await answerAll(page)
  await draw(page)
  await page.waitForTimeout(300)
  await page.evaluate(() => { document.querySelector('#main')?.scrollTo(0, 0); window.scrollTo(0, 0) })
  await shoot(clerk, 'sheet')
  await send.dblclick()
  await page.getByText('排查表已收下').waitFor()
  await page.waitForTimeout(500)
  equal(clerk.acts.length, 1, 'a double click is one act')
  const { act } = clerk.acts[0].acts[0]
  equal(act.kind, 'inspection.sheet')
  equal(act.body.signature.of, act.seen)
  const made = page.locator('.end-card li', { hasText: finding })
  equal(await made.count(), 1)
  number = await made.getByRole('link').innerText()
  await shoot(clerk, 'receipt')
  quiet(clerk)
})

test('what was sent is sent again by a phone that did not hear the answer: nothing doubles', async () => {
  const again = await clerk.page.evaluate(async (body) => {
    const r = await fetch('/api/v1/acts', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Gonggu': '1' }, body: JSON.stringify(body) })
    return r.json()
  }, clerk.acts[0])
  equal(again.answers[0].answer, 'known')
  const ledger = await clerk.page.evaluate(async (q) => (await fetch(`/api/v1/problems?q=${encodeURIComponent(q)}`)).json(), number)
  equal(ledger.rows.length, 1)
})

test('the office finds the problem in the ledger and accepts it, with its signature beside it', async () => {
  const { page } = office
  await office.go('/problems')
  const row = page.locator('tbody tr', { hasText: number })
  await row.waitFor()
  match(await row.innerText(), new RegExp(finding))
  await shoot(office, 'ledger')
  await row.getByRole('link', { name: number }).click()
  const can = page.getByRole('region', { name: '我可以做的' })
  await can.getByRole('button', { name: '受理', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '受理', exact: true }).click()
  await page.locator('.page-head .mark', { hasText: '已受理' }).waitFor()
  equal(await can.getByRole('button', { name: '受理', exact: true }).count(), 0, 'it cannot be accepted twice')
  match(await page.locator('.signs').innerText(), new RegExp(server.state.accounts.find((a) => a.login === 'xiangzhen').name))
  await page.locator('.el-message').first().waitFor({ state: 'hidden' })
  await shoot(office, 'problem')
  quiet(office)
})

// clause: 4.1-b, 4.1-c, 5.3
test('the daily report made itself: a frozen one with its root, the running one with the new problem', async () => {
  const { page } = office
  await office.go('/reports')
  await page.getByRole('heading', { name: '日报' }).waitFor()
  await office.go(`/reports/${server.state.reports.at(-1)}`)
  await page.locator('article').waitFor()
  match(await page.locator('article footer').innerText(), /日志根\s+[0-9a-f]{16}/)
  await page.waitForLoadState('networkidle')
  await shoot(office, 'report')
  await office.go(`/reports/${server.state.day}`)
  await page.locator('article').waitFor()
  ok((await page.locator('article').innerText()).includes(finding), 'the running report lists the new problem')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出 Excel' }).or(page.getByRole('link', { name: '导出 Excel' })).first().click()])
  const bytes = readFileSync(await file.path())
  equal(bytes.subarray(0, 2).toString(), 'PK')
  quiet(office)
})

test('a roster is uploaded, shown, confirmed, and survives a power cut while it is entered', async () => {
  const { page } = office
  const example = await page.evaluate(async () => {
    const { areas } = await (await fetch('/api/v1/areas')).json()
    const village = areas.find((a) => a.level === 'village' && a.households > 0)
    return [areas.find((a) => a.code === village.parent).name, village.name]
  })
  const heading = ['乡镇', '行政村', '户编号', '户主姓名', '姓名', '与户主关系', '性别', '备忘']
  const file = workbook([heading,
    [...example, '990000000101', '林新', '林新', '户主', '男', '村里记的'],
    [...example, '990000000101', '林新', '林小', '之子', '男', ''],
    [example[0], '没有这个村', '990000000102', '林错', '林错', '户主', '女', '']])
  await office.go('/imports')
  await page.getByLabel('选择导入文件').setInputFiles({ name: '新增户花名册.xlsx', mimeType: 'application/octet-stream', buffer: file })
  await page.getByRole('button', { name: /上传并预览/ }).click()
  await page.getByText('这是预览，还没有写入任何数据').waitFor()
  const figures = page.locator('.figures')
  match((await figures.innerText()).replace(/\s+/g, ''), /总行数3户1人2新增1/)
  await page.getByText('退回与存疑').click()
  await page.getByText('没有这个村').first().waitFor()
  await shoot(office, 'import')
  await page.getByRole('button', { name: '确认导入', exact: true }).click()
  const [answer] = await Promise.all([page.waitForResponse((r) => r.url().endsWith('/confirm')), page.locator('.el-message-box').getByRole('button', { name: '确认导入' }).click()])
  equal(answer.status(), 200)
  await server.kill()
  await server.start()
  await page.reload()
  await page.locator('.page-head .mark', { hasText: '已完成' }).waitFor()
  office.forgive() // the moments without a server
  await office.go('/households?q=' + encodeURIComponent('林新'))
  await page.locator('tbody tr').first().waitFor()
  equal(await page.locator('tbody tr').count(), 1)
})

test('what is no workbook is refused with what to do', async () => {
  const { page } = office
  await office.go('/imports')
  await page.getByLabel('选择导入文件').setInputFiles({ name: '照片.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0, 255]) })
  await page.getByRole('button', { name: /上传并预览/ }).click()
  match(await page.locator('.note.bad').first().innerText(), /请选择 \.xlsx 文件/)
  quiet(office)
})

test('the pack is there to be read, each requirement with what serves it', async () => {
  const { page } = office
  await office.go('/pack')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await shoot(office, 'pack')
  await page.getByText('通知要求').click()
  await page.getByText('2.1-c3').first().waitFor()
  quiet(office)
})

test('a department and an auditor see what is theirs', async () => {
  for (const [login, rooms] of [['bumen', ['总览', '待办', '任务', '问题台账', '督办', '日报', '方案']], ['shenji', ['方案', '人员岗位', '账号', '日志', '保存期限']], ['dudao', ['总览', '待办', '任务', '户', '疑点', '问题台账', '督办', '日报', '方案']]]) {
    const who = await person(browser, server.origin)
    await who.go('/')
    await signIn(who, login, password)
    await who.page.getByRole('navigation', { name: '主导航' }).waitFor()
    deepStrictEqual((await who.page.getByRole('navigation', { name: '主导航' }).getByRole('link').allInnerTexts()).map((t) => t.trim()), rooms, login)
    await who.context.close()
  }
})

test('after all this everything adds up', async () => {
  await browser.close()
  const got = server.run('verify')
  equal(got.status, 0, got.stdout + got.stderr)
  match(got.stdout, /核对无误/)
})
