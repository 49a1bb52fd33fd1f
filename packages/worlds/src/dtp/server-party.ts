import {
  DIALECTS,
  octetsPayload,
  type Payloads,
  Server,
  type ServerIndication,
  type ServerReply,
  type ServerRequest,
  type ServerSettings,
} from '@skyferry/dtp'
import type { World, WorldNode } from '@skyferry/sim'
import { type Addresses, CspStandIn } from './csp-stand-in.ts'
import type { DtpTerms } from './terms.ts'

/** A server of ours with one payload, on a node that may be lost at any moment. */
export class ServerParty {
  readonly node: WorldNode<ServerRequest, ServerReply, ServerIndication, never>
  #server: Server | undefined

  constructor(
    sky: World,
    terms: DtpTerms,
    about: {
      readonly name: string
      readonly client: number
      readonly addresses: Addresses
      readonly settings?: Partial<ServerSettings>
    },
  ) {
    const payloads: Payloads = {
      open: id => (id === 7 ? octetsPayload(terms.payload) : undefined),
      openMemory: (address, size) =>
        address === 0xdeadbeef00001000n && size === terms.payload.length
          ? octetsPayload(terms.payload)
          : undefined,
    }
    // What the length of a request does not say: the unit of the throughput, the order of a host.
    const isUnsaid = !['D2c', 'D2b', 'D1', 'D1-19'].includes(terms.session.dialect)
    const dialects = new Map(isUnsaid ? [[about.client, DIALECTS[terms.session.dialect].name]] : [])
    this.node = sky.node(
      about.name,
      ({ random, now }) => {
        this.#server = new Server({ payloads, settings: { dialects, ...about.settings } })
        return {
          engine: new CspStandIn(this.#server, about.addresses, random.fork('connections'), now),
          words: {
            indication: what => (what.kind === 'ended' ? `ended (${what.why}): ${what.sent}` : what.kind),
          },
        }
      },
      { link: terms.link },
    )
  }

  get server(): Server {
    return this.#server!
  }
}
