import type { Brand } from '@skyferry/engine'

/** The number of a payload, 0 to 4095: one sequence for both directions (reference section 4). */
export type PayloadId = Brand<number, 'PayloadId'>

/** The high nibble of a datagram's first octet (draft, "CDP Header"). 7, A, B, C and E are unassigned. */
export const Flag = {
  Payload: 0,
  PayloadWithAck: 1,
  GiveControl: 2,
  GiveControlWithAck: 3,
  HaltWithPayload: 4,
  PayloadAndClose: 5,
  Random: 6,
  Ack: 8,
  Resend: 9,
  CheckConnection: 13,
  Halt: 15,
} as const

/** The flags of payloads that have an id. */
export type PayloadFlag = 0 | 1 | 2 | 3 | 4 | 5
/** Flags that no revision of the draft gives a meaning, and that are ignored. */
export type ReservedFlag = 10 | 11 | 12 | 14

/** What one datagram says. */
export type Message =
  /** No octets at all: "I am alive". */
  | { readonly kind: 'heartbeat' }
  /** `data` is a view of the datagram when decoded. */
  | {
      readonly kind: 'payload'
      readonly flag: PayloadFlag
      readonly id: PayloadId
      readonly data: Uint8Array
    }
  /** Not numbered, not ordered, never acknowledged. */
  | { readonly kind: 'random'; readonly data: Uint8Array }
  /** Everything up to `id` was received. */
  | { readonly kind: 'ack'; readonly id: PayloadId }
  /** Everything from `id` on is wanted, everything before it was received. */
  | { readonly kind: 'resend'; readonly id: PayloadId }
  /** Later revision of the draft: is there a connection? `id` was received last, FFF if none was. */
  | { readonly kind: 'check'; readonly id: PayloadId }
  | { readonly kind: 'halt' }
  | { readonly kind: 'reserved'; readonly flag: ReservedFlag }

export type MessageKind = Message['kind']
export type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>

/** Octets before the data of a numbered payload, and before that of a random one. */
export const PAYLOAD_HEADER_OCTETS = 2
export const RANDOM_HEADER_OCTETS = 1

/** The immediate-ack bit, in the flags that have it (0 to 3). */
export function asksForAck(flag: PayloadFlag): boolean {
  return flag === Flag.PayloadWithAck || flag === Flag.GiveControlWithAck
}

export function givesControl(flag: PayloadFlag): boolean {
  return flag === Flag.GiveControl || flag === Flag.GiveControlWithAck
}

/** The same payload with the immediate-ack bit as wanted; flags 4 and 5 have none (decision D15). */
export function withAckBit(flag: PayloadFlag, wanted: boolean): PayloadFlag {
  if (flag > Flag.GiveControlWithAck) return flag
  return (wanted ? flag | 1 : flag & ~1) as PayloadFlag
}
