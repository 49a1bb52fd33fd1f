/** DTP from satdeploy's server, through our hub. */
import { spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pause, start } from '../processes.mjs'
import { BIN } from '../skyferry.mjs'

export const name = 'satdeploy'

const PYTHON = fileURLToPath(new URL('.venv/bin/python', import.meta.url))
const PEER = fileURLToPath(new URL('peer.py', import.meta.url))
const LIMIT_MS = 120_000
const THEIRS = 20

/** What it lacks on this machine, and the command that brings it; undefined when it can run. */
export function lacking() {
  const finds = ['-c', 'import satdeploy.csp.dtp_server']
  if (existsSync(PYTHON) && spawnSync(PYTHON, finds, { stdio: 'ignore' }).status === 0) return undefined
  return {
    why: 'satdeploy is not installed',
    enable:
      'python3 -m venv interop/satdeploy/.venv && interop/satdeploy/.venv/bin/pip install satdeploy==0.3.13',
  }
}

export function exchanges() {
  return [
    { title: 'whole, no loss', octets: 300_003, loss: '0%' },
    { title: 'whole, 5 % loss', octets: 300_003, loss: '5%' },
    { title: 'a size that divides evenly', octets: 200_000, loss: '0%' },
    { title: 'one octet', octets: 1, loss: '0%' },
    { title: 'killed and repeated, 5 % loss', octets: 1_000_000, loss: '5%', killsAt: 300_000 },
  ]
}

export function legend() {
  return []
}

export async function run({ octets, loss, killsAt }) {
  const [publish, subscribe] = await freeTcpPorts(2)
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-satdeploy-'))
  const began = performance.now()
  const running = []
  const begin = program => {
    const one = start(program, LIMIT_MS)
    running.push(one)
    return one
  }
  const ours = args => begin({ command: process.execPath, args: [BIN, ...args, '--json'] })
  try {
    const content = randomFillSync(Buffer.alloc(octets))
    const file = join(folder, 'payload')
    const out = join(folder, 'out')
    writeFileSync(file, content)
    const ends = ['--publish', `127.0.0.1:${publish}`, '--subscribe', `127.0.0.1:${subscribe}`]
    ours(['csp', 'hub', ...ends, '--loss', loss, '--seed', '3'])
    await answers(publish)
    await answers(subscribe)
    const ports = ['--publish', `${publish}`, '--subscribe', `${subscribe}`]
    begin({
      command: PYTHON,
      args: [PEER, ...ports, '--address', `${THEIRS}`, '--payload', '1', file],
    })
    await pause(1500)
    const get = () =>
      ours([
        ...['dtp', 'get', '1', '--server', `${THEIRS}`, '--peer', 'satdeploy', '-o', out],
        ...['--mtu', '1008', '--idle', '1s', '--link', `zmq:127.0.0.1:${publish},${subscribe}`],
      ])
    if (killsAt !== undefined) {
      const first = get()
      while (first.alive() && !(existsSync(out) && readFileSync(out).length > killsAt)) await pause(20)
      first.signal('SIGKILL')
      await first.ended
    }
    const { status, result, stderr } = await get().ended
    const isSame = existsSync(out) && digest(readFileSync(out)) === digest(content)
    const isWhole = status === 0 && result?.state === 'completed' && isSame
    const notes = isWhole
      ? [`${result.pdus.sent} rounds`]
      : [`status ${status}, same octets: ${isSame}`, stderr]
    return { state: isWhole ? 'passed' : 'failed', seconds: (performance.now() - began) / 1000, notes }
  } finally {
    for (const one of running) if (one.alive()) one.signal('SIGTERM')
    await Promise.all(running.map(one => one.ended))
    rmSync(folder, { recursive: true, force: true })
  }
}

function digest(octets) {
  return createHash('sha256').update(octets).digest('hex')
}

/** Ports of the loopback that nobody listens on now, all different. */
async function freeTcpPorts(count) {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map(server => new Promise(settle => server.listen(0, '127.0.0.1', settle))))
  const ports = servers.map(server => server.address().port)
  await Promise.all(servers.map(server => new Promise(settle => server.close(settle))))
  return ports
}

/** Fulfilled once somebody takes connections at this port. */
async function answers(port) {
  for (let left = 100; left > 0; left--) {
    const isThere = await new Promise(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isThere) return
    await pause(100)
  }
}
