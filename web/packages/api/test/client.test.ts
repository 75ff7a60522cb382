import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, api, whenSignedOut } from '../src'

const seen: Request[] = []
function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', async (r: Request) => {
    seen.push(r)
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })
  })
}
afterEach(() => { vi.unstubAllGlobals(); seen.length = 0 })

describe('client', () => {
  it('sends the header that other sites cannot send, and leaves empty filters out', async () => {
    vi.resetModules()
    answer(200, { rows: [], next: '', total: 0 })
    const fresh = await import('../src')
    await fresh.api.households({ area: '411624', q: '', limit: 50 })
    expect(seen[0]?.headers.get('X-Gonggu')).toBe('1')
    expect(new URL(seen[0]?.url ?? '').search).toBe('?area=411624&limit=50')
  })
  it('turns problem+json into one ApiError with the code', async () => {
    vi.resetModules()
    answer(409, { type: 'urn:gonggu:problem.wrong_state', detail: '该问题已受理。', errors: [{ location: 'body.x', message: 'm' }] })
    const fresh = await import('../src')
    const error = await fresh.api.problem('p').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(fresh.ApiError)
    expect(error).toMatchObject({ code: 'problem.wrong_state', status: 409, message: '该问题已受理。', fields: [{ location: 'body.x', message: 'm' }] })
  })
  it('calls back when the session is gone, but not for the session itself', async () => {
    vi.resetModules()
    answer(401, { type: 'urn:gonggu:session.missing', detail: '' })
    const fresh = await import('../src')
    const gone = vi.fn()
    fresh.whenSignedOut(gone)
    await fresh.api.me().catch(() => undefined)
    expect(gone).not.toHaveBeenCalled()
    await fresh.api.pack().catch(() => undefined)
    expect(gone).toHaveBeenCalledOnce()
  })
  it('says so when the server cannot be reached', async () => {
    vi.resetModules()
    vi.stubGlobal('fetch', async () => { throw new TypeError('failed') })
    const fresh = await import('../src')
    await expect(fresh.api.pack()).rejects.toMatchObject({ code: 'network.unreachable' })
  })
  it('exports one error class', () => {
    expect(new ApiError('a.b', 400, 'x')).toBeInstanceOf(Error)
    expect(api.exportUrl('problems', { area: '1', q: undefined })).toBe('/api/v1/exports/problems.xlsx?area=1')
    expect(whenSignedOut).toBeTypeOf('function')
  })
})
