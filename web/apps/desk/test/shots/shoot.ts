// Draws the pages with fixture data in a real browser: `npm run shots -- /overview …` (in web/, after a build) writes PNGs to the folder in
// SHOTS (default: the system's temporary folder). ONLY=desk|phone, FULL=1 whole page, PRINT=1 as printed (and a PDF), CLICK='sel|sel' first.
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stage, watched } from './stage'

const out = process.env.SHOTS ?? join(tmpdir(), 'shots')
const sizes = [{ name: 'desk', width: 1440, height: 900 }, { name: 'phone', width: 390, height: 844 }]
mkdirSync(out, { recursive: true })
const { browser, origin, close } = await stage()
for (const path of process.argv.slice(2)) {
  for (const size of sizes.filter((s) => !process.env.ONLY || process.env.ONLY === s.name)) {
    const page = await browser.newPage({ viewport: { width: size.width, height: size.height }, locale: 'zh-CN' })
    const { complaints } = await watched(page)
    await page.goto(origin + path)
    await page.waitForTimeout(900)
    for (const sel of process.env.CLICK?.split('|') ?? []) { await page.click(sel, { timeout: 3000 }); await page.waitForTimeout(400) }
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
await close()
