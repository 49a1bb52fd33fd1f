import type { CfdpRecord, Entity, Indication, Reply, Request } from '@skyferry/cfdp'
import type { Engine, Millis, Slot } from '@skyferry/engine'

/** Who hears everything that an entity says. */
export interface EntityObserver {
  sent(datagram: Uint8Array): void
  told(what: Indication): void
}

/** An entity whose every word is overheard on its way out. */
export class ObservedEntity implements Engine<Request, Reply, Indication, CfdpRecord, string> {
  readonly #entity: Entity<string>
  readonly #observer: EntityObserver

  constructor(entity: Entity<string>, observer: EntityObserver) {
    this.#entity = entity
    this.#observer = observer
  }

  request(request: Request, now: Millis): Reply {
    return this.#entity.request(request, now)
  }

  receive(datagram: Uint8Array, from: string, now: Millis): void {
    this.#entity.receive(datagram, from, now)
  }

  tick(now: Millis): void {
    this.#entity.tick(now)
  }

  transmit(slot: Slot<string>, now: Millis): boolean {
    if (!this.#entity.transmit(slot, now)) return false
    this.#observer.sent(slot.bytes.subarray(0, slot.length))
    return true
  }

  record(): CfdpRecord | undefined {
    return this.#entity.record()
  }

  stored(count: number, now: Millis): void {
    this.#entity.stored(count, now)
  }

  indication(): Indication | undefined {
    const what = this.#entity.indication()
    if (what !== undefined) this.#observer.told(what)
    return what
  }

  deadline(): Millis {
    return this.#entity.deadline()
  }
}
