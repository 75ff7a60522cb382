// Draws the pages with fixture data in a real browser: `npm run shots -- /overview …` (in web/, after a build) writes PNGs to the folder in SHOTS (default: the system's temporary folder).
import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { answers } from './answers'

const out = process.env.SHOTS ?? join(tmpdir(), 'shots')
const dist = join(process.cwd(), 'dist')
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const sizes = [{ name: 'desk', width: 1440, height: 900 }, { name: 'phone', width: 390, height: 844 }]

const server = createServer((req, res) => {
  const path = new URL(req.url ?? '/', 'http://x').pathname
  const file = extname(path) && existsSync(join(dist, path)) ? join(dist, path) : join(dist, 'index.html')
  res.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
  createReadStream(file).pipe(res)
})

async function route(page: Page, complaints: string[]): Promise<void> {
  await page.route('**/api/v1/**', async (r) => {
    const url = new URL(r.request().url())
    const got = answers(r.request().method(), url.pathname.replace('/api/v1', ''), url.searchParams)
    if (!got) complaints.push(`no fixture for ${url.pathname}`)
    await r.fulfill({ status: got?.status ?? 404, contentType: 'application/json', body: JSON.stringify(got?.body ?? { type: 'urn:gonggu:none', detail: '没有这条数据' }) })
  })
}

const wanted = process.argv.slice(2)
mkdirSync(out, { recursive: true })
await new Promise<void>((then) => { server.listen(0, '127.0.0.1', then) })
const port = (server.address() as { port: number }).port
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
for (const path of wanted) {
  for (const size of sizes.filter((s) => !process.env.ONLY || process.env.ONLY === s.name)) {
    const page = await browser.newPage({ viewport: { width: size.width, height: size.height } })
    const complaints: string[] = []
    page.on('pageerror', (e) => complaints.push(`error: ${e.message}`))
    page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') complaints.push(`${m.type()}: ${m.text()}`) })
    await route(page, complaints)
    await page.goto(`http://127.0.0.1:${port}${path}`)
    await page.waitForTimeout(900)
    if (process.env.CLICK) for (const sel of process.env.CLICK.split('|')) { await page.click(sel, { timeout: 3000 }); await page.waitForTimeout(400) }
    if (process.env.FULL) await page.addStyleTag({ content: '.shell{height:auto!important}.shell-main,.split,.split .right{overflow:visible!important;height:auto!important}' })
    if (process.env.PRINT) await page.emulateMedia({ media: 'print' })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) complaints.push(`page is ${wide}px wider than the window`)
    const name = `${path.replace(/[/?&=]+/g, '_').replace(/^_/, '') || 'root'}${process.env.TAG ?? ''}.${size.name}.png`
    await page.screenshot({ path: join(out, name), fullPage: Boolean(process.env.FULL ?? process.env.PRINT) })
    if (process.env.PRINT) await page.pdf({ path: join(out, name.replace('.png', '.pdf')), format: 'A4', preferCSSPageSize: true })
    console.log(name, complaints.length ? complaints.join(' | ') : 'clean')
    await page.close()
  }
}
await browser.close()
server.close()
