import createClient from 'openapi-fetch'
import { errorSentence } from '@gonggu/words'
import { ApiError, toApiError } from './error'
import type { paths } from './schema'

// The server refuses a change without this header: a page of another site cannot send it.
const headers = { 'X-Gonggu': '1' }

export const client = createClient<paths>({ baseUrl: '', headers, credentials: 'same-origin' })

let onSignedOut: () => void = () => undefined
/** What to do when the server no longer knows us; called once per refused request, except those that ask who we are or sign in. */
export function whenSignedOut(then: () => void): void { onSignedOut = then }

const unreachable = (): ApiError => new ApiError('network.unreachable', 0, errorSentence('network.unreachable', 0, ''))

/** The data of an answer, or an ApiError; an aborted request stays an AbortError. `quiet` keeps a 401 from signing out. */
export async function done<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>, quiet = false): Promise<T> {
  let answer: Awaited<typeof call>
  try {
    answer = await call
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw unreachable()
  }
  if (answer.response.ok) return answer.data as T
  if (answer.response.status === 401 && !quiet) onSignedOut()
  throw toApiError(answer.response.status, answer.error, errorSentence)
}

/** A filter without what is empty, so that no address carries `q=&state=`. */
export function given<F extends object>(filter: F): F {
  return Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== undefined && v !== '')) as F
}

/** Address of a download: the browser fetches it with the session cookie. */
export function downloadUrl(path: string, query: Record<string, string | undefined> = {}): string {
  const tail = new URLSearchParams(given(query) as Record<string, string>).toString()
  return `${path}${tail ? `?${tail}` : ''}`
}

/** Multipart upload with progress, which fetch cannot report. */
export function upload<T>(path: string, files: File[], onProgress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    for (const f of files) form.append('file', f, f.name)
    const x = new XMLHttpRequest()
    x.open('POST', path)
    for (const [k, v] of Object.entries(headers)) x.setRequestHeader(k, v)
    x.upload.onprogress = (e) => { if (e.lengthComputable) onProgress(e.loaded / e.total) }
    x.onerror = () => reject(unreachable())
    x.onload = () => {
      let body: unknown
      try { body = JSON.parse(x.responseText) } catch { body = undefined }
      if (x.status >= 200 && x.status < 300) return resolve(body as T)
      if (x.status === 401) onSignedOut()
      reject(toApiError(x.status, body, errorSentence))
    }
    x.send(form)
  })
}

/** Fetches a file by POST and hands it to the browser to save: for what may be fetched only once, or is made from a file. */
export async function save(path: string, name: string, file?: File): Promise<void> {
  let r: Response
  const form = file && new FormData()
  if (file) form?.append('file', file, file.name)
  try {
    r = await fetch(path, { method: 'POST', headers, credentials: 'same-origin', body: form })
  } catch {
    throw unreachable()
  }
  if (!r.ok) {
    if (r.status === 401) onSignedOut()
    throw toApiError(r.status, await r.json().catch(() => undefined), errorSentence)
  }
  const address = URL.createObjectURL(await r.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** A workbook that must be asked for with a reason, which has no place in an address: its name and bytes. */
export async function workbook(path: string, body: unknown): Promise<{ name: string; file: Blob }> {
  let answer: Response
  try {
    answer = await fetch(path, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, credentials: 'same-origin', body: JSON.stringify(body) })
  } catch {
    throw unreachable()
  }
  if (!answer.ok) {
    if (answer.status === 401) onSignedOut()
    throw toApiError(answer.status, await answer.json().catch(() => undefined), errorSentence)
  }
  const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? 'export.xlsx'
  return { name: decodeURIComponent(name), file: await answer.blob() }
}
