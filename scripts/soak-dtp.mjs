/**
 * A payload over DTP while client and server are killed in turns (`kill -9`), again and again; ends when it is whole and its
 * SHA-256 is that of the file.
 *
 *   node scripts/soak-dtp.mjs [--size 3GiB] [--throughput 40MB/s] [--every 4s] [--seed N]
 */
import { spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { build, install, ROOT } from './ready.mjs'

const UNITS = { kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '3GiB' },
    throughput: { type: 'string', default: '40MB/s' },
    every: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
})
const [, digits, unit] = /^(\d+)([A-Za-z]*)$/.exec(values.size)
const size = Number(digits) * (UNITS[unit] ?? 1)
const everyMs = Number.parseFloat(values.every) * 1000

await install()
await build()
const BIN = join(ROOT, 'packages/cli/bin/skyferry.js')
const folder = mkdtempSync(join(tmpdir(), 'skyferry-soak-'))
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))

let state = Number(values.seed)
/** A small, fixed source of chance. */
const chance = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

const file = join(folder, 'payload')
const out = join(folder, 'out')
const wanted = fill(file, size)
const [ground, craft] = await freeAddresses(2)
const serve = [
  'dtp',
  'serve',
  '--payload',
  `1=${file}`,
  '--address',
  '20',
  '--link',
  `udp:${craft},${ground}`,
]
const get = [
  ...[
    'dtp',
    'get',
    '1',
    '--server',
    '20',
    '-o',
    out,
    '--link',
    `udp:${ground},${craft}`,
    '--peer',
    'skyferry',
  ],
  ...['--mtu', '2044', '--throughput', values.throughput, '--idle', '1s'],
]
let server = start(serve)
let client = start(get)
let kills = 0
const began = Date.now()
for (let turn = 0; client.result === undefined; turn++) {
  await Promise.race([client.ended, pause(everyMs * (0.5 + chance()))])
  if (client.result !== undefined) break
  const isServer = turn % 2 === 1
  const victim = isServer ? server : client
  victim.child.kill('SIGKILL')
  await victim.ended
  kills += 1
  process.stdout.write(
    `${seconds()} s: ${isServer ? 'server' : 'client'} killed at ${client.octets} octets\n`,
  )
  if (isServer) server = start(serve)
  else client = start(get)
}
await client.ended
server.child.kill('SIGKILL')
const got = await digestOf(out)
const isSame = client.result.state === 'completed' && got === wanted
process.stdout.write(
  `${isSame ? '✓' : '✗'} ${size} octets in ${seconds()} s, ${kills} kills, SHA-256 ${isSame ? 'equal' : `${got}, not ${wanted}`}\n`,
)
process.exitCode = isSame ? 0 : 1

function start(args) {
  const child = spawn(process.execPath, [BIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  const one = { child, octets: 0, result: undefined, ended: undefined }
  createInterface({ input: child.stdout }).on('line', text => {
    const line = JSON.parse(text)
    if (line.type === 'progress') one.octets = line.octets
    if (line.type === 'result' || line.type === 'error') one.result = line
  })
  one.ended = new Promise(resolve => child.once('close', resolve)).then(() => running.delete(child))
  return one
}

/** Random octets. @returns their SHA-256 */
function fill(path, octets) {
  const hash = createHash('sha256')
  const descriptor = openSync(path, 'w')
  const block = Buffer.alloc(2 ** 20)
  for (let left = octets; left > 0; left -= block.length) {
    const piece = randomFillSync(block).subarray(0, Math.min(left, block.length))
    hash.update(piece)
    writeSync(descriptor, piece)
  }
  return hash.digest('hex')
}

async function digestOf(path) {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece)
  return hash.digest('hex')
}

async function freeAddresses(count) {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'))
  await Promise.all(sockets.map(socket => new Promise(resolve => socket.bind(0, '127.0.0.1', resolve))))
  const addresses = sockets.map(socket => `127.0.0.1:${socket.address().port}`)
  await Promise.all(sockets.map(socket => new Promise(resolve => socket.close(resolve))))
  return addresses
}

function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

function seconds() {
  return ((Date.now() - began) / 1000).toFixed(1)
}
