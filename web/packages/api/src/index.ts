// The server as the rooms see it: named types, one call per operation, one error.
export * from './sketch'
export { ApiError } from './error'
export { whenSignedOut } from './client'
export * from './calls'
