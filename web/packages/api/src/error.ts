/** The one error that reaches a room: `code` is stable, `message` is a Chinese sentence that says what to do. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly fields: { location: string; message: string }[] = [],
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** problem+json, a proxy's HTML page or nothing at all become one ApiError. `sentence` chooses the words. */
export function toApiError(status: number, body: unknown, sentence: (code: string, status: number, detail: string) => string): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as { type?: unknown; detail?: unknown; errors?: unknown }
  const type = typeof problem.type === 'string' ? problem.type : ''
  const code = type.startsWith('urn:gonggu:') ? type.slice('urn:gonggu:'.length) : `http.${status}`
  const detail = typeof problem.detail === 'string' ? problem.detail : ''
  const fields = Array.isArray(problem.errors)
    ? problem.errors.map((e: { location?: unknown; message?: unknown }) => ({ location: String(e.location ?? ''), message: String(e.message ?? '') }))
    : []
  return new ApiError(code, status, sentence(code, status, detail), fields)
}
