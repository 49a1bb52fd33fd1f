import type { Socket } from 'node:net'
import { assert } from '@skyferry/engine'
import type { Framing } from '@skyferry/octets'

/** What sending needs of a socket; a test stands in for the kernel with it. */
export type StreamSocket = Pick<Socket, 'write'>

export interface StreamRoom {
  /** Octets of the largest frame, prefix included. */
  readonly frameOctets: number
  /** Octets held while the other end does not read; rounded up to whole blocks. */
  readonly bufferOctets: number
}

/** A write costs a system call: many frames share one. */
const BLOCK_OCTETS = 64 * 1024

interface Block {
  readonly bytes: Uint8Array
  used: number
}

/**
 * Frames on their way into one stream. They are copied into a few blocks, because the host keeps what it is given until it
 * has left; a copy costs a fiftieth of a write. When every block is under way there is no room: that is back-pressure.
 */
export class StreamOutlet {
  readonly #socket: StreamSocket
  readonly #framing: Framing
  readonly #frameOctets: number
  readonly #free: Block[] = []
  readonly #drained: () => void
  #filling: Block
  #underWay = 0
  #flushIsComing = false

  constructor(socket: StreamSocket, framing: Framing, room: StreamRoom, drained: () => void) {
    this.#socket = socket
    this.#framing = framing
    this.#frameOctets = room.frameOctets
    this.#drained = drained
    const octets = blockOctets(room)
    for (let count = blockCount(room); count > 0; count--) {
      this.#free.push({ bytes: new Uint8Array(octets), used: 0 })
    }
    this.#filling = this.#free.pop()!
  }

  /** Is there room for so many frames of the largest size? */
  hasRoomFor(frames: number): boolean {
    const { bytes, used } = this.#filling
    const here = Math.floor((bytes.length - used) / this.#frameOctets)
    return here + this.#free.length * Math.floor(bytes.length / this.#frameOctets) >= frames
  }

  /** Takes a copy; it leaves when whoever sends now is through, or with what is under way. */
  send(datagram: Uint8Array): void {
    const { prefixOctets } = this.#framing
    const octets = prefixOctets + datagram.length
    if (this.#filling.used + octets > this.#filling.bytes.length) this.#write()
    const block = this.#filling
    this.#framing.writePrefix?.(block.bytes, block.used, datagram.length)
    block.bytes.set(datagram, block.used + prefixOctets)
    block.used += octets
    if (this.#flushIsComing) return
    this.#flushIsComing = true
    queueMicrotask(this.#flushed)
  }

  /** Hands the host what there is, whatever is under way. */
  flush(): void {
    if (this.#filling.used > 0 && this.#free.length > 0) this.#write()
    else if (this.#filling.used > 0) this.#put(this.#filling)
  }

  readonly #flushed = (): void => {
    this.#flushIsComing = false
    // While a write is under way what follows gathers, and leaves with its end.
    if (this.#underWay === 0 && this.#filling.used > 0) this.#write()
  }

  #write(): void {
    const full = this.#filling
    const next = this.#free.pop()
    assert(next !== undefined, 'a frame is sent when there is room for it')
    this.#filling = next
    this.#put(full)
  }

  #put(block: Block): void {
    this.#underWay += 1
    this.#socket.write(block.bytes.subarray(0, block.used), () => {
      this.#underWay -= 1
      block.used = 0
      if (block !== this.#filling) this.#free.push(block)
      this.#flushed()
      this.#drained()
    })
  }
}

/** Frames of the largest size that an empty outlet takes. */
export function framesWithin(room: StreamRoom): number {
  return blockCount(room) * Math.floor(blockOctets(room) / room.frameOctets)
}

function blockOctets({ frameOctets }: StreamRoom): number {
  return Math.max(BLOCK_OCTETS, frameOctets)
}

/** One is filled while another leaves. */
function blockCount(room: StreamRoom): number {
  return Math.max(2, Math.ceil(room.bufferOctets / blockOctets(room)))
}
