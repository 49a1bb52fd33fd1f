/** Why octets are not a CDP datagram. */
import type { Fault } from '@skyferry/octets'

/** Every way for a datagram to be refused, and what an operator may read about it. */
export const CDP_FAULTS = {
  'unassigned-flag': 'no datagram has flag 7: the peer does not speak CDP',
  'payload-cut-off': 'a payload with an id has a header of two octets',
  'control-cut-off': 'an Ack, Resend or CheckConnection has two octets',
} as const

export type CdpFaultCode = keyof typeof CDP_FAULTS

/** A refusal: `offset` is the octet of the datagram where it showed. */
export type CdpFault = Fault & { readonly code: CdpFaultCode }

export function cdpFault(code: CdpFaultCode, offset: number): CdpFault {
  return { kind: 'fault', code, offset }
}

/** Does the protocol demand that a connection be halted over it (reference section 12)? */
export function isViolation(fault: CdpFault): boolean {
  return fault.code !== 'control-cut-off'
}
