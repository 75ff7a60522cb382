// The server as the rooms see it: named types, one call per operation, one error.
export * from './shapes'
export { ApiError } from './error'
export { whenSignedOut } from './client'
export * from './calls'
