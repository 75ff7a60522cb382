// Problems put in order, in a browser: a workbook of what others found, duplicates merged and taken back, one cause mended once, a finding
// corrected, a repair signed on paper, a unit that clears its list, three refusals and a pause. Each scene asks the server what came of it.
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { draw, shoot } from '../stage/browser.mjs'
import { assign, attempt, begin, button, choose, crew, dialog, end, fill, handOut, lastAct, quiet, read, standing, view } from '../stage/loop.mjs'
import { workbook } from '../stage/workbook.mjs'

let who, stop, town, home, villages
const says = {
  twin: '集中供水站水质检测缺两个季度的记录', other: '集中供水站水质检测缺了两个季度的记录', pipe: '主管道冻裂，沿线各户停水', amend: '供水站管理房漏雨没有修缮',
  clear: '村部门前排水沟长期淤堵', decline: '机井配电箱没有上锁存在隐患', pause: '入户水表箱没有防冻保护',
}
/** The problems of the workbook by what they say. */
const found = {}

before(async () => {
  ({ who, stop } = await crew('xian', 'bumen', 'xiangzhen', 'cun'))
  town = (await read(who.xiangzhen, '/session')).post.area
  home = (await read(who.cun, '/session')).post.area
  villages = (await read(who.xian, '/areas')).areas.filter((a) => a.parent === town.code && a.code !== home.code)
})
after(() => stop?.())

const everyone = () => Object.values(who)
const card = (p, text) => p.page.locator('section.card', { hasText: text })
const toolbar = (p) => p.page.getByRole('toolbar', { name: '批量办理' })
const kin = (id) => read(who.xian, `/problems/${id}/kin`)
/** Marks these problems in the ledger and begins what is done with many. */
async function gather(p, list, q, what) {
  await p.go(`/problems?q=${q}`)
  for (const x of list) await p.page.getByLabel(`选中 ${x.number}`).click()
  await toolbar(p).getByRole('button', { name: what }).click()
  await dialog(p).waitFor()
}
async function bulk(list, q, what, button, said) {
  await gather(who.xian, list, q, what)
  await dialog(who.xian).getByRole('button', { name: button }).click()
  await dialog(who.xian).getByText(said).waitFor()
  await dialog(who.xian).getByRole('button', { name: '知道了' }).click()
  await dialog(who.xian).waitFor({ state: 'hidden' })
}
/** A problem as far as its unit has claimed it. */
async function claimed(id, p, unit) {
  await begin(who.xian, id, '受理')
  await end(who.xian, '受理', '已受理')
  if (unit) await assign(who.xian, id, unit)
  await handOut(who.xian, [await view(who.xian, id)])
  await claim(id, p)
}
async function claim(id, p) {
  await begin(p, id, '认领')
  await fill(p, { 责任人: '孙科长', 整改措施: '组织施工队修复，三天内完成' })
  await end(p, '确认签认', '整改中')
}
async function mend(id, p) {
  await begin(p, id, '整改签认')
  await fill(p, { 整改情况: '已经修复，当面验收' })
  await draw(p.page)
  await end(p, '确认签认', '待复核')
}

test('a workbook of what others found: the bad line is named, the good ones go in once', async () => {
  const { page } = who.xian
  const head = ['来源', '年度', '文号或线索编号', '反馈单位', '发现日期', '乡镇', '村', '户编号', '责任单位', '任务项', '问题内容', '涉及病情或收入', '牵头单位']
  const line = (say, village) => ['专项审计', '2021', '周审〔2021〕7号', '市审计局', '2021/11/8', town.name, village, '', '', '3.2.4', say, '', '']
  const good = [...Object.entries(says).filter(([k]) => k !== 'pipe').map(([, say]) => line(say, home.name)), ...villages.slice(0, 3).map((v) => line(says.pipe, v.name))]
  const file = { name: '审计反馈.xlsx', mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: workbook([head, good[0], line('供水站没有消毒记录', '没有的村'), ...good.slice(1)]) }
  const upload = async (says) => {
    await page.getByLabel('选择外部问题表格').setInputFiles(file)
    await page.getByText(says).waitFor()
  }
  const entered = async () => (await read(who.xian, '/sources?source=audit&limit=200')).rows.map((r) => [r.id, r.number, r.say, r.rev])
  const before = await entered()
  await who.xian.go('/sources')
  await upload(`可登记 ${good.length} 件，已在台账 0 件，有错 1 处`)
  const fault = page.locator('tr', { hasText: '没有的村' })
  equal(await fault.locator('[data-label=行]').innerText(), '3')
  equal(await fault.locator('[data-label=列]').innerText(), '村')
  deepStrictEqual(await entered(), before, 'a preview enters nothing')
  await shoot(who.xian, 'consolidate-preview')
  await page.getByRole('button', { name: `登记 ${good.length} 件` }).click()
  await page.getByText(`已登记 ${good.length} 件`).waitFor()
  const after = await entered()
  equal(after.length, before.length + good.length)
  ok(!after.some(([, , say]) => say === '供水站没有消毒记录'))
  await who.xian.go('/sources')
  await upload(`可登记 0 件，已在台账 ${good.length} 件，有错 1 处`)
  equal(await page.getByRole('button', { name: /^登记 \d+ 件/ }).count(), 0)
  deepStrictEqual(await entered(), after, 'the same workbook again changes nothing')
  await shoot(who.xian, 'consolidate-again')
  for (const [key, say] of Object.entries(says)) {
    const ids = after.filter((r) => r[2] === say && !before.some((b) => b[0] === r[0])).map((r) => r[0])
    found[key] = await Promise.all(ids.map((id) => view(who.xian, id)))
    equal(found[key].length, key === 'pipe' ? 3 : 1, say)
  }
  everyone().forEach(quiet)
})

test('two that are one are merged with their sources, taken apart again, and never suggested after that; one is split in two', async () => {
  const { page } = who.xian
  const pair = async () => (await read(who.xian, `/consolidation?area=${town.code}`)).pairs.find((p) => [p.from.id, p.into.id].sort().join() === [found.twin[0].id, found.other[0].id].sort().join())
  const { from, into } = await pair()
  const likes = (await read(who.xian, `/consolidation?area=${town.code}`)).pairs
  ok(!likes.some((p) => [p.from.id, p.into.id].includes(found.amend[0].id)), 'one village and one item alone make no pair')
  await who.xian.go('/consolidation')
  ok((await page.getByRole('button', { name: '合并', exact: true }).count()) > 0, 'the page opens where something is suggested')
  await shoot(who.xian, 'consolidate-likes')
  await who.xian.go(`/consolidation?area=${town.code}`)
  await card(who.xian, from.number).filter({ hasText: into.number }).getByRole('button', { name: '合并', exact: true }).click()
  await shoot(who.xian, 'consolidate-merge')
  await page.locator('.el-message-box').getByRole('button', { name: '合并' }).click()
  await page.getByText(`${from.number} 已并入 ${into.number}`).waitFor()
  equal((await view(who.xian, from.id)).state, 'merged')
  const both = await kin(into.id)
  deepStrictEqual(both.merged.map((m) => m.id), [from.id])
  deepStrictEqual(both.sources.map((s) => s.merged), [false, true], 'the source came along')

  await begin(who.xian, from.id, '还原')
  await fill(who.xian, { 理由: '经核对是两处供水站' })
  await shoot(who.xian, 'consolidate-restore')
  await end(who.xian, '还原', '待受理')
  deepStrictEqual([(await view(who.xian, from.id)).state, (await kin(into.id)).merged], ['found', []])
  ok(await pair(), 'what was taken apart is suggested again')
  await who.xian.go(`/consolidation?area=${town.code}`)
  await card(who.xian, from.number).filter({ hasText: into.number }).getByRole('button', { name: '不是同一个' }).click()
  await page.getByText('已记下，不再提示').waitFor()
  equal(await pair(), undefined)

  await who.xian.go(`/problems/${into.id}`)
  await page.getByRole('region', { name: '整理' }).getByRole('button', { name: '拆分' }).click()
  await dialog(who.xian).getByLabel('第 1 部分的问题内容').fill('一季度水质检测没有做')
  await dialog(who.xian).getByLabel('第 2 部分的问题内容').fill('三季度检测报告没有归档')
  await fill(who.xian, { 理由: '两个季度原因不同，分开办理' })
  await shoot(who.xian, 'consolidate-split')
  await dialog(who.xian).getByRole('button', { name: '拆分', exact: true }).click()
  await dialog(who.xian).waitFor({ state: 'hidden' })
  const { parts } = await kin(into.id)
  deepStrictEqual(parts.map((p) => p.say).sort(), ['一季度水质检测没有做', '三季度检测报告没有归档'])
  for (const p of parts) deepStrictEqual([(await view(who.xian, p.id)).state, (await kin(p.id)).parent.map((x) => x.id)], ['found', [into.id]])
  everyone().forEach(quiet)
})

test('one cause: bound in the ledger, mended once for all, verified and closed each by itself', async () => {
  const list = found.pipe
  const { page } = who.xian
  await gather(who.xian, list, says.pipe, '建立同因')
  await fill(who.xian, { 名称: '镇东主管道冻裂', 共同原因: '镇东主管道埋深不够，入冬冻裂' })
  await shoot(who.xian, 'consolidate-cause')
  await dialog(who.xian).getByRole('button', { name: '建立（3 件）' }).click()
  await page.waitForURL(/\/clusters\//)
  const id = page.url().split('/').at(-1)
  const cluster = () => read(who.xian, `/clusters/${id}`)
  deepStrictEqual((await cluster()).problems.map((p) => p.id).sort(), list.map((p) => p.id).sort())
  await bulk(list, says.pipe, '批量受理', /^受理 3 件/, '已受理 3 件')
  await handOut(who.xian, list, says.pipe)
  for (const p of list) await claim(p.id, who.bumen)

  await who.bumen.go(`/clusters/${id}`)
  await who.bumen.page.getByLabel('整改情况').fill('主管道已重新深埋，各户恢复供水')
  await draw(who.bumen.page)
  await shoot(who.bumen, 'consolidate-fix')
  await who.bumen.page.getByRole('button', { name: '签认整改（3 件）' }).click()
  await who.bumen.page.getByRole('heading', { name: '已签认的整改' }).waitFor()
  const signed = await Promise.all(list.map(async (p) => (await view(who.xian, p.id)).signatures.find((s) => s.step === 'rectify')))
  equal(new Set(signed.map((s) => s.index)).size, 1, 'one signature stands under all three')
  equal((await cluster()).fixes[0].members, 3)

  await bulk(list, says.pipe, '批量复核', /^复核通过 3 件/, '已复核 3 件')
  await bulk(list, says.pipe, '批量销号', /^销号 3 件/, '已销号 3 件')
  const over = await cluster()
  deepStrictEqual([over.done, over.closed, over.members], [true, 3, 3])
  deepStrictEqual(over.story.map((x) => x.text.split('；')[0]).sort(), ['主管道已重新深埋，各户恢复供水', '原因：镇东主管道埋深不够，入冬冻裂'])
  await who.xian.go(`/clusters/${id}`)
  await page.locator('.page-head .mark', { hasText: '已办结' }).waitFor()
  await shoot(who.xian, 'consolidate-done')
  everyone().forEach(quiet)
})

test('a finding that is corrected voids what was signed on it, and says why', async () => {
  const { id } = found.amend[0]
  await claimed(id, who.bumen)
  await mend(id, who.bumen)
  deepStrictEqual((await standing(who.xian, id)).sort(), ['claim', 'inspect', 'rectify'])
  await begin(who.xiangzhen, id, '更正内容')
  await fill(who.xiangzhen, { 问题内容: '供水站管理房门窗损坏没有修缮', 理由: '原来写成了漏雨' })
  await draw(who.xiangzhen.page)
  await shoot(who.xiangzhen, 'consolidate-amend')
  await end(who.xiangzhen, '确认签认', '待受理')
  const now = await view(who.xian, id)
  equal(now.say, '供水站管理房门窗损坏没有修缮')
  deepStrictEqual(now.signatures.filter((s) => !s.voided).map((s) => [s.step, s.kind]), [['inspect', 'problem.amend']])
  const fallen = now.signatures.filter((s) => s.voided)
  deepStrictEqual(fallen.map((s) => s.step).sort(), ['claim', 'inspect', 'rectify'])
  for (const s of fallen) match(s.why, /问题内容已更正/)
  equal(await who.xiangzhen.page.getByText('已作废：问题内容已更正').count(), 3)
  deepStrictEqual(now.story.filter((x) => x.index === now.story[0].index).map((x) => x.text), [`来自登记外部问题：${says.amend}`], 'the story keeps what was found')
  await shoot(who.xiangzhen, 'consolidate-voided')
  everyone().forEach(quiet)
})

test('a repair signed on paper: typed in with its signer and scan, and not verified by the unit that typed it', async () => {
  const { id } = found.clear[0]
  const { page } = who.xiangzhen
  await claimed(id, who.xiangzhen, town.name)
  await begin(who.xiangzhen, id, '整改签认')
  await fill(who.xiangzhen, { 整改情况: '排水沟已清淤，雨后无积水' })
  await dialog(who.xiangzhen).getByText('代录纸质签认').click()
  const submit = dialog(who.xiangzhen).getByRole('button', { name: '确认签认' })
  await submit.click()
  await dialog(who.xiangzhen).getByText('请填写在纸上签名的人的姓名。').waitFor()
  await fill(who.xiangzhen, { 在纸上签名的人: '李国强' })
  await submit.click()
  await dialog(who.xiangzhen).getByText('请选择签名原件的扫描件。').waitFor()
  await dialog(who.xiangzhen).getByLabel('扫描件', { exact: true }).setInputFiles({ name: '整改签认单.pdf', mimeType: 'application/pdf', buffer: Buffer.from('scan') })
  await dialog(who.xiangzhen).getByText('整改签认单.pdf').waitFor()
  await shoot(who.xiangzhen, 'consolidate-paper')
  await end(who.xiangzhen, '确认签认', '待复核')
  const signature = (await view(who.xian, id)).signatures.find((s) => s.step === 'rectify')
  deepStrictEqual([signature.onBehalf, signature.strokes], ['李国强', []])
  await page.getByText(`${signature.who}代录纸质签认`).waitFor()
  equal(await button(who.xiangzhen, '复核通过').count(), 0)
  const rectify = lastAct(who.xiangzhen, 'problem.rectify')
  deepStrictEqual(rectify.on_behalf, { signer: '李国强', scan: createHash('sha256').update('scan').digest('hex') })
  const again = await attempt(who.xiangzhen, { ...rectify, on_behalf: {} }, 'problem.verify', id, { ...rectify.body, answers: {} })
  deepStrictEqual([again.answer, again.code], ['refused', 'problem.own_repair'], again.reason)
  const bad = await attempt(who.xiangzhen, { ...rectify, on_behalf: { signer: '李国强', scan: 'abc' } }, 'problem.rectify', id, { ...rectify.body })
  equal(bad.answer, 'refused')
  match(bad.reason, /[\u4e00-\u9fff]/)
  await begin(who.xian, id, '复核通过')
  await end(who.xian, '确认签认', '待销号')
  await begin(who.xian, id, '销号')
  await end(who.xian, '销号', '已销号')
  everyone().forEach(quiet)
})

test('a unit signs that its list is clear; what comes back makes that void, with the reason in the table of the office', async () => {
  const [{ id, number }] = found.clear
  const row = () => who.xian.page.locator('#clear tr', { hasText: town.name })
  await who.xiangzhen.go('/orders#clear')
  await who.xiangzhen.page.getByRole('button', { name: '清零签认' }).click()
  await draw(who.xiangzhen.page)
  await shoot(who.xiangzhen, 'consolidate-clear')
  await dialog(who.xiangzhen).getByRole('button', { name: '确认签认' }).click()
  await who.xiangzhen.page.locator('#clear .mine .mark', { hasText: '已签认' }).waitFor()
  const office = async () => (await read(who.xian, '/clears')).units.find((u) => u.unit.name === town.name)
  deepStrictEqual([(await office()).state, (await office()).closed], ['signed', 1])
  await who.xian.go('/orders')
  equal(await row().locator('[data-label=清零]').innerText(), '已签认')
  await shoot(who.xian, 'consolidate-cleared')

  await begin(who.xian, id, '反弹，重新打开')
  await fill(who.xian, { 理由: '雨后又积水，没有清到底' })
  await end(who.xian, '反弹，重新打开', '反弹')
  const now = await office()
  equal(now.state, 'voided')
  match(now.why, new RegExp(`${number}.*反弹`))
  await who.xian.go('/orders')
  equal(await row().locator('[data-label=清零]').innerText(), '已失效')
  equal(await row().locator('[data-label=失效原因]').innerText(), now.why)
  await shoot(who.xian, 'consolidate-uncleared')
  everyone().forEach(quiet)
})

test('three units say that it is not theirs: the county office rules, and nobody may refuse after that', async () => {
  const { id } = found.decline[0]
  await begin(who.xian, id, '受理')
  await end(who.xian, '受理', '已受理')
  const refusing = [[who.bumen, '水利局'], [who.xiangzhen, town.name], [who.cun, home.name]]
  for (const [p, unit] of refusing) {
    await assign(who.xian, id, unit)
    await handOut(who.xian, [await view(who.xian, id)])
    await begin(p, id, '非本单位职责')
    await fill(p, { 理由: '机井产权不在本单位，无权处置' })
    await dialog(p).getByRole('button', { name: '非本单位职责', exact: true }).click()
    await dialog(p).waitFor({ state: 'hidden' })
    if (p === who.bumen) await p.page.waitForURL((u) => u.pathname === '/problems') // it is not the department's to see any more
  }
  const now = await view(who.xian, id)
  deepStrictEqual([now.state, now.lead, now.dispatch.ruling, now.refusals.length], ['declined', 'office', true, 3])
  await begin(who.xian, id, '指派')
  await choose(who.xian, '牵头单位', '水利局')
  await dialog(who.xian).getByText('指派 · ').click()
  await dialog(who.xian).getByRole('button', { name: '指派', exact: true }).click()
  await dialog(who.xian).getByText('由县巩固办裁定：请写明理由').waitFor()
  await shoot(who.xian, 'consolidate-ruling')
  await fill(who.xian, { 理由: '机井由水利局验收，由水利局负责' })
  await end(who.xian, '指派', '已受理')
  deepStrictEqual([(await view(who.xian, id)).lead, (await view(who.xian, id)).ruled], ['water', true])
  await handOut(who.xian, [await view(who.xian, id)])
  await who.bumen.go(`/problems/${id}`)
  await button(who.bumen, '认领').waitFor()
  equal(await button(who.bumen, '非本单位职责').count(), 0)
  const again = await attempt(who.bumen, lastAct(who.bumen, 'problem.decline'), 'problem.decline', id, { reason: '仍然不是本单位的职责' })
  deepStrictEqual([again.answer, again.code], ['refused', 'problem.ruled'], again.reason)
  await shoot(who.bumen, 'consolidate-ruled')
  everyone().forEach(quiet)
})

test('a pause is asked for and granted, and ended before its day', async () => {
  const { id } = found.pause[0]
  await claimed(id, who.bumen)
  const { dueOn } = await view(who.xian, id)
  const until = new Date(Date.parse((await read(who.xian, '/session')).day) + 6 * 86_400_000).toISOString().slice(0, 10)
  await begin(who.bumen, id, '申请延期或暂停')
  await dialog(who.bumen).getByText('暂停计时', { exact: true }).click()
  await dialog(who.bumen).getByLabel('到哪天').fill(until)
  await who.bumen.page.keyboard.press('Enter')
  await fill(who.bumen, { 理由: '保温材料缺货，等到货再装' })
  await shoot(who.bumen, 'consolidate-ask')
  await end(who.bumen, '申请延期或暂停', '整改中')
  const asked = await view(who.xian, id)
  deepStrictEqual([asked.ask.what, asked.ask.until, asked.dueOn, asked.pausedOn], ['pause', until, dueOn, ''])
  await begin(who.xian, id, '同意申请')
  await shoot(who.xian, 'consolidate-grant')
  await end(who.xian, '同意申请', '已暂停计时')
  const paused = await view(who.xian, id)
  ok(paused.pausedOn && paused.dueOn > dueOn, `${paused.pausedOn} ${dueOn} ${paused.dueOn}`)
  await shoot(who.xian, 'consolidate-paused')
  await begin(who.bumen, id, '恢复计时')
  await dialog(who.bumen).getByRole('button', { name: '恢复计时', exact: true }).click()
  await dialog(who.bumen).waitFor({ state: 'hidden' })
  const resumed = await view(who.xian, id)
  deepStrictEqual([resumed.pausedOn, resumed.dueOn, resumed.state], ['', dueOn, 'claimed'])
  everyone().forEach(quiet)
})
