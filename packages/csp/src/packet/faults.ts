/** Why octets are not a packet that we take. The node counts them by code and drops them; nobody is told. */
import type { Fault } from '@skyferry/octets'

/** Every way for a packet, a trailer or a service's answer to be refused, and what an operator may read about it. */
export const CSP_FAULTS = {
  truncated: 'ends before its header, or before a trailer that its flags announce',
  'packet-too-long': 'is longer than the buffers of this node',
  'bad-crc32': 'the CRC-32C matches neither the payload nor header and payload',
  'bad-hmac': 'the HMAC does not match: another key, or damage',
  'no-hmac-key': 'carries an HMAC, and this node has no key',
  'xtea-unsupported':
    'is encrypted with XTEA, which libcsp 2.0 removed: its first two blocks share a key stream. Turn XTEA off at the peer',
  'unknown-flags': 'has flags set that no version of CSP defines',
  'bad-syn-options': 'an RDP SYN has 24 octets of options',
  'bad-sfp-trailer': 'an SFP fragment reaches beyond its block',
  'bad-kiss-crc': 'the CRC of the KISS frame does not match',
  'bad-zmq-prefix': 'a ZeroMQ message is shorter than the prefix and header of its layout',
  'bad-cmp': 'not a CMP message, or not of the length that its code has',
} as const

export type CspFaultCode = keyof typeof CSP_FAULTS

/** A refusal: `offset` is the octet of the packet where it showed. */
export type CspFault = Fault & { readonly code: CspFaultCode }

export function cspFault(code: CspFaultCode, offset: number): CspFault {
  return { kind: 'fault', code, offset }
}
