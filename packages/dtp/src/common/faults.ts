/** Why octets are refused. They are counted by code, dropped, and never answered. */
import type { Fault } from '@skyferry/octets'

/** Every way for octets of DTP to be refused, and what an operator may read about it. */
export const DTP_FAULTS = {
  truncated: 'ends before a field that must be there',
  'unknown-length': 'no dialect has a request of this length',
  'no-throughput': 'the throughput is 0, which ends a C server',
  'bad-mtu': 'the mtu leaves no room for data, or is more than a packet holds',
  'too-many-intervals': 'more intervals than the structure has',
  'bad-interval': 'an interval ends before it starts',
  'not-a-dtp-request': 'the memory service is asked for something else than DTP',
  'bad-offset': 'the offset is no multiple of the data per packet, or lies beyond the payload',
  'bad-length': 'only the last packet of a payload is shorter than the others',
  'bad-version': 'a saved session of a version that nobody has written',
  'bad-session': 'a saved session whose parts contradict each other',
  'bad-checksum': 'a saved session that was damaged',
} as const

export type DtpFaultCode = keyof typeof DTP_FAULTS
export type DtpFault = Fault & { readonly code: DtpFaultCode }

export function dtpFault(code: DtpFaultCode, offset: number): DtpFault {
  return { kind: 'fault', code, offset }
}
