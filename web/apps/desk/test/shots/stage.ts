// A browser on the built desk with fixture answers; shared by the pictures and the flows.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { answers } from './answers'

const dist = join(process.cwd(), 'dist')
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

export interface Stage { browser: Browser; origin: string; close: () => Promise<void> }

export async function stage(): Promise<Stage> {
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', 'http://x').pathname
    const file = extname(path) && existsSync(join(dist, path)) ? join(dist, path) : join(dist, 'index.html')
    res.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    createReadStream(file).pipe(res)
  })
  await new Promise<void>((then) => { server.listen(0, '127.0.0.1', then) })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  return { browser, origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`, close: async () => { await browser.close(); server.close() } }
}

/** Answers every API request from the fixtures and collects what a page has to complain of. */
export async function watched(page: Page): Promise<{ complaints: string[]; posts: { path: string; body: string }[] }> {
  const complaints: string[] = []
  const posts: { path: string; body: string }[] = []
  page.on('pageerror', (e) => complaints.push(`error: ${e.message}`))
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') complaints.push(`${m.type()}: ${m.text()}`) })
  await page.route('**/api/v1/**', async (r) => {
    const request = r.request()
    const url = new URL(request.url())
    const path = url.pathname.replace('/api/v1', '')
    if (request.method() !== 'GET') posts.push({ path, body: request.postData() ?? '' })
    const got = answers(request.method(), path, url.searchParams, request.postData() ?? '')
    if (!got) complaints.push(`no fixture for ${url.pathname}`)
    await r.fulfill({ status: got?.status ?? 404, contentType: 'application/json', body: JSON.stringify(got?.body ?? { type: 'urn:gonggu:none', detail: '没有这条数据' }) })
  })
  return { complaints, posts }
}
