// Walks a running server as every role through every page: a picture each, what the browser complained of, what axe-core finds.
// `ORIGIN=http://127.0.0.1:8080 PASSWORD=… npm run walk [login …]` (in web/) on a demonstration server; PNGs go to SHOTS, findings to AXE.
// Ends with an error when axe finds something serious or critical, or a page complained.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

interface Finding { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] }

const origin = process.env.ORIGIN ?? 'http://127.0.0.1:8080'
const password = process.env.PASSWORD ?? ''
const out = process.env.SHOTS ?? join(tmpdir(), 'walk')
const axe = readFileSync(join(process.cwd(), 'node_modules/axe-core/axe.min.js'), 'utf8')
const wide = { width: 1440, height: 900 }
const narrow = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }
const sizes: Record<string, { width: number; height: number }[]> = { xian: [wide, narrow], xiangzhen: [wide, narrow], cun: [wide, phone], lingdao: [wide, phone] }
const roles = ['xian', 'xiangzhen', 'cun', 'bumen', 'lingdao', 'dudao', 'xitong', 'anquan', 'shenji']

/** The pages a role may see: its navigation, one row of each list, and what stands beside the navigation. */
async function pages(page: Page): Promise<string[]> {
  const rooms = await page.locator('nav[aria-label="主导航"] a').evaluateAll((as) => as.map((a) => a.getAttribute('href') ?? ''))
  const found = ['/']
  for (const room of rooms) {
    found.push(room)
    await page.goto(origin + room)
    await page.waitForLoadState('networkidle')
    const row = page.locator('td a[href^="/households/"]:not([href$="/sheet"]), td a[href^="/problems/"], td a[href^="/reports/"], td a[href^="/imports/"]').first()
    const href = (await row.count()) ? await row.getAttribute('href') : ''
    if (href && !found.includes(href)) found.push(href)
    const sheet = page.locator('td a[href$="/sheet"]').first()
    if (room === '/households' && (await sheet.count())) found.push((await sheet.getAttribute('href')) ?? '')
    if (room === '/pack') found.push(...['clauses', 'rules', 'params', 'facts'].map((t) => `/pack?tab=${t}`))
  }
  return [...found, '/repairs', '/nowhere']
}

async function examine(page: Page): Promise<Finding[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: { run: (c: Document, o: object) => Promise<{ violations: Finding[] }> } }).axe.run
    return (await run(document, { resultTypes: ['violations'] })).violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => ({ target: n.target, failureSummary: n.failureSummary })) }))
  })
}

mkdirSync(out, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const lines: string[] = []
let grave = 0
const say = (line: string): void => { lines.push(line); console.log(line) }
const wanted = process.argv.slice(2)

async function look(page: Page, who: string, path: string, tag: string, complaints: string[]): Promise<void> {
  complaints.length = 0
  const began = Date.now()
  await page.goto(origin + path)
  await page.waitForLoadState('networkidle')
  const took = Date.now() - began
  await page.waitForTimeout(350)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (over > 0) complaints.push(`the page is ${over}px wider than the window`)
  await page.screenshot({ path: join(out, `${who}${tag}${path.replace(/[^a-z0-9-]+/gi, '_')}.png`) })
  const found = await examine(page)
  say(`${who}${tag} ${path} ${took}ms${complaints.length ? ` COMPLAINS ${complaints.join(' | ')}` : ''}`)
  grave += complaints.length
  for (const f of found) {
    if (f.impact === 'serious' || f.impact === 'critical') grave += 1
    say(`  ${f.impact} ${f.id}: ${f.help}`)
    for (const n of f.nodes) say(`    ${n.target.join(' ')} — ${n.failureSummary.split('\n').slice(1).join(' ').trim().slice(0, 200)}`)
  }
}

for (const who of roles.filter((r) => !wanted.length || wanted.includes(r))) {
  for (const size of sizes[who] ?? [wide]) {
    const page = await browser.newPage({ viewport: size, locale: 'zh-CN' })
    const complaints: string[] = []
    page.on('pageerror', (e) => complaints.push(`error: ${e.message}`))
    page.on('console', (m) => { if (m.type() === 'error' && !m.text().includes('401')) complaints.push(m.text()) })
    const tag = size === wide ? '' : `-${size.width}`
    await look(page, who, '/sign-in', tag, complaints)
    await page.getByLabel('账号', { exact: true }).fill(who)
    await page.getByLabel('密码', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL((u) => !u.pathname.includes('sign-in'))
    await page.locator('nav[aria-label="主导航"]').waitFor()
    for (const path of await pages(page)) await look(page, who, path, tag, complaints)
    await page.close()
  }
}
await browser.close()
if (process.env.AXE) writeFileSync(process.env.AXE, `${lines.join('\n')}\n`)
console.log(grave ? `${grave} grave findings` : 'nothing grave')
process.exitCode = grave ? 1 : 0
