/** `csp hub`: a drop-in for zmqproxy that can also record what passes and stand for a bad link. */
import { randomInt } from 'node:crypto'
import { formatHostPort } from '../formats.ts'
import { onInterrupt } from '../interrupts.ts'
import { openOutput } from '../output/open.ts'
import { CommandError, Exit } from '../usage.ts'
import { parseHub, type RawHubOptions } from './hub-plan.ts'

export async function hubCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawHubOptions
  const plan = parseHub(raw, () => randomInt(2 ** 32))
  const { LinkError, PcapWriter, realClock, startZmqHub, wallClockMs } = await import('@skyferry/link')
  const output = await openOutput(raw.json ?? false)
  try {
    const capture = plan.capture === undefined ? undefined : new PcapWriter(plan.capture)
    const hub = await startZmqHub({
      publish: plan.publish,
      subscribe: plan.subscribe,
      seed: plan.seed,
      clock: realClock(),
      ...(plan.weather === undefined ? {} : { weather: plan.weather }),
      heard: message => {
        // A capture knows UDP: the ports are the hub's two, the octets are the message.
        if (message.length <= CAPTURED_MAX) {
          capture?.write(hub.publish, hub.subscribe, message, message.length, wallClockMs())
        }
      },
    })
    const seed = plan.weather === undefined ? {} : { seed: `0x${plan.seed.toString(16)}` }
    output.event({
      code: 'listening',
      text: `nodes publish to ${formatHostPort(hub.publish)} and subscribe at ${formatHostPort(hub.subscribe)}${
        seed.seed === undefined ? '' : `; seed ${seed.seed}`
      }`,
      fields: { publish: formatHostPort(hub.publish), subscribe: formatHostPort(hub.subscribe), ...seed },
    })
    const flushing = setInterval(() => capture?.flush(), 1000)
    const exit = await new Promise<Exit>(resolve => {
      onInterrupt(() => resolve(Exit.Interrupted))
      process.once('SIGTERM', () => resolve(Exit.Done))
    })
    clearInterval(flushing)
    const counters = { ...hub.counters(), ...(plan.weather === undefined ? {} : { weather: hub.weather() }) }
    const { received, sent, dropped, misbehaved } = counters
    output.finding({
      type: 'counters',
      fields: counters,
      text: `${received} messages in, ${sent} out, ${dropped} dropped, ${misbehaved} connections ended`,
    })
    capture?.close()
    await hub.close()
    return exit
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    throw new CommandError(error.code, error.message, Exit.Usage, error)
  } finally {
    output.close()
  }
}

const CAPTURED_MAX = 65_000
