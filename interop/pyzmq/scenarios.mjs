/** CSP over ZeroMQ with libzmq at the other end: our hub and theirs, every layout of messages. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { freePorts, pause, start } from '../processes.mjs'
import { BIN } from '../skyferry.mjs'

export const name = 'pyzmq'

const PYTHON = fileURLToPath(new URL('.venv/bin/python', import.meta.url))
const PEER = fileURLToPath(new URL('peer.py', import.meta.url))
const LIMIT_MS = 30_000
const THEIRS = 2
const OURS = 10

/** What it lacks on this machine, and the command that brings it; undefined when it can run. */
export function lacking() {
  if (existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import zmq'], { stdio: 'ignore' }).status === 0) {
    return undefined
  }
  return {
    why: 'pyzmq is not installed',
    enable: 'python3 -m venv interop/pyzmq/.venv && interop/pyzmq/.venv/bin/pip install pyzmq==27.3.0',
  }
}

export function exchanges() {
  const layouts = ['v2', '1.x', '2.1', 'bare']
  return layouts.flatMap(layout =>
    ['our hub', 'their hub'].flatMap(hub =>
      ['we ping them', 'they ping us'].map(asker => ({
        title: `${layout.padEnd(4)}  ${hub}, ${asker}`,
        layout,
        hub,
        asker,
      })),
    ),
  )
}

export function legend() {
  return []
}

export async function run({ layout, hub, asker }) {
  const [publish, subscribe] = await freeTcpPorts(2)
  const [udp, nobody] = await freePorts(2)
  const began = performance.now()
  const running = []
  const begin = program => {
    const one = start(program, LIMIT_MS)
    running.push(one)
    return one
  }
  const ports = ['--publish', `${publish}`, '--subscribe', `${subscribe}`]
  const theirs = (role, ...args) =>
    begin({ command: PYTHON, args: [PEER, role, ...ports, '--layout', layout, ...args] })
  const ours = (...args) => begin({ command: process.execPath, args: [BIN, 'csp', ...args, '--json'] })
  const identity = [
    ...['--address', `${OURS}`, '--csp-version', layout === 'v2' ? '2' : '1'],
    ...(layout === 'v2' ? [] : ['--zmq-layout', layout]),
    ...['--link', `zmq:127.0.0.1:${publish},${subscribe}`],
  ]
  try {
    if (hub === 'our hub') {
      ours('hub', '--publish', `127.0.0.1:${publish}`, '--subscribe', `127.0.0.1:${subscribe}`)
    } else theirs('hub')
    await answers(publish)
    await answers(subscribe)
    let asked
    if (asker === 'we ping them') {
      theirs('node', '--address', `${THEIRS}`)
      await pause(1000)
      asked = ours('ping', `${THEIRS}`, '--count', '3', '--interval', '10ms', ...identity)
    } else {
      // The node of ours that stays is a bridge; what lies beyond it is nobody.
      ours('bridge', ...identity, '--link', `udp:127.0.0.1:${udp},127.0.0.1:${nobody}`)
      await pause(1000)
      asked = theirs('ping', '--address', `${THEIRS}`, '--to', `${OURS}`)
    }
    const ended = await asked.ended
    const sums = ended.lines.findLast(line => line.type === 'pings' || line.type === 'result')
    const isWhole = ended.status === 0 && sums?.answered === sums?.sent
    const notes = isWhole ? [] : [`${sums?.answered ?? 0} answered, status ${ended.status}`, ended.stderr]
    return { state: isWhole ? 'passed' : 'failed', seconds: (performance.now() - began) / 1000, notes }
  } finally {
    for (const one of running) if (one.alive()) one.signal('SIGTERM')
    await Promise.all(running.map(one => one.ended))
  }
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
