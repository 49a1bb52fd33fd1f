import { expect, test } from 'vitest'
import {
  type Clock,
  type Driven,
  drive,
  type Engine,
  type Link,
  type LinkEvents,
  type Millis,
  NEVER,
  type Slot,
  type Store,
} from './index.ts'

const ms = (count: number): Millis => count as Millis
type Request = (engine: Puppet) => void

/** An engine that does nothing by itself: requests, datagrams and ticks fill its outputs by hand. */
class Puppet implements Engine<Request, string, string, string, string> {
  readonly log: string[]
  records: string[] = []
  datagrams: string[] = []
  indications: string[] = []
  due: Millis = NEVER
  onTick: () => void = () => {}
  onStored: (count: number) => void = () => {}
  onTransmit: (datagram: string) => void = () => {}

  constructor(log: string[]) {
    this.log = log
  }
  request(request: Request, now: Millis): string {
    this.log.push(`request at ${now}`)
    request(this)
    return 'accepted'
  }
  receive(datagram: Uint8Array, from: string, now: Millis): void {
    this.log.push(`receive ${datagram[0]} from ${from} at ${now}`)
  }
  tick(now: Millis): void {
    this.log.push(`tick at ${now}`)
    this.onTick()
  }
  transmit(slot: Slot<string>): boolean {
    const datagram = this.datagrams.shift()
    if (datagram === undefined) return false
    slot.bytes[0] = Number(datagram)
    slot.length = 1
    this.onTransmit(datagram)
    return true
  }
  record(): string | undefined {
    return this.records.shift()
  }
  stored(count: number, now: Millis): void {
    this.log.push(`stored ${count} at ${now}`)
    this.onStored(count)
  }
  indication(): string | undefined {
    return this.indications.shift()
  }
  deadline(): Millis {
    return this.due
  }
}

/** Ports that only write down what they are asked; the test plays the world behind them. */
class World {
  readonly log: string[] = []
  readonly engine: Puppet = new Puppet(this.log)
  readonly alarms: { when: Millis; ring: () => void; cancelled: boolean }[] = []
  time = 0
  room = Infinity
  lent = 0
  link!: LinkEvents<string>
  durable!: (count: number) => void
  indicate: (what: string) => void = what => this.log.push(`indicate ${what}`)

  start(): Driven<Request, string> {
    const slot = (): Slot<string> => {
      const bytes = new Uint8Array(8)
      return { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    }
    const link: Link<string> = {
      open: events => {
        this.link = events
      },
      lease: () => {
        if (this.room === 0) return undefined
        this.room -= 1
        this.lent += 1
        return slot()
      },
      send: sent => {
        this.lent -= 1
        this.log.push(`send ${sent.bytes[0]}`)
      },
      release: () => {
        this.lent -= 1
        this.room += 1
      },
      close: () => this.log.push('close'),
    }
    const store: Store<string> = {
      keep: record => this.log.push(`keep ${record}`),
      open: events => {
        this.durable = events.durable
      },
    }
    const clock: Clock = {
      now: () => ms(this.time),
      at: (when, ring) => {
        const alarm = { when, ring, cancelled: false }
        this.alarms.push(alarm)
        return {
          cancel: () => {
            alarm.cancelled = true
          },
        }
      },
    }
    return drive(this.engine, { link, store, clock, indicate: what => this.indicate(what) })
  }
  /** Alarms that would ring. */
  armed(): number[] {
    return this.alarms.filter(alarm => !alarm.cancelled).map(alarm => alarm.when)
  }
}

test('a burst is settled once: records first, then datagrams, then indications', () => {
  const world = new World()
  const driven = world.start()
  driven.request(engine => {
    engine.indications.push('transaction')
    engine.datagrams.push('1', '2')
    engine.records.push('opened')
  })
  expect(world.log).toEqual(['request at 0', 'keep opened', 'send 1', 'send 2', 'indicate transaction'])
  expect(world.lent, 'no envelope was kept').toBe(0)
})

test('datagrams of one burst share one reading of the clock and are settled by the turn', () => {
  const world = new World()
  world.start()
  world.engine.datagrams.push('9')
  world.time = 5
  world.link.datagram(Uint8Array.of(1), 'craft')
  world.time = 6
  world.link.datagram(Uint8Array.of(2), 'craft')
  expect(world.log).toEqual(['receive 1 from craft at 5', 'receive 2 from craft at 5'])
  world.link.turn()
  expect(world.log.slice(2)).toEqual(['send 9'])
  world.time = 7
  world.link.datagram(Uint8Array.of(3), 'craft')
  expect(world.log.at(-1)).toBe('receive 3 from craft at 7')
})

test('a record made while transmitting is kept before the user hears of anything', () => {
  const world = new World()
  const driven = world.start()
  world.engine.onTransmit = () => world.engine.records.push('eof')
  driven.request(engine => {
    engine.datagrams.push('4')
    engine.indications.push('eof-sent')
  })
  expect(world.log.slice(1)).toEqual(['send 4', 'keep eof', 'indicate eof-sent'])
})

test('what rests on a record leaves only after the store called it durable', () => {
  const world = new World()
  const driven = world.start()
  world.engine.onStored = count => {
    if (count === 1) world.engine.datagrams.push('7')
  }
  driven.request(engine => engine.records.push('finished'))
  world.link.turn()
  expect(world.log).toEqual(['request at 0', 'keep finished'])
  world.time = 30
  world.durable(1)
  expect(world.log.slice(2)).toEqual(['stored 1 at 30', 'send 7'])
})

test('a full link ends the sending; the rest leaves with the turn that says there is room', () => {
  const world = new World()
  const driven = world.start()
  world.room = 2
  driven.request(engine => engine.datagrams.push('1', '2', '3'))
  expect(world.log.slice(1)).toEqual(['send 1', 'send 2'])
  world.room = 5
  world.link.turn()
  expect(world.log.slice(3)).toEqual(['send 3'])
})

test('a user may answer an indication with a request: it is settled at once and nothing is told twice', () => {
  const world = new World()
  const driven = world.start()
  world.indicate = what => {
    world.log.push(`indicate ${what}`)
    if (what !== 'first') return
    const reply = driven.request(engine => {
      engine.records.push('second put')
      engine.datagrams.push('2')
      engine.indications.push('third')
    })
    world.log.push(reply)
  }
  driven.request(engine => {
    engine.indications.push('first', 'second')
    engine.due = ms(50)
  })
  expect(world.log.slice(1)).toEqual([
    'indicate first',
    'request at 0',
    'keep second put',
    'send 2',
    'indicate second',
    'indicate third',
    'accepted',
  ])
  expect(world.armed()).toEqual([50])
})

test('an engine restored with things to say is heard before anything arrives', () => {
  const world = new World()
  world.engine.datagrams.push('5')
  world.engine.due = ms(40)
  world.start()
  expect(world.log).toEqual(['send 5'])
  expect(world.armed()).toEqual([40])
})

test('only an earlier deadline is worth a new alarm', () => {
  const world = new World()
  const driven = world.start()
  expect(world.alarms, 'no deadline, no alarm').toEqual([])
  const setDue = (due: number): void => {
    driven.request(engine => {
      engine.due = ms(due)
    })
  }
  setDue(100)
  setDue(200)
  setDue(100)
  setDue(NEVER)
  expect(world.alarms.length).toBe(1)
  setDue(60)
  expect(world.alarms.map(alarm => alarm.cancelled)).toEqual([true, false])
  expect(world.armed()).toEqual([60])
})

test('an alarm that rings early finds nothing due and arms again for the later deadline', () => {
  const world = new World()
  world.engine.due = ms(100)
  world.start()
  world.engine.due = ms(250)
  world.time = 100
  world.alarms[0]!.ring()
  expect(world.log).toEqual(['tick at 100'])
  expect(world.alarms.map(alarm => alarm.when)).toEqual([100, 250])
  world.engine.onTick = () => {
    world.engine.due = NEVER
    world.engine.datagrams.push('8')
  }
  world.time = 250
  world.alarms[1]!.ring()
  expect(world.log).toEqual(['tick at 100', 'tick at 250', 'send 8'])
  expect(world.alarms.length).toBe(2)
})

test('stopped, it closes the link, and nothing that still arrives reaches the engine', () => {
  const world = new World()
  const driven = world.start()
  driven.request(engine => {
    engine.due = ms(10)
  })
  driven.stop()
  expect(world.armed()).toEqual([])
  const before = [...world.log]
  expect(before.at(-1)).toBe('close')
  world.engine.datagrams.push('1')
  world.link.datagram(Uint8Array.of(1), 'craft')
  world.link.turn()
  world.durable(1)
  world.alarms[0]!.ring()
  expect(world.log).toEqual(before)
})

test('stopped from inside an indication, it says no more and arms nothing', () => {
  const world = new World()
  const driven = world.start()
  world.indicate = what => {
    world.log.push(`indicate ${what}`)
    driven.stop()
  }
  driven.request(engine => {
    engine.indications.push('finished', 'never heard')
    engine.due = ms(10)
  })
  expect(world.log.slice(1)).toEqual(['indicate finished', 'close'])
  expect(world.armed()).toEqual([])
})
