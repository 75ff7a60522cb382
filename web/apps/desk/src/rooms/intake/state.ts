/** Colour of an import's state; the word stands beside it. */
export function tone(state: string): string {
  return ({ done: 'good', preview: 'wait', reading: 'main', applying: 'main', failed: 'bad' })[state] ?? ''
}

/** States in which the server is at work and the page asks again by itself. */
export const working = (state: string): boolean => state === 'reading' || state === 'applying'

/** Milliseconds until the next question: quick at first, then slower, so that a long import does not cost thousands of requests. */
export function pause(asked: number): number {
  return Math.min(600 + asked * 200, 3000)
}
