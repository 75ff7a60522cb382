import createClient from 'openapi-fetch'
import { errorSentence } from '@gonggu/words'
import { ApiError, toApiError } from './error'

type Query = Record<string, string | number | boolean | undefined>
export const base = '/api/v1'

// The server refuses a change without this header: a page of another site cannot send it.
const headers = { 'X-Gonggu': '1' }

interface Answer { data?: unknown; error?: unknown; response: Response }
type Send = (path: string, init: object) => Promise<Answer>

const client = createClient({ baseUrl: base, headers, credentials: 'same-origin' }) as unknown as Record<'GET' | 'POST' | 'PUT' | 'DELETE', Send>

let onSignedOut: () => void = () => undefined
/** What to do when the server no longer knows us; called once per refused request, except those of the session itself. */
export function whenSignedOut(then: () => void): void { onSignedOut = then }

async function call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, init: { query?: Query; body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const query = Object.fromEntries(Object.entries(init.query ?? {}).filter(([, v]) => v !== undefined && v !== ''))
  let answer: Answer
  try {
    answer = await client[method](path, { params: { query }, body: init.body, signal: init.signal })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError('network.unreachable', 0, errorSentence('network.unreachable', 0, ''))
  }
  if (answer.response.ok) return answer.data as T
  if (answer.response.status === 401 && path !== '/session') onSignedOut()
  throw toApiError(answer.response.status, answer.error, errorSentence)
}

export const http = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown) => call<T>('POST', path, { body }),
  put: <T>(path: string, body?: unknown) => call<T>('PUT', path, { body }),
  delete: <T>(path: string) => call<T>('DELETE', path),
}

/** Address of a download: the browser fetches it with the session cookie. */
export function downloadUrl(path: string, query: Query = {}): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== '') q.set(k, String(v))
  const tail = q.toString()
  return `${base}${path}${tail ? `?${tail}` : ''}`
}

/** Multipart upload with progress, which fetch cannot report. */
export function upload<T>(path: string, files: File[], onProgress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    for (const f of files) form.append('file', f, f.name)
    const x = new XMLHttpRequest()
    x.open('POST', base + path)
    for (const [k, v] of Object.entries(headers)) x.setRequestHeader(k, v)
    x.upload.onprogress = (e) => { if (e.lengthComputable) onProgress(e.loaded / e.total) }
    x.onerror = () => reject(new ApiError('network.unreachable', 0, errorSentence('network.unreachable', 0, '')))
    x.onload = () => {
      let body: unknown
      try { body = JSON.parse(x.responseText) } catch { body = undefined }
      if (x.status >= 200 && x.status < 300) resolve(body as T)
      else reject(toApiError(x.status, body, errorSentence))
    }
    x.send(form)
  })
}
