/** `events` and `link up|down|plan|capture`: what a station says, and its links. */
import { type Contact, type LinkStatus, routes, type StationEvent } from '@skyferry/api'
import { formatRate } from '../formats.ts'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { Exit, UsageError } from '../usage.ts'
import { type RawStationOptions, withStation } from './options.ts'
import { LOOK_MS, realPace } from './watch.ts'

export interface RawEventsOptions extends RawStationOptions {
  readonly follow?: boolean
}

export async function eventsCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawEventsOptions
  return withStation(raw, async (client, output) => {
    let isOver = false
    onInterrupt(() => {
      isOver = true
    })
    let last = 0
    for (;;) {
      const { events } = await client.get<{ events: StationEvent[] }>(
        `${routes.events}?after=${last}&limit=1000`,
      )
      for (const event of events) tell(event, output)
      last = events.at(-1)?.seq ?? last
      if (raw.follow !== true) return Exit.Done
      if (isOver) return Exit.Interrupted
      await realPace.wait(LOOK_MS)
    }
  })
}

function tell(event: StationEvent, output: Output): void {
  const { time, severity, source, text } = event
  const mark = severity === 'info' ? ' ' : severity === 'warning' ? '!' : '‼'
  output.finding({ type: 'event', fields: { ...event }, text: `${time} ${mark} ${source}  ${text}` })
}

export async function linkListCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  return withStation(options as RawStationOptions, async (client, output) => {
    const { links } = await client.get<{ links: LinkStatus[] }>(routes.links)
    for (const link of links) tellLink(link, output)
    return Exit.Done
  })
}

export async function linkUpCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  return turn(String(operands[0]), 'up', options as RawStationOptions)
}

export async function linkDownCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  return turn(String(operands[0]), 'down', options as RawStationOptions)
}

function turn(link: string, state: 'up' | 'down', raw: RawStationOptions): Promise<Exit> {
  return withStation(raw, async (client, output) => {
    tellLink(await client.post<LinkStatus>(routes.linkState(link, state)), output)
    return Exit.Done
  })
}

/** `link capture LINK FILE` begins, `--stop` ends. */
export async function linkCaptureCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const [link, file] = operands as [string, string | undefined]
  const raw = options as RawStationOptions & { readonly stop?: boolean }
  if ((file === undefined) !== (raw.stop === true)) {
    throw new UsageError('link capture: FILE begins a capture, --stop ends it; give one of them')
  }
  return withStation(raw, async (client, output) => {
    tellLink(await client.post<LinkStatus>(routes.capture(link), { file: file ?? null }), output)
    return Exit.Done
  })
}

function tellLink(link: LinkStatus, output: Output): void {
  const { name, type, state, connected, listen, peer, rateOut, rateIn, rateLimit, capture } = link
  const pace = rateLimit === null ? '' : `, paced at ${formatRate(rateLimit)}`
  const stream = connected === false ? ', not connected' : ''
  const recorded = capture === null ? '' : `, captured in ${capture}`
  const text = `${name}  ${state}${stream}  ${type} ${listen ?? 'nowhere'} → ${peer ?? 'nobody'}${pace}${recorded}  out ${formatRate(rateOut)}, in ${formatRate(rateIn)}`
  output.finding({ type: 'link', fields: { ...link }, text })
}

/** `link plan ENTITY`: windows as FROM/TO, or one of `always`, `never`, `up`, `down`, `auto`. */
export async function linkPlanCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const [entity, words] = operands as [string, readonly string[]]
  const body = planOf(words)
  return withStation(options as RawStationOptions, async (client, output) => {
    const init = {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }
    const contact = (await (await client.send(routes.contact(entity), init)).json()) as Contact
    const until = contact.until === null ? '' : ` until ${contact.until}`
    const text = `${entity} is ${contact.visible ? 'in contact' : 'out of contact'} (${contact.why})${until}`
    output.finding({ type: 'contact', fields: { entity, ...contact }, text })
    return Exit.Done
  })
}

/** @throws {UsageError} for a window that is none */
export function planOf(words: readonly string[]): object {
  const [word] = words
  if (words.length === 1 && word === 'always') return { windows: null }
  if (words.length === 1 && word === 'never') return { windows: [] }
  if (words.length === 1 && (word === 'up' || word === 'down')) return { visible: word === 'up' }
  if (words.length === 1 && word === 'auto') return { visible: null }
  return {
    windows: words.map(text => {
      const [from = '', to = '', ...more] = text.split('/')
      if (more.length > 0 || Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(to))) {
        throw new UsageError(
          `WINDOW: '${text}' is not FROM/TO, such as 2026-01-31T10:00:00Z/2026-01-31T10:12:00Z`,
        )
      }
      return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    }),
  }
}
