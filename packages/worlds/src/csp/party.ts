/** A node in a world, with a user who writes series of packets, or takes and echoes them. */
import {
  type ConnectionId,
  type CspAddress,
  type CspIndication,
  CspNode,
  type CspPort,
  type CspReply,
  type CspRequest,
  HmacKey,
  packetInWords,
} from '@skyferry/csp'
import type { Millis, Random } from '@skyferry/engine'
import type { NodeParts, World, WorldNode } from '@skyferry/sim'
import type { Ledger, Series } from './ledger.ts'
import type { Terms } from './terms.ts'

const PORT = 10 as CspPort
const HMAC_KEY = new HmacKey('secret')

/** A series under way to somebody, and which of their lives it began in. */
interface Writing {
  readonly series: Series
  readonly to: CspParty
  readonly lifeThere: number
}

interface Place {
  readonly name: string
  /** Its interfaces, each named for the node at the other end, with this node's address there. */
  readonly interfaces: readonly { readonly name: string; readonly address: number }[]
  readonly bridge?: readonly [string, string]
}

export class CspParty {
  readonly name: string
  readonly address: CspAddress
  readonly node: WorldNode<CspRequest, CspReply, CspIndication, never>
  readonly #sky: World
  readonly #terms: Terms
  readonly #ledger: Ledger
  readonly #place: Place
  #engine: CspNode | undefined
  readonly #busy: Set<ConnectionId> = new Set()
  /** Series that this end writes, by connection, in this life. */
  #writing: Map<ConnectionId, Writing> = new Map()
  /** What came in on connections of others, and what of it still has to be sent back. */
  #taking: Map<ConnectionId, { arrived: number; series: Series | undefined; readonly echoes: Uint8Array[] }> =
    new Map()

  constructor(sky: World, terms: Terms, ledger: Ledger, place: Place) {
    this.name = place.name
    this.address = place.interfaces[0]!.address as CspAddress
    this.#sky = sky
    this.#terms = terms
    this.#ledger = ledger
    this.#place = place
    this.node = sky.node<CspRequest, CspReply, CspIndication, never>(
      place.name,
      ({ random, now }) => this.#start(random, now),
      { link: { mtuOctets: 1200 } },
    )
  }

  get engine(): CspNode {
    return this.#engine!
  }

  /** Opens a connection and begins to write; whoever is down then does not. */
  send(series: Series, to: CspParty): void {
    const { crc32, hmac, rdp } = this.#terms
    const reply = this.node.request({ kind: 'connect', to: to.address, port: PORT, rdp, crc32, hmac })
    if (reply?.kind !== 'connecting') {
      series.isOrphan = true
      return
    }
    this.#writing.set(reply.connection, { series, to, lifeThere: to.node.lives })
    this.#goOn(reply.connection)
  }

  #start(random: Random, now: Millis): NodeParts<CspRequest, CspReply, CspIndication, never> {
    for (const { series } of this.#writing.values()) series.isOrphan ||= series.ending === undefined
    this.#busy.clear()
    this.#writing = new Map()
    this.#taking = new Map()
    const { version, extendedAcks, bridgeDeduplication, crc32, hmac } = this.#terms
    const engine = new CspNode({
      version,
      interfaces: this.#place.interfaces.map(({ name, address }) => ({
        name,
        address: address as CspAddress,
        netmask: 0,
        isDefault: true,
      })),
      bridge: this.#place.bridge,
      hmacKey: HMAC_KEY,
      crc32Coverage: 'payload',
      bufferOctets: 1100,
      extendedAcks,
      deduplication: this.#place.bridge === undefined ? 'off' : bridgeDeduplication,
      random,
      now,
    })
    // The CRC does not cover the header: a flag that was flipped must not make a connection of another kind.
    const requires = { rdp: true, crc32, hmac }
    engine.request({ kind: 'bind', port: PORT, accept: 'connections', requires }, now)
    this.#engine = engine
    return {
      engine,
      indicate: what => this.#told(what),
      words: {
        datagram: datagram => packetInWords(datagram, version, { hmacKey: HMAC_KEY }),
        indication: what => ('ending' in what ? `closed, ${what.ending}` : what.kind),
      },
    }
  }

  #told(what: CspIndication): void {
    switch (what.kind) {
      case 'accepted':
        this.#taking.set(what.connection, { arrived: 0, series: undefined, echoes: [] })
        return
      case 'data':
        this.#took(what.connection, what.payload)
        return
      case 'room':
        this.#goOn(what.connection)
        return
      case 'closed':
        this.#closed(what)
        return
      default:
        return
    }
  }

  #took(connection: ConnectionId, octets: Uint8Array): void {
    const taking = this.#taking.get(connection)
    if (taking === undefined) {
      const series = this.#ledger.check(octets, ({ echoed }) => echoed, this.name)
      series.echoed += 1
      if (series.echoed === series.count) this.node.request({ kind: 'close', connection })
      return
    }
    const series = this.#ledger.check(octets, () => taking.arrived, this.name)
    taking.series = series
    taking.arrived += 1
    series.arrived = Math.max(series.arrived, taking.arrived)
    if (!this.#terms.echoes) return
    taking.echoes.push(octets)
    this.#goOn(connection)
  }

  /** Writes what is left to write. */
  #goOn(connection: ConnectionId): void {
    // A request may be answered by an indication before it returns: what is being written is not written again.
    if (this.#busy.has(connection)) return
    this.#busy.add(connection)
    const series = this.#writing.get(connection)?.series
    if (series !== undefined) this.#write(connection, series)
    const echoes = this.#taking.get(connection)?.echoes ?? []
    while (echoes.length > 0) {
      const reply = this.node.request({ kind: 'write', connection, payload: echoes[0]! })
      if (reply?.kind !== 'done') break
      echoes.shift()
    }
    this.#busy.delete(connection)
  }

  #write(connection: ConnectionId, series: Series): void {
    while (!series.isWritten) {
      const reply = this.node.request({ kind: 'write', connection, payload: series.packet(series.written) })
      if (reply?.kind !== 'done') return
      series.written += 1
      if (series.isWritten && !this.#terms.echoes) this.node.request({ kind: 'close', connection })
    }
  }

  #closed({ connection, ending, undelivered }: Extract<CspIndication, { kind: 'closed' }>): void {
    this.#taking.delete(connection)
    const writing = this.#writing.get(connection)
    if (writing === undefined) return
    const { series, to, lifeThere } = writing
    series.ending = { how: ending, undelivered }
    // What the far end has acknowledged may have died with it, before its user heard of it.
    const isSameLife = to.node.isUp && to.node.lives === lifeThere
    if (ending === 'closed' && isSameLife && series.arrived !== series.count) {
      const { id, arrived, count } = series
      this.#sky.fail('closed means delivered', `series ${id}: ${arrived} of ${count} arrived`)
    }
  }
}
