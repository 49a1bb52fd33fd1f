/** The links that CSP rides on keep the contract of every link. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe } from 'vitest'
import {
  connectTcp,
  kissLink,
  listenTcp,
  openTty,
  realClock,
  type StreamLink,
  startZmqHub,
  zmqLink,
} from '../src/index.ts'
import { type Cable, everyLinkComplies } from './compliance.ts'

const mtuOctets = 1400
const anywhere = { host: '127.0.0.1', port: 0 }

const cableOf = (near: StreamLink, far: StreamLink, unplug?: () => Promise<void>): Cable<string> => ({
  near,
  far,
  // Each end knows only what it is plugged into.
  nearAddress: far.peer,
  farAddress: near.peer,
  mtuOctets,
  unplug: async () => {
    await Promise.all([near.closed, far.closed])
    await unplug?.()
  },
})

for (const version of [1, 2] as const) {
  everyLinkComplies(`a KISS link of version ${version} over TCP`, async () => {
    const server = await listenTcp(anywhere)
    const client = await connectTcp(server.local)
    return cableOf(kissLink(client, { version, mtuOctets }), kissLink(server, { version, mtuOctets }))
  })
}

everyLinkComplies('a ZeroMQ link', async () => {
  const clock = realClock()
  // Two hubs, one for each direction: who subscribes to everything at one hub hears itself.
  const hub = () => startZmqHub({ publish: anywhere, subscribe: anywhere, clock })
  const [there, back] = [await hub(), await hub()]
  const topics = [new Uint8Array(0)]
  const link = (out: typeof there, into: typeof there) =>
    zmqLink({ publish: out.publish, subscribe: into.subscribe, topics, mtuOctets })
  const [near, far] = await Promise.all([link(there, back), link(back, there)])
  return cableOf(near, far, async () => {
    await Promise.all([there.close(), back.close()])
  })
})

/** A pair of serial lines that are joined, from a program that makes such. */
async function ptyPair(): Promise<{ paths: [string, string]; end(): Promise<void> }> {
  const program = spawn('python3', ['-c', PTYS], { stdio: ['pipe', 'pipe', 'inherit'] })
  let line = ''
  while (!line.includes('.')) line += String((await once(program.stdout, 'data'))[0])
  const paths = line.slice(0, line.indexOf('.')).split(' ') as [string, string]
  return {
    paths,
    end: async () => {
      const gone = once(program, 'exit')
      program.stdin.end()
      await gone
    },
  }
}

const PTYS = `
import os, select, sys, tty
pairs = [os.openpty() for _ in range(2)]
for pair in pairs:
    tty.setraw(pair[0]); tty.setraw(pair[1])
print(os.ttyname(pairs[0][1]) + ' ' + os.ttyname(pairs[1][1]) + '.', flush=True)
(a, b) = (pairs[0][0], pairs[1][0])
while True:
    ready, _, _ = select.select([a, b, sys.stdin], [], [])
    if sys.stdin in ready: break
    for (source, target) in ((a, b), (b, a)):
        if source in ready:
            octets = os.read(source, 65536)
            while octets: octets = octets[os.write(target, octets):]
`

const hasPython = ((): boolean => {
  try {
    execFileSync('python3', ['-c', 'import pty'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasPython)('with python3 to make pseudo-terminals', () => {
  everyLinkComplies('a KISS link over a serial line', async () => {
    const { paths, end } = await ptyPair()
    const [near, far] = paths.map(path => kissLink(openTty(path), { version: 2, mtuOctets })) as [
      StreamLink,
      StreamLink,
    ]
    return cableOf(near, far, end)
  })
})
