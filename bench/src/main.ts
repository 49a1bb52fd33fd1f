/** `npm run bench -- NAME [options]`: measures, prints a table or JSON lines, never judges. */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Bench, UsageError, type Values } from './bench.ts'
import { type Figure, toJson, toTable } from './figures.ts'
import { record } from './record.ts'

/** Loaded when asked for, so that one bench does not pay for the others' imports. */
const BENCHES: Readonly<
  Record<string, { readonly what: string; readonly load: () => Promise<{ bench: Bench }> }>
> = {
  engine: { what: 'CFDP class 2, both ends in one process, PDU/s', load: () => import('./engine/bench.ts') },
  loopback: {
    what: 'a file between two processes over UDP, against a bare stream',
    load: () => import('./loopback/bench.ts'),
  },
  links: {
    what: 'the ten links in virtual time, against the ideal protocol',
    load: () => import('./links/bench.ts'),
  },
  pacing: {
    what: 'the token bucket, worst second, 1.2 kbit/s to 500 Mbit/s',
    load: () => import('./pacing/bench.ts'),
  },
  repair: {
    what: 'a million gaps: memory, time, repairs per second',
    load: () => import('./repair/bench.ts'),
  },
  csp: {
    what: 'CSP packets/s through nodes, beside bare media; RDP over a long link',
    load: () => import('./csp/bench.ts'),
  },
  dtp: {
    what: 'DTP at 1 % loss in virtual time, against the ideal; what a datagram of the server allocates',
    load: () => import('./dtp/bench.ts'),
  },
  many: {
    what: 'a PDU beside 10 000 idle open receptions',
    load: () => import('./many/bench.ts'),
  },
  window: {
    what: 'no rate given, a queue on the way: sent twice, and time over ideal',
    load: () => import('./window/bench.ts'),
  },
  'decode-fault': {
    what: 'a returned fault against a thrown error',
    load: () => import('./decode-fault/bench.ts'),
  },
}

const COMMON = {
  json: { type: 'boolean' },
  record: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(args: readonly string[]): Promise<number> {
  const name = args.find(arg => !arg.startsWith('-'))
  const entry = name === undefined ? undefined : BENCHES[name]
  if (entry === undefined) {
    if (name !== undefined) throw new UsageError(`no bench is called "${name}"`)
    console.log(overview())
    return args.includes('--help') || args.includes('-h') ? 0 : 2
  }
  const { bench } = await entry.load()
  const values = parse(bench, args)
  if (values.get('help') === true) {
    console.log(
      [`npm run bench -- ${bench.name} [--json] [--record] …`, entry.what, ...bench.help].join('\n  '),
    )
    return 0
  }
  const figures: Figure[] = []
  console.error(`${bench.name}: ${machine()}`)
  await bench.run(values, {
    figure: measured => {
      const figure = { bench: bench.name, ...measured }
      figures.push(figure)
      if (values.get('json') === true) console.log(toJson(figure))
    },
    progress: text => console.error(`  ${text}`),
  })
  if (values.get('json') !== true) console.log(toTable(figures))
  if (values.get('record') === true) record(bench.name, machine(), figures)
  return 0
}

function parse(bench: Bench, args: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...bench.options, ...COMMON },
      allowPositionals: true,
    })
    return new Map(Object.entries(values as Record<string, string | boolean>))
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause))
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(BENCHES).map(name => name.length))
  return [
    'npm run bench -- NAME [--json] [--record] [options]   (NAME --help for its options)',
    ...Object.entries(BENCHES).map(([name, { what }]) => `  ${name.padEnd(width)}  ${what}`),
  ].join('\n')
}

/** Figures mean nothing without it; a load above 0 means less than they say. */
function machine(): string {
  const processors = cpus()
  const model = processors[0]?.model.trim() ?? 'unknown processor'
  return `Node ${process.versions.node}, ${processors.length} × ${model}, load ${loadavg()[0]!.toFixed(1)}`
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
