import { fileDataOffset } from '../file-data-peek.ts'
import { SyntheticFilestore } from '../links/synthetic-filestore.ts'
import { SEGMENT_OCTETS, Solo, slotOf } from './solo.ts'

/** Per second, at a receiver that misses every other segment of the first pass. */
export interface FilledRates {
  /** Gaps found and asked for. */
  readonly found: number
  /** Gaps filled. */
  readonly filled: number
}

const BATCH = 256

/** A file is sent twice past one receiver: of the first pass it hears the even segments, of the second the odd ones. */
export function measureReceiver(gaps: number): FilledRates {
  const filestore = new SyntheticFilestore(2 * gaps * SEGMENT_OCTETS)
  const receiver = new Solo(5n, 11n, filestore)
  const found = pass(receiver, filestore, segment => segment % 2 === 0)
  receiver.wait(60_000)
  const filled = pass(receiver, filestore, segment => segment % 2 === 1)
  return { found: gaps / found, filled: gaps / filled }
}

/** @returns seconds the receiver took */
function pass(receiver: Solo, filestore: SyntheticFilestore, hears: (segment: number) => boolean): number {
  // A sender that starts anew gives the transaction the same name each time.
  const sender = new Solo(11n, 5n, filestore)
  sender.put()
  const slots = Array.from({ length: BATCH }, () => slotOf(1024))
  const answer = slotOf(1024)
  let elapsed = 0
  for (let isMore = true; isMore; ) {
    let count = 0
    while (count < BATCH && (isMore = sender.transmit(slots[count]!))) {
      const offset = fileDataOffset(slots[count]!.bytes)
      // Directives of the second pass say nothing new.
      if (offset < 0 ? hears(0) : hears(offset / SEGMENT_OCTETS)) count += 1
    }
    sender.settle()
    const datagrams = slots.slice(0, count).map(slot => slot.bytes.subarray(0, slot.length))
    const started = performance.now()
    for (const datagram of datagrams) receiver.receive(datagram)
    while (receiver.transmit(answer));
    receiver.settle()
    elapsed += performance.now() - started
  }
  return elapsed / 1000
}
