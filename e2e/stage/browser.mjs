// A person at the system's Chromium: signs in, draws his name, and notices what a page complains of.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { root } from './server.mjs'

const shots = process.env.SHOTS ?? join(root, '.cache', 'shots')
mkdirSync(shots, { recursive: true })

export const wide = { width: 1440, height: 900 }
export const narrow = { width: 390, height: 844 }

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

/** Opens a page of its own session. complaints are errors in the console and in scripts; expected ones are taken out with forgive(). */
export async function person(browser, origin) {
  const context = await browser.newContext({ viewport: wide, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints = []
  const acts = []
  page.on('pageerror', (e) => complaints.push(`error: ${e.message}`))
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') complaints.push(`${m.type()}: ${m.text()}`) })
  page.on('request', (r) => { if (r.method() === 'POST' && r.url().endsWith('/api/v1/acts')) acts.push(JSON.parse(r.postData() ?? '{}')) })
  const go = async (path) => { await page.goto(origin + path); await page.waitForLoadState('networkidle') }
  return { page, context, complaints, acts, go, forgive: () => complaints.splice(0) }
}

export async function signIn(who, login, password) {
  const { page } = who
  await page.getByLabel('账号', { exact: true }).fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

/** A picture at a desk and on a phone. */
export async function shoot(who, name) {
  const { page } = who
  for (const [size, view] of [['wide', wide], ['narrow', narrow]]) {
    await page.setViewportSize(view)
    await page.waitForTimeout(350) // charts redraw and transitions end
    await page.screenshot({ path: join(shots, `${name}-${size}.png`) })
  }
  await page.setViewportSize(wide)
}

export async function draw(page) {
  const canvas = page.locator('canvas[aria-label^="签名区"]')
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box || !(await canvas.evaluate((c) => c.width))) throw new Error('no place to sign, or ink would not be seen')
  for (const top of [30, 60]) {
    await page.mouse.move(box.x + 40, box.y + top)
    await page.mouse.down()
    for (let i = 1; i <= 12; i += 1) await page.mouse.move(box.x + 40 + i * 9, box.y + top + (i % 4) * 11)
    await page.mouse.up()
  }
}

/** Answers whatever the sheet still asks for, the first choice each time; answers may bring up further questions. */
export async function answerAll(page) {
  for (let round = 0; round < 40; round += 1) {
    const open = page.locator('.row.missing, td.missing').first()
    if (await open.count() === 0) return round
    if (await open.locator('.el-radio').count()) await open.locator('.el-radio').first().click()
    else if (await open.locator('.el-select').count()) {
      await open.locator('.el-select').first().click()
      await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
      await page.keyboard.press('Escape')
    } else {
      await open.locator('input').first().fill('1')
      await page.keyboard.press('Tab')
    }
    await page.waitForTimeout(60)
  }
  throw new Error('the sheet asks without end')
}
