import { type Alarm, type Clock, type Engine, type Link, type Millis, NEVER, type Store } from './contract.ts'

/** The outside of an engine, as `drive` needs it. */
export interface Ports<Indication, Kept, Address> {
  readonly link: Link<Address>
  readonly store: Store<Kept>
  readonly clock: Clock
  indicate(what: Indication): void
}

/** A running engine, as its user holds it. */
export interface Driven<Request, Reply> {
  request(request: Request): Reply
  stop(): void
}

/**
 * The one loop that runs an engine, the same over sockets and in the simulator.
 *
 * After every burst of inputs it drains records, datagrams and indications, in this order, then arms one
 * alarm for the engine's deadline. Draining once per burst, not per datagram, doubled an engine's speed.
 */
export function drive<Request, Reply, Indication, Kept, Address>(
  engine: Engine<Request, Reply, Indication, Kept, Address>,
  ports: Ports<Indication, Kept, Address>,
): Driven<Request, Reply> {
  const { link, store, clock } = ports
  let alarm: Alarm | undefined
  let armed: Millis = NEVER
  let now: Millis = clock.now()
  let inBurst = false
  let stopped = false

  function settle(): void {
    inBurst = false
    for (let kept = engine.record(); kept !== undefined; kept = engine.record()) store.keep(kept)
    for (let slot = link.lease(); slot !== undefined; slot = link.lease()) {
      if (!engine.transmit(slot, now)) {
        link.release(slot)
        break
      }
      link.send(slot)
    }
    // What was transmitted may have made records (an EOF is one); they must not wait for the next input.
    for (let kept = engine.record(); kept !== undefined; kept = engine.record()) store.keep(kept)
    for (let what = engine.indication(); what !== undefined; what = engine.indication()) {
      ports.indicate(what)
      if (stopped) return
    }
    arm(engine.deadline())
  }

  /** Only an earlier deadline is worth a new alarm: one that rings early finds nothing due and arms again. */
  function arm(due: Millis): void {
    if (due >= armed) return
    alarm?.cancel()
    armed = due
    alarm = clock.at(due, ring)
  }

  /** Every way in but a datagram is the same three beats: read the clock, act, settle. */
  function step<Result>(act: () => Result): Result {
    now = clock.now()
    const result = act()
    if (!stopped) settle()
    return result
  }

  const ring = (): void => {
    armed = NEVER
    if (!stopped) step(() => engine.tick(now))
  }

  link.open({
    datagram: (bytes, from) => {
      if (stopped) return
      if (!inBurst) {
        inBurst = true
        now = clock.now()
      }
      engine.receive(bytes, from, now)
    },
    turn: () => {
      if (!stopped) step(() => {})
    },
  })
  store.open({
    durable: count => {
      if (!stopped) step(() => engine.stored(count, now))
    },
  })
  // A restored engine has things to say before anything arrives.
  step(() => {})
  return {
    request: request => step(() => engine.request(request, now)),
    stop: () => {
      stopped = true
      alarm?.cancel()
      link.close()
    },
  }
}
