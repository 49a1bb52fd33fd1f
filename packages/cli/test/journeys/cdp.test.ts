/** `skyferry cdp` over the loopback: the built program, two processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

interface Process {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  out(): Buffer
  /** Resolves with the port it listens on. */
  readonly port: Promise<number>
}

function start(args: readonly string[]): Process {
  const child = spawn(process.execPath, [MAIN, 'cdp', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  let said = ''
  child.stdout.on('data', chunk => chunks.push(chunk as Buffer))
  const port = new Promise<number>(resolve => {
    child.stderr.on('data', chunk => {
      said += String(chunk)
      const found = /listening on \S+:(\d+)/.exec(said)
      if (found !== null) resolve(Number(found[1]))
    })
  })
  const exit = new Promise<number | null>(resolve => child.once('close', resolve))
  return { child, exit, out: () => Buffer.concat(chunks), port }
}

describe('skyferry cdp', () => {
  it('carries a stream from connect to listen, bit for bit', async () => {
    const content = randomBytes(2_000_000)
    const listener = start(['listen', '127.0.0.1:0'])
    const client = start(['connect', `127.0.0.1:${await listener.port}`])
    client.child.stdin!.end(content)
    expect(await client.exit).toBe(0)
    expect(await listener.exit).toBe(0)
    expect(listener.out().equals(content)).toBe(true)
  })

  it('exchanges one turn each way', async () => {
    const listener = start(['listen', '127.0.0.1:0', '--mode', 'exchange'])
    const client = start(['connect', `127.0.0.1:${await listener.port}`, '--mode', 'exchange'])
    listener.child.stdin!.end('an answer')
    client.child.stdin!.end('a question')
    expect(await client.exit).toBe(0)
    expect(await listener.exit).toBe(0)
    expect(listener.out().toString()).toBe('a question')
    expect(client.out().toString()).toBe('an answer')
  })

  it('says with --json what came, one payload per line, and how it ended', async () => {
    const listener = start(['listen', '127.0.0.1:0', '--json'])
    // With --json the port is on stdout.
    const port = await new Promise<number>(resolve => {
      listener.child.stdout!.on('data', () => {
        const found = /listening on \S+?:(\d+)/.exec(listener.out().toString())
        if (found !== null) resolve(Number(found[1]))
      })
    })
    const client = start(['connect', `127.0.0.1:${port}`, '--line'])
    client.child.stdin!.end('one\ntwo\n')
    expect(await client.exit).toBe(0)
    expect(await listener.exit).toBe(0)
    const lines = listener
      .out()
      .toString()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.filter(({ type }) => type === 'payload').map(({ hex }) => hex)).toEqual([
      '6f6e650a',
      '74776f0a',
      '',
    ])
    expect(lines.at(-1)).toMatchObject({ type: 'result', state: 'completed', reason: 'clean' })
  })

  it('cannot reach whoever is not there: status 3', async () => {
    const client = start(['connect', '127.0.0.1:1', '--give-up', '1s'])
    client.child.stdin!.end('hello')
    expect(await client.exit).toBe(3)
  })

  it('refuses to listen where others can send, unless told how to tell them apart', async () => {
    expect(await start(['listen', '0.0.0.0:0']).exit).toBe(2)
  })

  it('decodes', async () => {
    const decoder = start(['decode', '20006869'])
    expect(await decoder.exit).toBe(0)
    expect(decoder.out().toString()).toContain('payload, gives control')
    expect(await start(['decode', '70']).exit).toBe(1)
  })
})
