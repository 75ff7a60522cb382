// Who may come in and who may do what, in a browser: the lock-out, the revocation of a session from another browser, and the three
// officers, none of whom can do another's work.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'
import { workbook } from '../stage/workbook.mjs'

const password = 'gonggu2022'
const chosen = 'maitian-2022-hegu'
let server, browser
const opened = []

before(async () => {
  server = await county(60)
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** A browser of its own, signed in unless the password is wrong. */
async function come(login, secret = password) {
  const who = await person(browser, server.origin)
  opened.push(who)
  await who.go('/sign-in')
  await signIn(who, login, secret)
  return who
}
const arrived = (who) => who.page.waitForURL((u) => !u.pathname.startsWith('/sign-in'))
const quiet = (who) => deepStrictEqual(who.complaints, [])
const alertOf = async (who) => { await who.page.getByRole('alert').waitFor(); return who.page.getByRole('alert').innerText() }

test('five wrong passwords lock; the right one does not help; the system officer unlocks', async () => {
  const guesser = await come('dudao', 'guess-1')
  match(await alertOf(guesser), /账号或密码不对/)
  for (let i = 2; i <= 5; i += 1) {
    await guesser.page.getByLabel('密码', { exact: true }).fill(`guess-${i}`)
    const answered = guesser.page.waitForResponse((r) => r.url().endsWith('/api/v1/session') && r.request().method() === 'POST')
    await guesser.page.getByRole('button', { name: '登录', exact: true }).click()
    equal((await answered).status(), 401)
  }
  await guesser.page.getByText(/已锁定/).waitFor()
  await signIn(guesser, 'dudao', password)
  await guesser.page.getByText(/已锁定/).waitFor()
  equal(await guesser.page.getByLabel('账号', { exact: true }).inputValue(), 'dudao')
  await shoot(guesser, 'people-locked')
  guesser.forgive() // the browser notes each 401

  const officer = await come('xitong')
  await arrived(officer)
  await officer.go('/accounts?state=locked')
  const row = officer.page.getByRole('row', { name: /dudao/ })
  match(await row.innerText(), /已锁定/)
  await row.getByRole('button', { name: '解锁' }).click()
  await officer.page.getByText('没有符合条件的账号').waitFor()
  await signIn(guesser, 'dudao', password)
  await arrived(guesser)
  quiet(officer)
})

test('a session is ended from another browser, and the first one hears it at its next step', async () => {
  const first = await come('cun')
  await arrived(first)
  const second = await come('cun')
  await arrived(second)
  await second.go('/account')
  equal(await second.page.locator('tbody tr').count(), 2)
  await shoot(second, 'people-my-account')
  await second.page.getByRole('button', { name: '退出其他 1 处' }).click()
  await second.page.getByText('其他地方都已退出').waitFor()
  equal(await second.page.locator('tbody tr').count(), 1)
  quiet(second)

  await first.page.getByRole('link', { name: '疑点', exact: true }).click()
  await first.page.waitForURL(/sign-in/)
  await signIn(first, 'cun', password)
  await first.page.waitForURL(/doubts/) // back to where he was going
})

test('the three officers cannot do one another’s work; together they let somebody in', async () => {
  const system = await come('xitong')
  const security = await come('anquan')
  const auditor = await come('shenji')
  for (const who of [system, security, auditor]) {
    await arrived(who)
    equal(await who.page.getByRole('link', { name: '户', exact: true }).count(), 0) // no business
    await who.go('/people')
    await who.page.getByRole('row', { name: /王建设/ }).waitFor()
  }
  equal(await system.page.getByRole('button', { name: '任命岗位' }).count(), 0)
  equal(await auditor.page.getByRole('button', { name: /任命岗位|交接|结束|重置密码/ }).count(), 0)
  for (const who of [security, auditor]) {
    await who.go('/accounts')
    await who.page.getByRole('row', { name: /xiangzhen/ }).waitFor()
    equal(await who.page.getByRole('button', { name: /新开账号|停用|批量/ }).count(), 0)
  }
  // What the page does not offer, the server refuses.
  const sent = (who, path, body) => who.page.evaluate(async ([p, b]) => (await fetch(`/api/v1${p}`, { method: 'POST', headers: { 'X-Gonggu': '1', 'Content-Type': 'application/json' }, body: JSON.stringify(b) })).status, [path, body])
  equal(await sent(security, '/accounts', { name: '某', login: 'mou', phone: '' }), 403)
  equal(await sent(auditor, '/account-rules', { officerCode: true }), 403)
  equal(await sent(system, '/account-rules', { officerCode: true }), 403)
  for (const who of [security, auditor, system]) who.forgive()

  // The system officer makes the account out of a workbook, with one line that is wrong.
  await system.go('/accounts/list')
  const file = workbook([
    ['姓名', '登录名', '手机号', '单位', '职务', '职责', '负责区划'],
    ['钱新来', '', '19900000031', '县水利局', '联络员', '县直部门', '全县'],
    ['赵重号', '', '19900000031', '县水利局', '副局长', '县直部门', '全县'],
    ['孙兼任', 'jianren', '', '县巩固办', '审计员', '审计员、县巩固办', '全县'],
  ])
  await system.page.getByLabel('选择人员名单').setInputFiles({ name: '新人.xlsx', mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: file })
  await system.page.getByText('所在的行不办理').waitFor()
  match(await system.page.getByRole('row', { name: /与第 2 行/ }).innerText(), /钱新来/)
  match(await system.page.getByRole('row', { name: /三员分立/ }).innerText(), /职责/)
  await shoot(system, 'people-list-preview')
  await system.page.getByRole('button', { name: '开设 1 个账号，申请 1 个岗位' }).click()
  await system.page.getByRole('button', { name: /下载一次性密码/ }).click()
  const download = system.page.waitForEvent('download')
  await system.page.getByRole('button', { name: '下载', exact: true }).click()
  match((await download).suggestedFilename(), /一次性密码/)
  await system.page.getByText('密码表已下载，服务器不留底').waitFor()
  equal(await system.page.getByRole('button', { name: /下载一次性密码/ }).count(), 0)
  quiet(system)

  // The security officer grants the post, and gives him another one-time password.
  await security.go('/people')
  await security.page.getByText('待确认的岗位 1 个').waitFor()
  await security.page.getByRole('button', { name: '逐个看' }).click()
  await shoot(security, 'people-wishes')
  await security.page.getByRole('button', { name: '全部任命' }).click()
  const line = security.page.getByRole('row', { name: /钱新来/ })
  await line.getByRole('button', { name: '重置密码' }).click()
  await security.page.getByRole('button', { name: '重置', exact: true }).click()
  const once = (await security.page.locator('[data-once]').innerText()).trim()
  match(once, /^[a-z0-9-]{14}$/)
  await shoot(security, 'people-once')
  await security.page.getByRole('button', { name: '已告诉本人' }).click()

  // He comes, must change it, and then works.
  const fresh = await come('19900000031', once)
  await fresh.page.getByRole('heading', { name: '先改成自己的密码' }).waitFor()
  await fresh.page.getByLabel('一次性密码').fill(once)
  await fresh.page.getByLabel('新密码', { exact: true }).fill('password12')
  await fresh.page.getByLabel('再输一次新密码').fill('password12')
  await fresh.page.getByRole('button', { name: '修改密码' }).click()
  match(await alertOf(fresh), /太常见/)
  await shoot(fresh, 'people-must-change')
  fresh.forgive() // the refusal above
  await fresh.page.getByLabel('新密码', { exact: true }).fill(chosen)
  await fresh.page.getByLabel('再输一次新密码').fill(chosen)
  await fresh.page.getByRole('button', { name: '修改密码' }).click()
  await fresh.page.waitForURL(/overview/)
  ok(await fresh.page.getByRole('link', { name: '问题台账' }).isVisible())

  // He leaves: his post is handed over while he works, and he hears what became of it.
  await security.go('/people')
  await security.page.getByRole('row', { name: /钱新来/ }).getByRole('button', { name: '交接' }).click()
  const dialog = security.page.getByRole('dialog')
  await dialog.getByLabel('查找人员').fill('陈水清')
  await dialog.getByRole('button', { name: /^陈水清/ }).click()
  await dialog.getByLabel('原因').fill('调离')
  await shoot(security, 'people-hand-over')
  await dialog.getByRole('button', { name: '交接', exact: true }).click()
  const next = security.page.getByRole('row', { name: /接 钱新来/ })
  await next.waitFor()
  await next.getByRole('button', { name: '历任' }).click()
  await security.page.getByRole('dialog').getByText('交接给 陈水清').waitFor()
  await shoot(security, 'people-history')
  quiet(security)
  await fresh.go('/')
  await fresh.page.getByRole('heading', { name: '目前没有岗位' }).waitFor()
  await shoot(fresh, 'people-no-post')
})

test('the second step: scan, confirm, keep the recovery codes, use one at the next sign-in', async () => {
  const who = await come('shenji')
  await arrived(who)
  await who.go('/account')
  await who.page.getByLabel('请先输入密码').fill(password)
  await who.page.getByRole('button', { name: '启用动态码' }).click()
  const secret = (await who.page.locator('.key').innerText()).trim()
  await shoot(who, 'people-code')
  await who.page.getByLabel(/6 位动态码/).fill(await code(secret))
  await who.page.getByRole('button', { name: '启用', exact: true }).click()
  await who.page.getByText('动态码已启用').waitFor()
  const recovery = await who.page.locator('.codes li').allInnerTexts()
  equal(recovery.length, 8)
  await shoot(who, 'people-recovery')
  await who.page.getByRole('button', { name: '已经抄好' }).click()
  const again = await come('shenji')
  await again.page.getByLabel('动态码', { exact: true }).waitFor()
  await shoot(again, 'people-code-step')
  await again.page.getByLabel('动态码', { exact: true }).fill(recovery[0])
  await again.page.getByRole('button', { name: '完成登录' }).click()
  await arrived(again)
  quiet(again)
})

/** The six digits of RFC 6238 for now. */
async function code(secret) {
  const { createHmac } = await import('node:crypto')
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
