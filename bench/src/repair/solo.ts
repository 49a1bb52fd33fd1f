/** One entity and nobody else: its datagrams are taken and given by hand, so that only one end is measured. */
import {
  type Decoded,
  decodePdu,
  Entity,
  type EntityId,
  encodePdu,
  type Filestore,
  type Header,
  LOCAL_DEFAULTS,
  type Range,
  REMOTE_DEFAULTS,
} from '@skyferry/cfdp'
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'

export const PDU_OCTETS = 1024
/** 12 of header, 4 of offset. */
export const SEGMENT_OCTETS: number = PDU_OCTETS - 16
/** 12 of header, 1 of directive code, 8 of scope, 8 for each request. */
export const REQUESTS_PER_NAK: number = Math.floor((PDU_OCTETS - 21) / 8)

export class Solo {
  readonly #entity: Entity<string>
  readonly #peer: EntityId
  #kept = 0
  #now: Millis = 1000 as Millis

  constructor(id: bigint, peer: bigint, filestore: Filestore) {
    this.#peer = peer as EntityId
    this.#entity = new Entity<string>({
      local: { ...LOCAL_DEFAULTS, ids: [id as EntityId] },
      remotes: [
        {
          ...REMOTE_DEFAULTS.patient,
          id: peer as EntityId,
          address: undefined,
          maxPduSize: PDU_OCTETS,
          lightTime: 5 as Millis,
          pace: 'link',
        },
      ],
      filestore,
      random: new Random(1),
      now: this.#now,
    })
  }

  put(): void {
    const reply = this.#entity.request(
      { kind: 'put', destination: this.#peer, sourceName: 'file', destinationName: 'file' },
      this.#now,
    )
    if (reply.kind === 'refused') throw new Error(reply.reason)
    this.settle()
  }

  /** Lets time pass in which nothing happens: no timer is served. */
  wait(ms: number): void {
    this.#now = (this.#now + ms) as Millis
  }

  receive(datagram: Uint8Array): void {
    this.#entity.receive(datagram, 'peer', this.#now)
  }

  /** Fills the slot with what it says next; false when it has nothing to say. */
  transmit(slot: Slot<string>): boolean {
    return this.#entity.transmit(slot, this.#now)
  }

  /** Everything it wants remembered is, and what it tells its user is heard. */
  settle(): void {
    let kept = this.#kept
    while (this.#entity.record() !== undefined) kept += 1
    if (kept > this.#kept) {
      this.#kept = kept
      this.#entity.stored(kept, this.#now)
    }
    while (this.#entity.indication() !== undefined);
  }
}

export function slotOf(octets: number): Slot<string> {
  const bytes = new Uint8Array(octets)
  return { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
}

/** The header that answers to the transaction of `datagram`. */
export function replyHeader(datagram: Uint8Array): Header {
  const decoded: Decoded | object = decodePdu(datagram)
  if (isFault(decoded) || !('header' in decoded)) throw new Error('the sender sent what nobody can read')
  return { ...decoded.header, direction: 'to-sender' }
}

/** NAKs for `requests`, whose scopes together cover the file up to `progress`. */
export function naksFor(header: Header, requests: readonly Range[], progress: number): Uint8Array[] {
  const naks: Uint8Array[] = []
  let scopeFrom = 0
  for (let first = 0; first < requests.length; first += REQUESTS_PER_NAK) {
    const some = requests.slice(first, first + REQUESTS_PER_NAK)
    const isLast = first + REQUESTS_PER_NAK >= requests.length
    const scopeTo = isLast ? progress : some.at(-1)!.to
    const { bytes, view } = slotOf(PDU_OCTETS)
    const length = encodePdu(
      header,
      { kind: 'nak', scope: { from: scopeFrom, to: scopeTo }, metadataRequested: false, requests: some },
      bytes,
      view,
    )
    naks.push(bytes.subarray(0, length))
    scopeFrom = scopeTo
  }
  return naks
}
