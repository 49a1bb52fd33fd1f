/**
 * `npm run up`: two stations, ground and a simulated spacecraft, joined by a bad link. A file crosses it while the link
 * goes dark half-way and the spacecraft is killed and comes back; then both stay up. Node's own modules only: this may
 * be the first thing that runs in a fresh clone.
 *
 *   npm run up                       stays up afterwards: http://127.0.0.1:8090, the spacecraft on 8091
 *   npm run up -- --once             exits: 0 when the file arrived, bit for bit
 *   npm run up -- --file PATH        sends this file instead of ten generated MiB
 *   npm run up -- --any-port         takes whatever ports are free
 *   npm run up -- --json             one JSON object per line on stdout
 */
import { spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { createSocket } from 'node:dgram'
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openAsBlob,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { ensureReady, NotReady, ROOT } from './ready.mjs'

const GENERATED_OCTETS = 10 * 1024 * 1024
const HTTP = { ground: 8090, craft: 8091 }
/** The link goes dark when this share has arrived, for so long; the spacecraft is killed in the middle of it. */
const DARK_AT = 0.4
const DARK_MS = 4000
/** So often the stations are asked how far they are. */
const LOOK_MS = 200
/** Nothing at all happened for so long: something is broken. */
const STALLED_MS = 120_000

const CLI = join(ROOT, 'packages', 'cli', 'dist', 'main.js')

class UpError extends Error {}

async function main() {
  let options
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write('npm run up -- [--once] [--file PATH] [--any-port] [--json]\n')
    return 0
  }
  const say = speaker(options.json)
  const family = new Family()
  const interrupted = new Promise(settle => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        family.end(signal === 'SIGINT' && family.isEnding ? 'SIGKILL' : 'SIGINT')
        settle(signal === 'SIGINT' ? 130 : 143)
      })
    }
  })
  const folder = { path: undefined }
  let status
  try {
    status = await Promise.race([journey(options, say, family, folder), interrupted])
    if (status === 0 && !options.once) status = await interrupted
  } catch (error) {
    if (!(error instanceof UpError || error instanceof NotReady)) throw error
    say.failure(error.message)
    status = 1
  } finally {
    say.close()
    await family.gone()
    const isWorthKeeping = status === 1
    if (folder.path !== undefined && !isWorthKeeping) rmSync(folder.path, { recursive: true, force: true })
  }
  return status
}

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'any-port': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      file: { type: 'string' },
    },
  })
  if (values.file !== undefined && !statSync(values.file, { throwIfNoEntry: false })?.isFile()) {
    throw new UpError(`--file: there is no file '${values.file}'`)
  }
  return values
}

/** The whole story. @returns 0 when the file arrived */
async function journey(options, say, family, folder) {
  await ensureReady({ quiet: options.json })
  folder.path = mkdtempSync(join(tmpdir(), 'skyferry-up-'))
  const file = options.file === undefined ? generate(folder.path) : resolve(options.file)
  const size = statSync(file).size
  writeSamples(join(folder.path, 'craft', 'buckets', 'cfdpUp', 'telemetry'))
  const isFixed = !options.once && !options['any-port']
  const [groundPort, craftPort] = await freePorts(2)
  const address = port => `127.0.0.1:${port}`
  const start = async (name, port, peer, more) => {
    const station = family.start(name, [
      ...['serve', '--json', '--as', name, '--data-dir', join(folder.path, name), ...more],
      ...['--http', address(isFixed ? HTTP[name] : 0), '--listen', address(port), '--peer', address(peer)],
    ])
    station.url = (await station.line(line => line.code === 'listening')).url
    return station
  }
  let craft = await start('craft', craftPort, groundPort, [])
  const ground = await start('ground', groundPort, craftPort, ['--impaired'])
  const { links } = await ask(ground, '/v1/links')
  say.event(
    'link',
    `ground (${ground.url}) and craft (${craft.url}) are joined by a link: ${weatherOf(links[0])}`,
  )

  say.event('send', `ground sends ${basename(file)} (${size} octets)`)
  const started = performance.now()
  const object = await ask(ground, `/v1/buckets/cfdpUp/objects/${encodeURIComponent(basename(file))}`, {
    method: 'PUT',
    body: await openAsBlob(file),
  })
  const { id, protocolId } = await post(ground, '/v1/transfers', {
    ...{ bucket: object.bucket, object: object.name, to: 'craft', path: 'received/' },
  })
  const atGround = () => ask(ground, `/v1/transfers/${id}`)
  // A small file may be through before there is a half-way.
  const halfWay = await watch(atGround, say, transfer => transfer.octets >= size * DARK_AT)
  if (halfWay.end === null) {
    await post(ground, '/v1/links/cfdp/down')
    say.event('dark', `the link goes dark for ${DARK_MS / 1000} s`)
    await after(DARK_MS / 2)
    say.event('killed', 'the spacecraft is killed (SIGKILL) and starts again from its journal')
    await craft.kill()
    craft = await start('craft', craftPort, groundPort, [])
    await after(DARK_MS / 2)
    await post(ground, '/v1/links/cfdp/up')
    say.event('light', 'the link is back')
  }
  const sent = await watch(atGround, say, () => false)
  const received = await watch(
    async () => (await ask(craft, '/v1/transfers')).transfers.find(each => each.protocolId === protocolId),
    say,
    () => false,
  )
  const seconds = (performance.now() - started) / 1000
  if (sent.state !== 'completed') throw new UpError(`ground: ${sent.reason}`)
  if (received.state !== 'completed') throw new UpError(`craft: ${received.reason}`)
  const there = await fetch(`${craft.url}/v1/buckets/${received.bucket}/objects/${received.object}`)
  const [before, afterwards] = await Promise.all([sha256(file), digestOf(there.body)])
  if (before !== afterwards)
    throw new UpError(`the octets differ: SHA-256 ${before} left, ${afterwards} arrived`)
  const path = join(folder.path, 'craft', 'buckets', received.bucket, received.object)
  say.result({ seconds, size, sha256: afterwards, path, sent, received })
  if (options.once) {
    family.end('SIGTERM')
    return 0
  }
  const where = isFixed ? '' : ` --station ${ground.url}`
  say.invitation(
    `npx skyferry put FILE craft:${where}`,
    `npx skyferry get craft:telemetry/housekeeping.csv${where}`,
    ground.url,
  )
  craft.onLine(line => {
    if (line.code === 'transfer-completed') say.event('arrived', `craft: ${line.text}`)
  })
  return 0
}

/** What a station answers, as long as it is a success. */
async function ask(station, route, init = {}) {
  const answer = await fetch(station.url + route, init)
  const body = await answer.json()
  if (!answer.ok) throw new UpError(`${station.url}${route}: ${body.text}`)
  return body
}

function post(station, route, body = {}) {
  const headers = { 'content-type': 'application/json' }
  return ask(station, route, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Shows a transfer until it has ended or got as far as wanted; fails when it does not move for too long. */
async function watch(look, say, isFarEnough) {
  let last = ''
  let movedAt = performance.now()
  for (;;) {
    const transfer = await look()
    if (transfer !== undefined) {
      say.progress({ type: 'progress', ...transfer })
      if (transfer.end !== null || isFarEnough(transfer)) return transfer
      const now = `${transfer.state} ${transfer.octets} ${transfer.pdus.sent}`
      if (now !== last) movedAt = performance.now()
      last = now
    }
    if (performance.now() - movedAt > STALLED_MS)
      throw new UpError(`nothing has moved: ${transfer?.explanation}`)
    await after(LOOK_MS)
  }
}

/** `10 Mbit/s, delay 40 ms, loss 2 %` */
function weatherOf({ impairment }) {
  return `${impairment.rate / 1e6} Mbit/s, delay ${impairment.delayMs} ms, loss ${impairment.loss * 100} %`
}

function generate(folder) {
  const path = join(folder, 'image.raw')
  writeFileSync(path, randomFillSync(Buffer.alloc(GENERATED_OCTETS)))
  return path
}

/** What a spacecraft would have to tell. */
function writeSamples(folder) {
  mkdirSync(folder, { recursive: true })
  const rows = Array.from({ length: 2000 }, (_, index) => {
    const angle = index / 50
    return `${index},${(28 + Math.sin(angle)).toFixed(3)},${(290 + 15 * Math.cos(angle)).toFixed(2)}`
  })
  writeFileSync(join(folder, 'housekeeping.csv'), `second,bus volts,panel kelvin\n${rows.join('\n')}\n`)
  writeFileSync(join(folder, 'camera.raw'), randomFillSync(Buffer.alloc(1024 * 1024)))
  writeFileSync(join(folder, 'boot.log'), 'boot 41: watchdog\nboot 42: commanded\n')
}

async function digestOf(body) {
  const hash = createHash('sha256')
  for await (const chunk of body) hash.update(chunk)
  return hash.digest('hex')
}

async function sha256(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** UDP ports of the loopback that nobody uses; all are held until all are known, so that they differ. */
async function freePorts(count) {
  const sockets = await Promise.all(
    Array.from({ length: count }, () => {
      const socket = createSocket('udp4')
      return new Promise((settle, fail) => {
        socket.once('error', fail)
        socket.bind(0, '127.0.0.1', () => settle(socket))
      })
    }),
  )
  const ports = sockets.map(socket => socket.address().port)
  await Promise.all(sockets.map(socket => new Promise(settle => socket.close(settle))))
  return ports
}

function after(milliseconds) {
  return new Promise(settle => setTimeout(settle, milliseconds))
}

/** The processes we started; nobody else's are ever touched. */
class Family {
  #children = new Set()
  isEnding = false

  start(name, args) {
    if (this.isEnding) throw new UpError('interrupted')
    const child = new Child(name, args)
    this.#children.add(child)
    child.exit.then(() => this.#children.delete(child))
    return child
  }

  /** Asks each to end, by its pid; each gets the signal once, since a second SIGINT means "at once". */
  end(signal) {
    if (this.isEnding && signal === 'SIGINT') return
    this.isEnding = true
    for (const child of this.#children) child.signal(signal)
  }

  async gone() {
    this.end('SIGINT')
    await Promise.all([...this.#children].map(child => child.exit))
  }
}

/** One `skyferry … --json`, and the lines it writes. */
class Child {
  #name
  #process
  #listeners = new Set()
  #last = ''
  /** Resolves with the status, or the signal. */
  exit
  /** Of its API. */
  url
  #isWanted = true

  constructor(name, args) {
    this.#name = name
    // A process group of its own: a terminal's Ctrl-C reaches us alone, and we pass it on once.
    this.#process = spawn(process.execPath, [CLI, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#process.stderr.on('data', text => {
      this.#last = `${this.#last}${text}`.slice(-2000)
    })
    createInterface({ input: this.#process.stdout }).on('line', text => {
      const line = JSON.parse(text)
      for (const listener of this.#listeners) listener(line)
    })
    this.exit = new Promise(settle => this.#process.once('close', (code, signal) => settle(code ?? signal)))
  }

  onLine(listener) {
    this.#listeners.add(listener)
  }

  /** The first line from now on that `isIt`; fails when the process ends, or nothing is written for too long. */
  line(isIt) {
    const line = this.#line(isIt)
    // Whoever awaits it hears of its failure; until then it must not end our process.
    line.catch(() => {})
    return line
  }

  #line(isIt) {
    return new Promise((settle, fail) => {
      const stalled = () => fail(new UpError(`${this.#name} has said nothing for ${STALLED_MS / 1000} s`))
      let timer = setTimeout(stalled, STALLED_MS)
      const listener = line => {
        clearTimeout(timer)
        if (!isIt(line)) {
          timer = setTimeout(stalled, STALLED_MS)
          return
        }
        this.#listeners.delete(listener)
        settle(line)
      }
      this.#listeners.add(listener)
      this.exit.then(status => {
        clearTimeout(timer)
        if (this.#isWanted) fail(new UpError(`${this.#name} ended (${status}): ${this.#last.trim()}`))
      })
    })
  }

  signal(signal) {
    this.#isWanted = false
    this.#process.kill(signal)
  }

  /** As a crash would: no chance to say goodbye. */
  async kill() {
    this.signal('SIGKILL')
    await this.exit
  }
}

/** What an operator reads, or a program. */
function speaker(json) {
  const write = (type, fields) => {
    process.stdout.write(`${JSON.stringify({ type, time: new Date().toISOString(), ...fields })}\n`)
  }
  if (json) {
    return {
      event: (code, text) => write('event', { code, text }),
      progress: line => {
        const { octets, size, gaps, rate } = line
        write('progress', { octets, size, gaps, rate })
      },
      result: ({ seconds, size, sha256: digest, path, sent, received }) => {
        const pdus = { ...sent.pdus, receiver: received.pdus }
        const state = 'completed'
        write('result', { state, reason: null, octets: size, seconds, sha256: digest, path, pdus })
      },
      invitation: (put, get, url) => write('event', { code: 'ready', text: put, get, url }),
      failure: reason => {
        write('result', { state: 'failed', reason })
        process.stderr.write(`${reason}\n`)
      },
      close: () => {},
    }
  }
  const screen = new Screen()
  return {
    event: (_code, text) => screen.say(text),
    progress: line => screen.show(line),
    result: ({ seconds, size, sha256: digest, path, sent, received }) => {
      screen.say(
        [
          '',
          `arrived     ${path}`,
          `octets      ${size} in ${seconds.toFixed(1)} s (${megabits((size * 8) / seconds)}), the outage included`,
          `pdus        ground sent ${sent.pdus.sent}, of these ${sent.pdus.resent} again; craft sent ${received.pdus.sent}`,
          `sha256      ${digest}, the same at both ends`,
        ].join('\n'),
      )
    },
    invitation: (put, get, url) => {
      screen.say(
        [
          `\nBoth stations stay up. Their API, browsable: ${url}`,
          'In another terminal in this folder, over the same link:\n',
          `  ${put}`,
          `  ${get}`,
          '  npx skyferry transfers --watch\n',
          'Ctrl-C ends this.',
        ].join('\n'),
      )
    },
    failure: reason => screen.say(`failed: ${reason}`),
    close: () => screen.close(),
  }
}

/** Progress in one line of a terminal, or a line now and then where there is none. */
class Screen {
  #isShowing = false
  #shownAt = -Infinity

  show({ octets, size, gaps, rate }) {
    const share = size ? octets / size : 0
    const text = `${String(Math.floor(share * 100)).padStart(3)}%  ${octets} of ${size ?? '?'} octets  ${megabits(rate)}  ${gaps} gaps`
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[K${'█'.repeat(Math.round(share * 24)).padEnd(24, '░')} ${text}`)
      this.#isShowing = true
    } else if (performance.now() - this.#shownAt >= 1000 || octets === size) {
      this.#shownAt = performance.now()
      process.stdout.write(`${text}\n`)
    }
  }

  say(text) {
    this.close()
    process.stdout.write(`${text}\n`)
  }

  close() {
    if (this.#isShowing) process.stdout.write('\n')
    this.#isShowing = false
  }
}

function megabits(bitsPerSecond) {
  return `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s`
}

// Last, because classes do not exist before their lines have run.
process.exitCode = await main()
