import { areas, households, me, overview, problems } from '../fixture/county'

interface Answer { status: number; body: unknown }
const ok = (body: unknown): Answer => ({ status: 200, body })

/** What the server would say; the pages' own code is under test, so the data is small and fixed. */
export function answers(method: string, path: string, query: URLSearchParams): Answer | undefined {
  if (path === '/session' && method === 'GET') return process.env.OUT ? { status: 401, body: { type: 'urn:gonggu:session.missing', detail: '' } } : ok(me)
  if (path === '/session' && method === 'POST') return { status: 401, body: { type: 'urn:gonggu:account.wrong_password', detail: '账号或密码不对，还可以再试4次。' } }
  if (path === '/areas') return ok({ areas })
  if (path === '/overview') return ok(overview)
  if (path === '/households') return ok(query.get('q') === '无' ? { rows: [], next: '', total: 0 } : { rows: households, next: 'k50', total: 41290 })
  if (path === '/problems') return ok({ rows: problems, next: 'k40', total: 1422 })
  return undefined
}
