/** What happened to packets, by name. */

/** Of one interface, in the words and order of CMP's interface statistics. */
export interface InterfaceCounters {
  /** Packets sent and received. */
  readonly tx: number
  readonly rx: number
  /** Packets that did not fit the medium. */
  readonly txError: number
  /** Packets that were refused after they came in: a bad CRC, a missing flag. */
  readonly rxError: number
  /** Packets dropped for want of room. */
  readonly drop: number
  /** Packets whose HMAC did not verify. */
  readonly authError: number
  /** Datagrams that were no packet. */
  readonly frame: number
  readonly txOctets: number
  readonly rxOctets: number
  /** Interrupts; none here. */
  readonly irq: number
}

/** Every way for a node to drop a packet that it understood. */
export const CSP_DROPS = {
  'no-buffer': 'every buffer holds a packet that waits to be sent',
  'interface-queue-full': 'as many packets wait at an interface as it may hold',
  'no-route': 'no interface leads to the destination',
  'no-socket': 'nobody has bound the port, and no connection has it',
  'own-packet': 'a packet of this node that a hub gave back',
  duplicate: 'the same packet came shortly before',
  'user-behind': 'the user does not take what arrives as fast as it comes',
  'missing-crc32': 'the port or connection requires a CRC, and the packet has none',
  'missing-hmac': 'the port or connection requires an HMAC, and the packet has none',
  'missing-rdp': 'the port requires RDP',
  'unexpected-rdp': 'an RDP packet for a port or connection without RDP',
  'backlog-full': 'more connections have been opened by others than the user has heard of',
  'connections-full': 'as many connections are open as this node holds',
  'bad-rdp': 'an RDP segment that does not read',
  'bad-request': 'a service was asked for something that it does not know; it gives no answer',
  'not-allowed': 'a service was asked for something that the settings forbid',
  'unexpected-reply': 'an answer of another length than was asked for, or from another node',
  'bad-sfp': 'an SFP fragment that does not follow the one before, or of a block that is too large',
} as const

export type CspDrop = keyof typeof CSP_DROPS

export type Tally<Counters> = { -readonly [Name in keyof Counters]: number }

export function interfaceTally(): Tally<InterfaceCounters> {
  return {
    tx: 0,
    rx: 0,
    txError: 0,
    rxError: 0,
    drop: 0,
    authError: 0,
    frame: 0,
    txOctets: 0,
    rxOctets: 0,
    irq: 0,
  }
}
