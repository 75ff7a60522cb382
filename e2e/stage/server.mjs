// The real binary on a small demonstration of its own: a folder that goes away, a port that was free.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const binary = process.env.GONGGU ?? join(root, 'bin', 'gonggu')

function freePort() {
  return new Promise((then, fail) => {
    const s = createServer()
    s.once('error', fail)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => then(port))
    })
  })
}

/** Plays a demonstration of so many households and serves it; kill() ends the server as a power cut does, start() brings it back. */
export async function county(households, ...more) {
  const data = mkdtempSync(join(tmpdir(), 'gonggu-e2e-'))
  const made = spawnSync(binary, ['demo', '--data', data, '--households', String(households), '--json', ...more], { encoding: 'utf8', timeout: 180_000 })
  if (made.status !== 0) throw new Error(`gonggu demo: ${made.error ?? made.stderr}`)
  const state = JSON.parse(made.stdout)
  const port = await freePort()
  let child
  const start = () => new Promise((then, fail) => {
    let said = ''
    const own = spawn(binary, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] })
    const late = setTimeout(() => fail(new Error(`gonggu serve does not start: ${said}`)), 30_000)
    const hear = (b) => {
      said += b
      if (said.includes('巩固已启动')) { clearTimeout(late); then() }
    }
    own.stdout.on('data', hear)
    own.stderr.on('data', (b) => { said += b })
    own.once('exit', (code) => { clearTimeout(late); fail(new Error(`gonggu serve ended (${code}): ${said}`)) })
    child = own
  })
  const end = (signal) => new Promise((then) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return then()
    child.once('exit', () => then())
    child.kill(signal)
  })
  await start()
  const run = (...args) => spawnSync(binary, [...args, '--data', data], { encoding: 'utf8', timeout: 120_000 })
  return { origin: `http://127.0.0.1:${port}`, state, data, start, run, kill: () => end('SIGKILL'), stop: async () => { await end('SIGTERM'); rmSync(data, { recursive: true, force: true }) } }
}
