import type { Clock, Link } from '@skyferry/engine'
import {
  type CaptureForm,
  formatUdpAddress,
  type RecordedLink,
  recorded,
  type SequenceCounts,
  spacePacketOverhead,
  spacePackets,
  type TcpLink,
  type TcpState,
  tcpLink,
  type UdpLink,
  udpLink,
  wallClockMs,
} from '@skyferry/link'
import { CFDP_APID, type Framing, SPACE_PACKET_FRAMING } from '@skyferry/octets'
import {
  type Carrier,
  type CarrierAddress,
  carrierProblem,
  type SpacePacketCarrier,
  type TcpCarrier,
  type UdpCarrier,
} from './carrier.ts'
import { PDU_FRAMING } from './pdu-framing.ts'

export interface CarrierSettings {
  /** Octets of the largest PDU sent. */
  readonly pduOctets: number
  readonly clock: Clock
  /** File to record in from the start (pcap). */
  readonly capture?: string
  /** Shared by all that send space packets into one medium. */
  readonly counts?: SequenceCounts
  notice?(code: LinkNoticeCode | 'host-warning', text: string): void
}

/** What becomes of a stream's connection. */
export type LinkNoticeCode = 'link-connected' | 'link-lost' | 'link-waiting' | 'link-refused'

export interface CarrierCounters {
  readonly sent: number
  readonly sentOctets: number
  readonly received: number
  readonly receivedOctets: number
  readonly errors: number
}

/** An open carrier: a link for PDUs, and what an operator sees of it. */
export interface OpenCarrier {
  readonly link: Link<CarrierAddress>
  /** Where it listens; undefined for a client that is not connected. */
  readonly local: CarrierAddress | undefined
  readonly peer: CarrierAddress | undefined
  readonly warnings: readonly string[]
  /** Of the medium: datagrams or frames, as they are on the wire. */
  counters(): CarrierCounters
  /** Live: what arrived and was no packet of ours, by reason. */
  readonly dropped: ReadonlyMap<string, number>
  changeRate(rateBps: number | undefined): void
  /** Begins a capture; throws a `LinkError` `capture-failed`. */
  record(file: string): void
  stopRecording(): void
  /** The file that is being recorded. */
  readonly recording: string | undefined
  /** Why the capture stopped by itself. */
  readonly captureFailure: Error | undefined
  /** Fulfilled once all is closed. */
  readonly closed: Promise<void>
}

/**
 * Opens what carries CFDP. A stream without a connection has no room: what is sent waits for one.
 *
 * Captures hold what tshark reads without being told: UDP datagrams with PDUs as they are, PDUs out of a stream as upper
 * PDUs of CFDP, packets as upper PDUs of CCSDS. Wireshark finds a PDU in a packet only with CFDP's own APID and no
 * secondary header; with others the PDUs are recorded instead of the packets.
 *
 * @throws LinkError when a port, a name or the capture cannot be had; `RangeError` for what `carrierProblem` says
 */
export async function openCarrier(carrier: Carrier, settings: CarrierSettings): Promise<OpenCarrier> {
  const problem = carrierProblem(carrier, settings.pduOctets)
  if (problem !== undefined) throw new RangeError(problem)
  const isPacked = carrier.type === 'space-packet'
  const around = isPacked ? spacePacketOverhead(carrier.send) : 0
  const medium = await openMedium(isPacked ? carrier.over : carrier, {
    framing: isPacked ? SPACE_PACKET_FRAMING : PDU_FRAMING,
    mtuOctets: settings.pduOctets + around,
    settings,
  })
  try {
    return dress(carrier, medium, settings)
  } catch (error) {
    medium.close()
    throw error
  }
}

function dress(carrier: Carrier, medium: UdpLink | TcpLink, settings: CarrierSettings): OpenCarrier {
  const over = (carrier.type === 'space-packet' ? carrier.over : carrier).type
  const recordedAs = (link: Link<CarrierAddress>, form: CaptureForm): RecordedLink =>
    recorded(link, {
      file: settings.capture,
      form,
      get local() {
        return medium.local ?? { host: '0.0.0.0', port: 0 }
      },
      get peer() {
        return medium.peer
      },
      wallClockMs,
    })
  let link: Link<CarrierAddress>
  let recorder: RecordedLink
  let dropped: ReadonlyMap<string, number> = new Map()
  if (carrier.type !== 'space-packet') {
    recorder = recordedAs(medium, over === 'udp' ? 'udp' : { dissector: 'cfdp', over })
    link = recorder
  } else {
    const { send, hear } = carrier
    const options = { send, hear, ...(settings.counts === undefined ? {} : { counts: settings.counts }) }
    const isReadable = isReadAsCfdp(carrier)
    const below = isReadable ? recordedAs(medium, { dissector: 'ccsds', over }) : medium
    const packed = spacePackets(below, options)
    dropped = packed.dropped
    recorder = isReadable ? (below as RecordedLink) : recordedAs(packed, { dissector: 'cfdp', over })
    link = isReadable ? packed : recorder
  }
  return {
    link,
    get local() {
      return medium.local
    },
    get peer() {
      return medium.peer
    },
    warnings: 'warnings' in medium ? medium.warnings : [],
    counters: () => countersOf(medium),
    dropped,
    changeRate: rateBps => medium.changeRate(rateBps),
    record: file => recorder.record(file),
    stopRecording: () => recorder.stopRecording(),
    get recording() {
      return recorder.recording
    },
    get captureFailure() {
      return recorder.failure
    },
    closed: medium.closed,
  }
}

/** Does Wireshark look for a PDU behind the primary header of these packets? */
function isReadAsCfdp({ send, hear }: SpacePacketCarrier): boolean {
  return [send, hear].every(
    ({ apid, secondaryHeader = 'none' }) => apid === CFDP_APID && secondaryHeader === 'none',
  )
}

async function openMedium(
  carrier: UdpCarrier | TcpCarrier,
  { framing, mtuOctets, settings }: { framing: Framing; mtuOctets: number; settings: CarrierSettings },
): Promise<UdpLink | TcpLink> {
  const { rateBps, overheadOctets } = carrier
  const common = {
    mtuOctets,
    clock: settings.clock,
    ...(rateBps === undefined ? {} : { rateBps }),
    ...(overheadOctets === undefined ? {} : { overheadOctets }),
  }
  if (carrier.type === 'udp') {
    const { listen, peer } = carrier
    const link = await udpLink({ ...common, listen, ...(peer === undefined ? {} : { peer }) })
    for (const text of link.warnings) settings.notice?.('host-warning', text)
    return link
  }
  const { role } = carrier
  let saidWaiting = false
  return tcpLink({
    ...common,
    role,
    framing,
    onState: state => {
      // The first of many attempts in vain is news; the others are not.
      if (state.kind === 'waiting' && saidWaiting) return
      saidWaiting = state.kind === 'waiting'
      const [code, text] = said(state)
      settings.notice?.(code, text)
    },
  })
}

function said(state: TcpState): [LinkNoticeCode, string] {
  switch (state.kind) {
    case 'connected':
      return ['link-connected', `connected to ${formatUdpAddress(state.peer)}`]
    case 'lost':
      return ['link-lost', `the connection is gone: ${state.why}; what is to be sent waits for another`]
    case 'waiting':
      return ['link-waiting', `no connection (${state.why}): trying again and again`]
    case 'refused':
      return ['link-refused', `a call from ${state.host} was not taken: it is not the peer`]
  }
}

function countersOf(medium: UdpLink | TcpLink): CarrierCounters {
  const counters = medium.counters()
  const { sent, sentOctets, received, receivedOctets } = counters
  const errors =
    'sendErrors' in counters
      ? counters.sendErrors + counters.receiveErrors
      : counters.lostSynchronisation + counters.cutShort + counters.lost + counters.unframed
  return { sent, sentOctets, received, receivedOctets, errors }
}
