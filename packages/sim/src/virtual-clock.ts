import { type Alarm, assert, type Clock, type Millis, NEVER } from '@skyferry/engine'

/** An alarm of a `VirtualClock` that may be set again and again, so that a busy link allocates none. */
export class VirtualAlarm implements Alarm {
  readonly #clock: VirtualClock
  readonly ring: () => void
  /** When it rings; NEVER when it is not set. Only the clock writes this and the two below. */
  due: Millis = NEVER
  /** Among those due at one instant, the one set first rings first. */
  order = 0
  /** Its place in the clock's heap, -1 outside. */
  heapIndex = -1

  constructor(clock: VirtualClock, ring: () => void) {
    this.#clock = clock
    this.ring = ring
  }

  /** Rings once at `when`, or at once (after what is already due) if that has passed. NEVER cancels. */
  set(when: Millis): void {
    this.#clock.place(this, when)
  }

  cancel(): void {
    this.#clock.place(this, NEVER)
  }
}

/**
 * Time that jumps: from one alarm to the next, in order of `when`, then in the order in which they were set. Nothing
 * happens between alarms, so an idle hour costs nothing, and nothing else has a say in the order, so a run repeats exactly.
 */
export class VirtualClock implements Clock {
  #now: Millis = 0 as Millis
  #steps = 0
  #order = 0
  #stepsAtThisInstant = 0
  readonly #heap: VirtualAlarm[] = []

  now(): Millis {
    return this.#now
  }

  /** Alarms rung so far. */
  get steps(): number {
    return this.#steps
  }

  /** Alarms rung since time last moved: large when something spins. */
  get stepsAtThisInstant(): number {
    return this.#stepsAtThisInstant
  }

  /** When the next alarm rings, or NEVER. */
  get next(): Millis {
    return this.#heap[0]?.due ?? NEVER
  }

  at(when: Millis, ring: () => void): Alarm {
    const alarm = new VirtualAlarm(this, ring)
    alarm.set(when)
    return alarm
  }

  /** An alarm that is not set yet. */
  alarm(ring: () => void): VirtualAlarm {
    return new VirtualAlarm(this, ring)
  }

  /** Rings the next alarm; false when none is set. What it throws comes out here, and the clock stays usable. */
  step(): boolean {
    const alarm = this.#heap[0]
    if (alarm === undefined) return false
    if (alarm.due > this.#now) {
      this.#now = alarm.due
      this.#stepsAtThisInstant = 0
    }
    this.#steps += 1
    this.#stepsAtThisInstant += 1
    this.#remove(alarm)
    alarm.ring()
    return true
  }

  /** Rings all that is due up to and at `until`, and stands there afterwards; NEVER: until no alarm is set. */
  run(until: Millis): void {
    while (this.next <= until && this.step());
    this.rest(until)
  }

  /** Lets time pass in which nothing is due. */
  rest(until: Millis): void {
    if (until === NEVER || until <= this.#now) return
    assert(this.next > until, 'no alarm is slept through')
    this.#now = until
    this.#stepsAtThisInstant = 0
  }

  /** Sets, moves or (at NEVER) cancels one of this clock's alarms; `VirtualAlarm.set` is the way to call it. */
  place(alarm: VirtualAlarm, when: Millis): void {
    assert(!Number.isNaN(when), 'an alarm has a time')
    if (when === NEVER) {
      if (alarm.heapIndex >= 0) this.#remove(alarm)
      return
    }
    alarm.due = when < this.#now ? this.#now : when
    alarm.order = this.#order++
    if (alarm.heapIndex < 0) {
      alarm.heapIndex = this.#heap.length
      this.#heap.push(alarm)
      this.#rise(alarm)
    } else {
      this.#rise(alarm)
      this.#sink(alarm)
    }
  }

  #remove(alarm: VirtualAlarm): void {
    const last = this.#heap.pop()!
    if (last !== alarm) {
      last.heapIndex = alarm.heapIndex
      this.#heap[last.heapIndex] = last
      this.#rise(last)
      this.#sink(last)
    }
    alarm.heapIndex = -1
    alarm.due = NEVER
  }

  #rise(alarm: VirtualAlarm): void {
    let index = alarm.heapIndex
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#heap[above]!
      if (before(parent, alarm)) break
      this.#put(parent, index)
      index = above
    }
    this.#put(alarm, index)
  }

  #sink(alarm: VirtualAlarm): void {
    let index = alarm.heapIndex
    for (;;) {
      let below = 2 * index + 1
      const right = this.#heap[below + 1]
      if (right !== undefined && before(right, this.#heap[below]!)) below += 1
      const child = this.#heap[below]
      if (child === undefined || before(alarm, child)) break
      this.#put(child, index)
      index = below
    }
    this.#put(alarm, index)
  }

  #put(alarm: VirtualAlarm, index: number): void {
    this.#heap[index] = alarm
    alarm.heapIndex = index
  }
}

function before(one: VirtualAlarm, other: VirtualAlarm): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order)
}
