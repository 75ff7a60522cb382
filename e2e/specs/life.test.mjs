// Register life in a browser: a village cadre enters a birth, looks at what would follow, signs, and takes it back.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person, shoot, signIn } from '../stage/browser.mjs'
import { county } from '../stage/server.mjs'

const password = 'gonggu2022'
let server, browser, cadre, clerk
let path = ''

before(async () => {
  server = await county(300)
  browser = await launch()
  cadre = await person(browser, server.origin)
  clerk = await person(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const size = async (page) => Number((await page.locator('dt', { hasText: '家庭人口' }).first().locator('xpath=following-sibling::dd').innerText()).replace(/\D/g, ''))
const choose = async (page, label, option) => {
  await page.locator('.el-select', { has: page.getByRole('combobox', { name: label, exact: true }) }).click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: option }).first().click()
  await page.locator('.el-select-dropdown:visible').waitFor({ state: 'detached' }) // a list that is still closing would take the next click
}
const day = async (page, label, value) => {
  const field = page.locator('.el-dialog:visible').getByRole('combobox', { name: label })
  await field.fill(value)
  await field.press('Enter')
}

// clause: 1-a
test('a village cadre enters a birth; what would follow is shown before he signs', async () => {
  const { page } = cadre
  await cadre.go('/')
  await signIn(cadre, 'cun', password)
  await page.waitForURL(/overview/)
  cadre.forgive()
  await cadre.go('/households')
  await page.locator('tbody tr').first().waitFor()
  await page.locator('tbody tr a').first().click()
  await page.waitForURL(/households\/h/)
  path = new URL(page.url()).pathname
  const before = await size(page)
  await page.getByRole('button', { name: /登记变更/ }).click()
  await page.getByRole('menuitem', { name: /^出生/ }).click()
  const dialog = page.locator('.el-dialog:visible')
  await dialog.getByRole('button', { name: /下一步/ }).click()
  match(await dialog.getByRole('alert').innerText(), /姓名/)
  await dialog.getByLabel('姓名', { exact: true }).fill('测试宝')
  await choose(page, '与户主关系', '之孙子')
  await choose(page, '性别', '男')
  await day(page, '出生日期', '2022-09-10')
  await dialog.getByRole('button', { name: /下一步/ }).click()
  await dialog.getByText('签认后会这样变').waitFor()
  ok((await dialog.innerText()).includes(`人口 ${before} → ${before + 1}`))
  await shoot(cadre, 'life-birth')
  await dialog.getByRole('button', { name: '返回修改' }).click()
  equal(await dialog.getByLabel('姓名', { exact: true }).inputValue(), '测试宝')
  await dialog.getByRole('button', { name: /下一步/ }).click()
  await dialog.getByRole('button', { name: '确认签认' }).click()
  await page.getByRole('cell', { name: '测试宝' }).first().waitFor()
  equal(await size(page), before + 1)
  await shoot(cadre, 'life-household')
  deepStrictEqual(cadre.complaints, [])
})

test('a second clerk who opened the household before is told who changed it, and keeps what he typed', async () => {
  const { page } = clerk
  await clerk.go('/')
  await signIn(clerk, 'xiangzhen', password)
  await page.waitForURL(/overview/)
  clerk.forgive()
  await clerk.go(path)
  await page.getByRole('button', { name: /登记变更/ }).click()
  await page.getByRole('menuitem', { name: /^迁入/ }).click()
  const dialog = page.locator('.el-dialog:visible')
  await dialog.getByLabel('姓名', { exact: true }).fill('后来人')
  await choose(page, '与户主关系', '之儿媳')
  // Meanwhile the cadre takes his birth back.
  const before = await size(cadre.page)
  await cadre.page.getByRole('button', { name: '撤销出生' }).click()
  await cadre.page.getByRole('button', { name: '确认撤销' }).click()
  await cadre.page.getByRole('cell', { name: '测试宝' }).first().waitFor({ state: 'detached' })
  equal(await size(cadre.page), before - 1)
  match(await cadre.page.locator('.story').innerText(), /撤销登记变更[\s\S]*出生/)
  await dialog.getByRole('button', { name: /下一步/ }).click()
  match(await dialog.getByRole('alert').innerText(), /刘大山/)
  clerk.forgive()
  await dialog.getByRole('button', { name: /刷新户档/ }).click()
  equal(await dialog.getByLabel('姓名', { exact: true }).inputValue(), '后来人')
  await page.waitForLoadState('networkidle')
  await dialog.getByRole('button', { name: /下一步/ }).click()
  await dialog.getByRole('button', { name: '确认签认' }).click()
  await page.getByRole('cell', { name: '后来人' }).first().waitFor()
  deepStrictEqual(clerk.complaints, [])
})

test('the errata list names whoever came, and its workbook is given for a reason', async () => {
  const { page } = cadre
  await cadre.go('/errata')
  await page.getByText('后来人').first().waitFor()
  await shoot(cadre, 'life-errata')
  await page.getByRole('button', { name: /下载 Excel/ }).click()
  await page.getByLabel('事由').fill('到全国系统更正本村信息')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载', exact: true }).click()])
  match(file.suggestedFilename(), /^信息更正清单_.*\.xlsx$/)
  deepStrictEqual(cadre.complaints, [])
})

test('the page that merges a village says what goes along', async () => {
  const { page } = clerk
  await clerk.go('/merge-village')
  await page.getByRole('heading', { name: '并村' }).waitFor()
  await choose(page, '被并的村', '')
  await choose(page, '并入', '')
  await page.getByLabel('依据').fill('乡政〔2022〕5号批复')
  await page.getByText('签认后：').waitFor()
  await shoot(clerk, 'life-merge')
  deepStrictEqual(clerk.complaints, [])
})
