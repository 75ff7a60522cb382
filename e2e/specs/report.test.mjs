// The daily report as people add to it and send it on, and the desk around it: what is late, proofs, the repair list, help.
// On the real binary with a demonstration of 300 households; the steps follow one another.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'

const password = 'gonggu2022'
const sentence = '因降雨，两个村明日补查'
let server, browser
const who = {}
let today = '', frozen = ''

const quiet = (p) => deepStrictEqual(p.complaints, [])
const json = (p, path) => p.page.evaluate(async (u) => (await fetch(`/api/v1${u}`)).json(), path)

before(async () => {
  server = await county(300)
  browser = await launch()
  for (const login of ['xian', 'lingdao', 'xiangzhen', 'bumen']) {
    who[login] = await person(browser, server.origin)
    await who[login].go('/')
    await signIn(who[login], login, password)
    await who[login].page.waitForURL(/overview/)
    who[login].forgive()
  }
  const { days } = await json(who.xian, '/reports/daily')
  today = days.find((d) => d.state === 'open').day
  frozen = days.filter((d) => d.state === 'frozen').at(-1).day
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('the first two minutes are shown once, and help brings them back', async () => {
  const { page } = who.xiangzhen
  const card = page.getByRole('region', { name: '两分钟入门' })
  await card.waitFor()
  await card.getByRole('button', { name: '知道了' }).click()
  equal(await card.count(), 0)
  await who.xiangzhen.go('/overview')
  equal(await card.count(), 0)
  await page.getByRole('button', { name: '帮助' }).click()
  await page.getByText('常做的三件事').waitFor()
  ok(await page.getByText('县巩固办，电话').isVisible())
  await shoot(who.xiangzhen, 'help')
  await page.getByRole('button', { name: '再看一遍入门' }).click()
  await card.waitFor()
  await card.getByRole('button', { name: '知道了' }).click()
  quiet(who.xiangzhen)
})

// clause: 4.1-b
test('a township adds one sentence to the open report, and the county reads it there', async () => {
  const { page } = who.xiangzhen
  await who.xiangzhen.go(`/reports/${today}`)
  const box = page.getByLabel('一句话说明')
  await box.fill('电话 138 0000 0000')
  await page.getByRole('button', { name: '提交', exact: true }).click()
  match(await page.getByRole('alert').innerText(), /长号码/)
  equal(await box.inputValue(), '电话 138 0000 0000')
  await box.fill(sentence)
  await page.getByRole('button', { name: '提交', exact: true }).click()
  await page.locator('.remarks', { hasText: sentence }).waitFor()
  await shoot(who.xiangzhen, 'remark')
  await who.xian.go(`/reports/${today}`)
  await who.xian.page.locator('.remarks', { hasText: sentence }).waitFor()
  equal(await page.getByRole('button', { name: '同意' }).count(), 0)
  quiet(who.xiangzhen)
})

test('a leader sends a frozen report back, then approves it, and its bytes stay', async () => {
  const { page } = who.lingdao
  const digest = async () => (await json(who.lingdao, `/reports/daily/${frozen}/standing`)).digest
  const was = await digest()
  await who.lingdao.go(`/reports/${frozen}`)
  await page.getByRole('button', { name: '退回' }).click()
  match(await page.getByRole('alert').innerText(), /写明要怎么改/)
  await page.getByLabel('审签意见').fill('请说明没有上报的原因')
  await page.getByRole('button', { name: '退回' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '退回' }).click()
  await page.locator('.reviews', { hasText: '请说明没有上报的原因' }).waitFor()
  await page.getByRole('button', { name: '同意' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '同意' }).click()
  await page.locator('.signed', { hasText: '审签同意' }).waitFor()
  equal(await page.getByLabel('审签意见').count(), 0)
  equal(await digest(), was)
  await shoot(who.lingdao, 'review')
  await who.xian.go('/reports')
  await who.xian.page.locator('tr', { hasText: '同意' }).first().waitFor()
  quiet(who.lingdao)
})

/** The parts of a zip whose sizes stand in its directory. */
function unzip(b) {
  const out = {}
  for (let at = b.readUInt32LE(b.length - 6); b.readUInt32LE(at) === 0x02014b50;) {
    const [packed, name, extra, comment, from] = [b.readUInt32LE(at + 20), b.readUInt16LE(at + 28), b.readUInt16LE(at + 30), b.readUInt16LE(at + 32), b.readUInt32LE(at + 42)]
    const start = from + 30 + b.readUInt16LE(from + 26) + b.readUInt16LE(from + 28)
    const raw = b.subarray(start, start + packed)
    out[b.toString('utf8', at + 46, at + 46 + name)] = (b.readUInt16LE(at + 10) ? inflateRawSync(raw) : raw).toString('utf8')
    at += 46 + name + extra + comment
  }
  return out
}

test('the report leaves as Word, as a text and as a picture, with the numbers of the frozen one', async () => {
  const { page } = who.xian
  const report = await json(who.xian, `/reports/daily/${frozen}`)
  await who.xian.go(`/reports/${frozen}`)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '导出 Word' }).click()])
  match(file.suggestedFilename(), /\.docx$/)
  const text = unzip(readFileSync(await file.path()))['word/document.xml'].replace(/<\/w:p>/g, '\n').replace(/<[^>]+>/g, '')
  ok(text.includes(report.foot.root) && text.includes('审签同意') && text.includes(report.summary[0]))
  ok(text.includes(`合计\n${report.total.households}\n${report.total.inspected}\n`), text.slice(0, 900))
  await page.getByRole('button', { name: '发到工作群' }).click()
  const paste = await page.getByLabel('发到群里的文字').inputValue()
  const n = (x) => x.toLocaleString('en-US')
  ok(paste.includes(`应排查 ${n(report.total.households)} 户，已排查 ${n(report.total.inspected)} 户`), paste)
  ok(paste.includes(report.foot.short))
  const image = page.locator('.frame img')
  await image.waitFor()
  const size = await image.evaluate((i) => [i.naturalWidth, i.naturalHeight])
  ok(size[0] === 1500 && size[1] > 1200, String(size))
  await shoot(who.xian, 'share')
  const [png] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '保存图片' }).click()])
  equal(readFileSync(await png.path()).subarray(1, 4).toString(), 'PNG')
  await page.keyboard.press('Escape')
  quiet(who.xian)
})

test('a department’s numbers are the rows of its ledger', async () => {
  const led = await json(who.bumen, '/overview/led')
  const rows = async (query) => (await json(who.bumen, `/problems?limit=200&${query}`)).rows.length
  equal(led.total.found, await rows(`unit=${led.unit}`))
  equal(led.total.standing, await rows(`unit=${led.unit}&state=open`))
  equal(led.helped.standing, await rows(`helps=${led.unit}&state=open`))
  for (const i of led.items) equal(i.found, await rows(`unit=${led.unit}&item=${i.code}`), i.name)
  for (const a of led.areas) equal(a.standing, await rows(`unit=${led.unit}&area=${a.code}&state=open`), a.name)
  equal(led.units.length, 0)
  await who.bumen.go('/overview')
  await who.bumen.page.getByRole('heading', { name: /牵头的问题/ }).waitFor()
  await shoot(who.bumen, 'department')
  quiet(who.bumen)
})

test('every number of the heat map is a link to its rows, by keyboard too', async () => {
  const { page } = who.xian
  await who.xian.go('/overview')
  const cell = page.locator('.heat td:not(.sum) a').first()
  const n = Number(await cell.innerText())
  await cell.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/problems\?.*item=/)
  const numbers = page.locator('td[data-label="编号"]')
  await numbers.first().waitFor()
  equal(await numbers.count(), n)
  quiet(who.xian)
})

test('a step on a household comes with a proof that the printed root covers', async () => {
  const { page } = who.xian
  const { rows } = await json(who.xian, '/households?state=problem&limit=1')
  await who.xian.go(`/households/${rows[0].id}`)
  await page.getByRole('button', { name: /^证明：/ }).last().click()
  await page.getByText('怎样核对').waitFor()
  await shoot(who.xian, 'proof')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载证明文件' }).click()])
  const text = readFileSync(await file.path(), 'utf8')
  const proof = JSON.parse(text)
  const record = text.slice(text.indexOf('"record":') + 9, text.lastIndexOf(',"size":'))
  const root = Buffer.from(proof.head.split('\n')[2], 'base64').toString('hex')
  // RFC 6962: the leaf is the hash of 0x00 and the record; the path folds it into the root.
  const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
  let at = hash(Buffer.from([0]), Buffer.from(record))
  equal(at.toString('hex'), proof.leaf)
  const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k }
  const fold = (lo, hi, path) => {
    if (hi - lo === 1) return at
    const mid = lo + split(hi - lo)
    const other = Buffer.from(path.at(-1), 'hex')
    return proof.index < mid ? hash(Buffer.from([1]), fold(lo, mid, path.slice(0, -1)), other) : hash(Buffer.from([1]), other, fold(mid, hi, path.slice(0, -1)))
  }
  at = fold(0, proof.size, proof.path)
  equal(at.toString('hex'), root)
  const { printedOn } = await json(who.xian, `/households/${rows[0].id}/proofs/${proof.index}`)
  if (printedOn) equal((await json(who.xian, `/reports/daily/${printedOn}`)).foot.root, root)
  await page.keyboard.press('Escape')
  quiet(who.xian)
})

test('what was refused shows what was sent, and its author sends it again', async () => {
  const { page } = who.xiangzhen
  await who.xiangzhen.go('/repairs?state=open')
  await page.locator('tbody tr', { hasText: '日报说明' }).first().click()
  await page.getByText('当时送了什么').waitFor()
  equal(await page.getByLabel('改正后的内容').inputValue(), '电话 138 0000 0000')
  await shoot(who.xiangzhen, 'refused')
  await page.getByLabel('改正后的内容').fill(`${sentence}，已安排`)
  await page.getByRole('button', { name: '重新提交' }).click()
  await page.getByText('没有符合条件的记录').waitFor()
  const { remarks } = await json(who.xiangzhen, `/reports/daily/${today}`)
  deepStrictEqual(remarks.map((r) => r.say), [`${sentence}，已安排`])
  quiet(who.xiangzhen)
})

test('every table of the desk is a workbook too, and what the program does by itself is listed', async () => {
  for (const what of ['households', 'problems', 'doubts', 'overview', 'reports', 'imports', 'refused', 'jobs']) {
    const [status, head] = await who.xian.page.evaluate(async (w) => {
      const got = await fetch(`/api/v1/exports/${w}.xlsx`)
      return [got.status, [...new Uint8Array(await got.arrayBuffer()).slice(0, 2)]]
    }, what)
    deepStrictEqual([what, status, ...head], [what, 200, 0x50, 0x4b])
  }
  await who.xian.go('/jobs')
  await who.xian.page.locator('tr', { hasText: '日报截止与定稿' }).first().waitFor()
  await shoot(who.xian, 'jobs')
  quiet(who.xian)
})

test('verify finds nothing after all of it', async () => {
  await server.kill()
  const done = server.run('verify')
  equal(done.status, 0, done.stdout + done.stderr)
})
