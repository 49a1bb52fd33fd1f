/**
 * `npm run up`: a file crosses a bad link. Two entities in processes of their own, an impaired link between them that
 * goes dark half-way, a receiver that is killed and comes back, and the far end's SHA-256 compared. Node's own modules
 * only: this may be the first thing that runs in a fresh clone.
 *
 *   npm run up                       stays up afterwards, for files of your own
 *   npm run up -- --once             exits: 0 when the file arrived, bit for bit
 *   npm run up -- --file PATH        sends this file instead of ten generated MiB
 *   npm run up -- --json             one JSON object per line on stdout
 */
import { spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { ensureReady, NotReady, ROOT } from './ready.mjs'

const GROUND = 11
const CRAFT = 5
const GENERATED_OCTETS = 10 * 1024 * 1024
const WEATHER = ['--rate', '10Mbit/s', '--delay', '40ms', '--loss', '2%']
/** The link goes dark when this share has arrived, for so long; the receiver is killed in the middle of it. */
const DARK_AT = 0.4
const DARK_MS = 4000
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
    process.stdout.write('npm run up -- [--once] [--file PATH] [--json]\n')
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
  const place = placesIn(folder.path)
  const file = options.file === undefined ? generate(folder.path) : resolve(options.file)
  const [groundPort, craftPort, towardCraftPort, towardGroundPort] = await freePorts(4)
  const address = port => `127.0.0.1:${port}`

  const link = family.start('link', [
    ...['link', 'emulate', '--json', '--control', '--a', address(groundPort), '--b', address(craftPort)],
    ...['--listen-a', address(towardCraftPort), '--listen-b', address(towardGroundPort), ...WEATHER],
  ])
  await link.line(line => line.code === 'listening')
  say.event(
    'link',
    `ground (entity ${GROUND}) and craft (entity ${CRAFT}) are joined by a link: ${describeWeather()}`,
  )

  const startCraft = async () => {
    const craft = family.start('craft', [
      ...[
        'cfdp',
        'receive',
        '--json',
        '--local',
        String(CRAFT),
        '--dir',
        place.files,
        '--state',
        place.craft,
      ],
      ...['--listen', address(craftPort), '--peer', address(towardGroundPort)],
    ])
    craft.onLine(line => say.progress(line))
    craft.result = craft.line(line => line.type === 'result')
    await craft.line(line => line.code === 'listening')
    return craft
  }
  let craft = await startCraft()
  // The file may be whole before the kill, and told of by the process that is killed.
  const arrivals = [craft.result]
  const size = statSync(file).size
  say.event('send', `ground sends ${basename(file)} (${size} octets)`)
  const started = performance.now()
  const settings = [
    '--local',
    String(GROUND),
    '--listen',
    address(groundPort),
    '--peer',
    address(towardCraftPort),
  ]
  const ground = family.start('ground', [
    ...['cfdp', 'send', file, '--json', ...settings, '--to', String(CRAFT), '--state', place.ground],
  ])
  ground.result = ground.line(line => line.type === 'result' || line.type === 'error')

  // A small file may be through before there is a half-way.
  const halfWay = await Promise.race([
    craft.line(line => line.type === 'progress' && line.octets >= (line.size ?? size) * DARK_AT),
    ground.result,
  ])
  if (halfWay.type === 'progress') {
    link.tell('down')
    say.event('dark', `the link goes dark for ${DARK_MS / 1000} s`)
    await after(DARK_MS / 2)
    say.event('killed', 'the receiving process is killed (SIGKILL) and starts again from its journal')
    await craft.kill()
    craft = await startCraft()
    arrivals.push(craft.result)
    await after(DARK_MS / 2)
    link.tell('up')
    say.event('light', 'the link is back')
  }
  const [sent, received] = await Promise.all([ground.result, Promise.race(arrivals)])
  const seconds = (performance.now() - started) / 1000
  if (sent.state !== 'completed') throw new UpError(`ground: ${sent.reason ?? sent.text}`)
  if (received.state !== 'completed') throw new UpError(`craft: ${received.reason}`)
  const [here, there] = await Promise.all([sha256(file), sha256(received.path)])
  if (here !== there) throw new UpError(`the octets differ: SHA-256 ${here} left, ${there} arrived`)
  say.result({ seconds, size, sha256: there, path: received.path, sent, received })
  // It stays a little, to acknowledge an end that comes again; until then its port is taken.
  await ground.exit
  if (options.once) {
    family.end('SIGINT')
    return 0
  }
  const command = `npx skyferry cfdp send FILE ${settings.join(' ')} --to ${CRAFT} --state ${place.ground}`
  say.invitation(command, place.files)
  craft.onLine(line => {
    if (line.type === 'result')
      say.event('arrived', `${line.path} (${line.octets} octets), SHA-256 ${line.sha256}`)
  })
  return 0
}

/** `rate 10Mbit/s, delay 40ms, loss 2%` */
function describeWeather() {
  const words = []
  for (let index = 0; index < WEATHER.length; index += 2) {
    words.push(`${WEATHER[index].slice(2)} ${WEATHER[index + 1]}`)
  }
  return words.join(', ')
}

function placesIn(folder) {
  const place = {
    ground: join(folder, 'ground'),
    craft: join(folder, 'craft'),
    files: join(folder, 'received'),
  }
  for (const path of Object.values(place)) mkdirSync(path)
  return place
}

function generate(folder) {
  const path = join(folder, 'image.raw')
  writeFileSync(path, randomFillSync(Buffer.alloc(GENERATED_OCTETS)))
  return path
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
  /** The line it ends with, once it has been asked for. */
  result
  #isWanted = true

  constructor(name, args) {
    this.#name = name
    // A process group of its own: a terminal's Ctrl-C reaches us alone, and we pass it on once.
    this.#process = spawn(process.execPath, [CLI, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#process.stdin.on('error', () => {})
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

  tell(line) {
    this.#process.stdin.write(`${line}\n`)
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
        if (line.type === 'progress') process.stdout.write(`${JSON.stringify(line)}\n`)
      },
      result: ({ seconds, size, sha256: digest, path, sent, received }) => {
        const pdus = { ...sent.pdus, receiver: received.pdus }
        const state = 'completed'
        write('result', { state, reason: null, octets: size, seconds, sha256: digest, path, pdus })
      },
      invitation: (command, files) => write('event', { code: 'ready', text: command, files }),
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
    progress: line => {
      if (line.type === 'progress') screen.show(line)
    },
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
    invitation: (command, files) => {
      screen.say(
        `\nBoth ends stay up. To send a file of yours over the same link, in another terminal in this folder:\n\n  ${command}\n\nIt arrives in ${files}. Ctrl-C ends this.`,
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
