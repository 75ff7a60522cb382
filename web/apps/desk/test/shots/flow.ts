// Walks through what people do most, in a real browser, and fails when a step does not hold: `npm run flow` (in web/, after a build; PACK as for the pictures).
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { stage, watched } from './stage'

interface Sent { acts: { act: { id: string; kind: string; body: { signature: { of: string; strokes: number[][] }; answers: { h: Record<string, unknown> } }; seen: string } }[] }

async function sign(page: Page): Promise<void> {
  const canvas = page.locator('canvas')
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('no canvas')
  await page.mouse.move(box.x + 40, box.y + 40)
  await page.mouse.down()
  for (let i = 0; i < 12; i += 1) await page.mouse.move(box.x + 40 + i * 8, box.y + 40 + (i % 3) * 14)
  await page.mouse.up()
}
const yes = (page: Page, question: string, choice: string): Promise<void> => page.locator('.row', { hasText: question }).first().locator('.el-radio', { hasText: new RegExp(`^${choice}$`) }).click()

const { browser, origin, close } = await stage()
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
const { complaints, posts } = await watched(page)
try {
  await page.goto(`${origin}/households/h0/sheet`)
  await page.waitForSelector('text=还差 4 项')
  const send = page.getByRole('button', { name: '提交', exact: true })
  ok(await send.isDisabled(), 'nothing is sent before the required answers')
  for (const q of ['吃饭有困难吗', '四季换洗衣服']) await yes(page, q, '否')
  for (const q of ['该享受的政策都落实了吗', '帮扶措施到位了吗']) await yes(page, q, '是')
  await sign(page)
  await page.waitForTimeout(200)
  ok(await send.isEnabled(), 'answered and signed: may be sent')

  // Opening a folded known value and changing it raises a problem at once and voids the signature.
  await page.getByRole('button', { name: /已知 3 项，有变化点此修改/ }).first().click()
  await page.locator('.row', { hasText: '住的房子鉴定是几级' }).locator('.el-radio', { hasText: 'D级' }).click()
  await page.waitForSelector('text=原签名已作废')
  ok(await send.isDisabled(), 'the old signature does not stand under new content')
  match(await page.locator('.live').innerText(), /问题 [1-9]/)

  // The draft outlives a reload; the signature does not.
  await page.waitForTimeout(800)
  await page.reload()
  await page.waitForSelector('text=本次有变化')
  equal(await page.locator('.note', { hasText: '还差' }).count(), 0)
  await sign(page)
  await send.dblclick()
  await page.waitForSelector('text=排查表已收下')
  const sent = posts.filter((p) => p.path === '/acts').map((p) => JSON.parse(p.body) as Sent)
  equal(sent.length, 1, 'a double click is one act')
  const act = sent[0]?.acts[0]?.act
  equal(act?.kind, 'inspection.sheet')
  equal(act?.body.signature.of, act?.seen)
  equal(act?.body.answers.h.house_grade, 'd')
  ok(act?.body.signature.strokes.flat().every((n) => Number.isSafeInteger(n)))
  equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('gonggu.draft')).length), 0)

  // Bulk acceptance: choose all that wait, confirm, be told.
  await page.goto(`${origin}/problems`)
  await page.locator('th .el-checkbox').click()
  await page.getByRole('button', { name: /批量受理（/ }).click()
  await page.locator('.el-message-box').getByRole('button', { name: '受理' }).click()
  await page.waitForSelector('.el-message:has-text("已受理")')
  const bulk = JSON.parse(posts[posts.length - 1]?.body ?? '') as Sent
  ok(bulk.acts.length > 3 && bulk.acts.every((a) => a.act.kind === 'problem.accept'))

  // A village is found by name with the keyboard and narrows the list by its code.
  await page.goto(`${origin}/households`)
  await page.getByPlaceholder('筛选乡镇、村').fill('柳林')
  await page.locator('[role=treeitem]', { hasText: '柳林镇' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/area=990124103/)

  // A sensitive value needs a reason.
  await page.goto(`${origin}/households/h0`)
  await page.getByRole('button', { name: '查看联系电话' }).click()
  const dialog = page.locator('.el-dialog')
  ok(await dialog.getByRole('button', { name: '查看' }).isDisabled())
  await dialog.getByText('核实疑点').click()
  await dialog.getByRole('button', { name: '查看' }).click()
  await page.waitForSelector('text=19900000000')
  deepStrictEqual(JSON.parse(posts[posts.length - 1]?.body ?? ''), { facts: ['h.phone'], reason: '核实疑点' })
  deepStrictEqual(complaints, [])
  console.log('flow: all steps hold')
} catch (e) {
  await page.screenshot({ path: join(process.env.SHOTS ?? '.', 'flow-failed.png') })
  console.error(complaints)
  throw e
} finally {
  await close()
}
