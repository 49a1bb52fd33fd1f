/**
 * ZMTP 3.0 as far as publishers and subscribers need it: the greeting, the NULL handshake, frames, subscriptions. One peer
 * as a pure machine: octets in; messages, subscriptions and octets to send out.
 */
import { decodeText, encodeText, Reader, Writer } from '@skyferry/octets'

export type ZmtpSocketType = 'PUB' | 'SUB' | 'XPUB' | 'XSUB'

const PEERS: Readonly<Record<ZmtpSocketType, readonly string[]>> = {
  PUB: ['SUB', 'XSUB'],
  XPUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  XSUB: ['PUB', 'XPUB'],
}

const GREETING_OCTETS = 64
const FLAG_MORE = 0x01
const FLAG_LONG = 0x02
const FLAG_COMMAND = 0x04
/** Commands are short; a peer that sends a longer one is none. */
const COMMAND_OCTETS_MAX = 1024

/** Signature, version 3.0, mechanism NULL, not a server. */
export function zmtpGreeting(): Uint8Array {
  const greeting = new Uint8Array(GREETING_OCTETS)
  greeting[0] = 0xff
  greeting[9] = 0x7f
  greeting[10] = 3
  greeting.set(encodeText('NULL'), 12)
  return greeting
}

/** The command READY, with which the NULL handshake ends. */
export function zmtpReady(socketType: ZmtpSocketType): Uint8Array {
  const body = new Uint8Array(64)
  const writer = new Writer(body)
  writer.u8(5)
  writer.text('READY')
  writer.u8(11)
  writer.text('Socket-Type')
  writer.u32(socketType.length)
  writer.text(socketType)
  return zmtpFrame(body.subarray(0, writer.offset), FLAG_COMMAND)
}

/** The most octets that stand in front of a frame's body. */
export const ZMTP_HEADER_OCTETS_MAX = 9

/** Writes a frame at `at`; returns where it ends. */
export function writeZmtpFrame(body: Uint8Array, target: Uint8Array, at: number, flags: number = 0): number {
  let end = at
  if (body.length > 255) {
    target[end++] = flags | FLAG_LONG
    new DataView(target.buffer, target.byteOffset).setBigUint64(end, BigInt(body.length))
    end += 8
  } else {
    target[end++] = flags
    target[end++] = body.length
  }
  target.set(body, end)
  return end + body.length
}

export function zmtpFrame(body: Uint8Array, flags: number = 0): Uint8Array {
  const target = new Uint8Array(body.length + ZMTP_HEADER_OCTETS_MAX)
  return target.subarray(0, writeZmtpFrame(body, target, 0, flags))
}

/** A subscription as ZMTP 3.0 has it: a message of its own. */
export function zmtpSubscription(topic: Uint8Array, isOn: boolean = true): Uint8Array {
  return zmtpFrame(Uint8Array.of(isOn ? 1 : 0, ...topic))
}

export interface ZmtpEvents {
  /** Octets to send to the peer. */
  send(octets: Uint8Array): void
  /** The handshake is over; messages may flow. */
  ready(): void
  /** A message of one part; lent for the call. Peers that publish send these. */
  message(octets: Uint8Array): void
  /** A peer that subscribes wants messages that begin like this, or no longer does; lent for the call. */
  subscription(topic: Uint8Array, isOn: boolean): void
}

/** One peer, from its greeting on. */
export class ZmtpPeer {
  readonly #type: ZmtpSocketType
  readonly #messageOctetsMax: number
  readonly #events: ZmtpEvents
  readonly #buffer: Uint8Array
  #held = 0
  #state: 'greeting' | 'handshake' | 'open' | 'broken' = 'greeting'
  #skipsParts = false
  /** Messages of several parts, which no CSP node sends. */
  multipart = 0

  constructor(type: ZmtpSocketType, messageOctetsMax: number, events: ZmtpEvents) {
    this.#type = type
    this.#messageOctetsMax = messageOctetsMax
    this.#events = events
    const most = Math.max(messageOctetsMax, COMMAND_OCTETS_MAX) + ZMTP_HEADER_OCTETS_MAX
    this.#buffer = new Uint8Array(Math.max(GREETING_OCTETS, most))
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Call once the stream is up. */
  begin(): void {
    this.#events.send(zmtpGreeting())
  }

  /** @returns what the peer did that ends the connection; undefined while all is well */
  receive(octets: Uint8Array): string | undefined {
    let at = 0
    while (at < octets.length && this.#state !== 'broken') {
      // Whole frames are read where they stand; only what is cut in two is put together.
      if (this.#held === 0) {
        const taken = this.#take(octets, at, octets.length)
        if (typeof taken === 'string') return this.#breakOff(taken)
        if (taken > 0) {
          at += taken
          continue
        }
      }
      const more = Math.min(octets.length - at, this.#buffer.length - this.#held)
      this.#buffer.set(octets.subarray(at, at + more), this.#held)
      const before = this.#held
      const taken = this.#take(this.#buffer, 0, before + more)
      if (typeof taken === 'string') return this.#breakOff(taken)
      if (taken === 0) this.#held = before + more
      else this.#held = 0
      at += taken === 0 ? more : taken - before
    }
    return undefined
  }

  /** Takes one greeting or frame of `bytes[from…to)`: its octets, 0 while it is not whole, or what is wrong with it. */
  #take(bytes: Uint8Array, from: number, to: number): number | string {
    if (this.#state === 'greeting') return this.#takeGreeting(bytes, from, to)
    if (to - from < 2) return 0
    const flags = bytes[from]!
    if (flags & ~7) return 'a frame with flags that ZMTP 3.0 does not know'
    const isLong = (flags & FLAG_LONG) !== 0
    const bodyAt = from + (isLong ? 9 : 2)
    if (to < bodyAt) return 0
    const octets = isLong ? new Reader(bytes, from + 1, to).u64() : bytes[from + 1]!
    const isCommand = (flags & FLAG_COMMAND) !== 0
    if (octets > (isCommand ? COMMAND_OCTETS_MAX : this.#messageOctetsMax))
      return `a frame of ${octets} octets`
    if (to < bodyAt + octets) return 0
    const body = bytes.subarray(bodyAt, bodyAt + octets)
    const problem = isCommand ? this.#command(body) : this.#message(body, (flags & FLAG_MORE) !== 0)
    return problem ?? bodyAt + octets - from
  }

  #takeGreeting(bytes: Uint8Array, from: number, to: number): number | string {
    if (bytes[from] !== 0xff) return 'no greeting of ZMTP'
    if (to - from < GREETING_OCTETS) return 0
    if ((bytes[from + 9]! & 1) !== 1 || bytes[from + 10]! < 3) return 'a version of ZMTP before 3.0'
    const name = bytes.subarray(from + 12, from + 32)
    const end = name.indexOf(0)
    const mechanism = decodeText(end < 0 ? name : name.subarray(0, end))
    if (mechanism !== 'NULL') return `the mechanism ${mechanism}; only NULL is spoken here`
    this.#state = 'handshake'
    this.#events.send(zmtpReady(this.#type))
    return GREETING_OCTETS
  }

  #command(body: Uint8Array): string | undefined {
    const reader = new Reader(body)
    const name = reader.text(reader.u8())
    if (reader.fault !== undefined) return 'a command without a name'
    if (this.#state === 'handshake') return this.#handshake(name, reader)
    if (name === 'SUBSCRIBE' || name === 'CANCEL') this.#subscribed(reader.rest(), name === 'SUBSCRIBE')
    else if (name === 'PING') {
      reader.skip(2)
      this.#events.send(zmtpFrame(Uint8Array.of(4, ...encodeText('PONG'), ...reader.rest()), FLAG_COMMAND))
    } else if (name === 'ERROR') return 'an error'
    return undefined
  }

  #handshake(name: string, reader: Reader): string | undefined {
    if (name !== 'READY') return `the command ${name} in place of READY`
    let type = ''
    while (reader.remaining > 0) {
      const property = reader.text(reader.u8())
      const value = reader.text(reader.u32())
      if (property.toLowerCase() === 'socket-type') type = value
    }
    if (reader.fault !== undefined) return 'a READY that does not read'
    if (!PEERS[this.#type].includes(type)) return `a socket of the type ${type || 'unknown'}`
    this.#state = 'open'
    this.#events.ready()
    return undefined
  }

  #message(body: Uint8Array, hasMore: boolean): string | undefined {
    if (this.#state !== 'open') return 'a message before the handshake was over'
    if (hasMore || this.#skipsParts) {
      if (!this.#skipsParts) this.multipart += 1
      this.#skipsParts = hasMore
      return undefined
    }
    if (this.#type === 'PUB' || this.#type === 'XPUB') {
      if (body.length > 0 && body[0]! <= 1) this.#subscribed(body.subarray(1), body[0] === 1)
    } else this.#events.message(body)
    return undefined
  }

  #subscribed(topic: Uint8Array, isOn: boolean): void {
    if (this.#type === 'PUB' || this.#type === 'XPUB') this.#events.subscription(topic, isOn)
  }

  #breakOff(problem: string): string {
    this.#state = 'broken'
    return problem
  }
}
