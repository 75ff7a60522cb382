import { readFileSync } from 'node:fs'
import type { Pack as Compiled } from '@gonggu/assess'
import { doubts, draft, household, problem } from '../fixture/house'
import { imports, readable, report, reportDays } from '../fixture/report'
import { areas, households, me, overview, problems } from '../fixture/county'

interface Answer { status: number; body: unknown }
// PACK names a compiled pack (canonical JSON); the pages of the sheet and of the pack need one.
const compiled = process.env.PACK ? (JSON.parse(readFileSync(process.env.PACK, 'utf8')) as Compiled) : undefined
const ok = (body: unknown): Answer => ({ status: 200, body })

/** What the server would say; the pages' own code is under test, so the data is small and fixed. */
export function answers(method: string, path: string, query: URLSearchParams, body: string): Answer | undefined {
  if (path === '/session' && method === 'GET') return process.env.OUT ? { status: 401, body: { type: 'urn:gonggu:session.missing', detail: '' } } : ok(me)
  if (path === '/session' && method === 'POST') return { status: 401, body: { type: 'urn:gonggu:account.wrong_password', detail: '账号或密码不对，还可以再试4次。' } }
  if (path.endsWith('/reveal')) return ok({ values: { 'h.phone': '19900000000' } })
  if (path === '/acts') return acts(body)
  if (path === '/refused') return ok({ refused: [{ id: 'x', kind: 'inspection.sheet', kindName: '入户排查', who: '李国强', at: Date.UTC(2022, 8, 17, 3), code: 'sheet.pack', reason: '表单所用的方案版本不是当前版本，未受理；请更新应用后重新打开表单。', subject: 'h3', repairedBy: '' }], waiting: [{ id: 'y', at: Date.UTC(2022, 8, 17, 4), after: ['z'] }] })
  if (path === '/areas') return ok({ areas })
  if (path === '/overview') return ok(overview)
  if (path === '/households') return ok(query.get('q') === '无' ? { rows: [], next: '', total: 0 } : { rows: households, next: 'k50', total: 41290 })
  if (path === '/problems') return ok({ rows: problems, next: 'k40', total: 1422 })
  if (/^\/households\/[^/]+\/draft$/.test(path)) return ok(draft)
  if (/^\/households\/[^/]+$/.test(path)) return ok(household)
  if (path === '/doubts') return ok({ rows: doubts, next: '', total: doubts.length })
  if (/^\/problems\/[^/]+$/.test(path)) return ok(problem)
  if (path === '/reports/daily') return ok({ days: reportDays })
  if (/^\/reports\/daily\//.test(path)) return ok(report)
  if (path === '/imports') return ok({ imports })
  if (/^\/imports\/i\d$/.test(path)) return ok(imports[Number(path.slice(-1))])
  if (compiled && path === '/pack') return ok(readable(compiled))
  if (compiled && path.startsWith('/pack/form/')) return ok(compiled)
  return undefined
}

function acts(body: string): Answer {
  const sent = JSON.parse(body) as { acts: { act: { id: string; kind: string } }[] }
  const receipt = { index: 4211, receivedAt: Date.UTC(2022, 8, 18, 3), leaf: 'c0ffee12'.repeat(8) }
  const made = (kind: string): object => (kind === 'inspection.sheet' ? { made: { problems: [{ id: 'p9', number: '河湾-0471', say: '住房鉴定为D级。' }] } } : {})
  return ok({ answers: sent.acts.map(({ act }) => ({ id: act.id, answer: 'accepted', receipt, ...made(act.kind) })), head: { size: 4211, root: 'b7'.repeat(32) } })
}
