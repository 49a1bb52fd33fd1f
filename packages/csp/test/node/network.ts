/** Nodes under one sky: each interface of a node is named for the node at its other end. */
import type { Millis } from '@skyferry/engine'
import { bothWays, type Weather, World, type WorldNode } from '@skyferry/sim'
import {
  type ConnectionId,
  type CspAddress,
  type CspIndication,
  CspNode,
  type CspPort,
  type CspReply,
  type CspRequest,
  type NodeOptions,
} from '../../src/index.ts'

export const address = (value: number): CspAddress => value as CspAddress
export const port = (value: number): CspPort => value as CspPort
export const ms = (value: number): Millis => value as Millis
export const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets)

/** A node that keeps what it was told. */
export class Station {
  readonly name: string
  readonly node: WorldNode<CspRequest, CspReply, CspIndication, never>
  readonly told: CspIndication[] = []
  engine!: CspNode
  onTold: (what: CspIndication) => void = () => {}

  constructor(
    sky: World,
    name: string,
    neighbours: Readonly<Record<string, { readonly address: number; readonly netmask?: number }>>,
    options: Partial<NodeOptions> = {},
  ) {
    this.name = name
    this.node = sky.node<CspRequest, CspReply, CspIndication, never>(
      name,
      ({ random, now }) => {
        this.engine = new CspNode({
          version: 2,
          interfaces: Object.entries(neighbours).map(([neighbour, { address: own, netmask = 8 }]) => ({
            name: neighbour,
            address: address(own),
            netmask,
            isDefault: true,
          })),
          random,
          now,
          ...options,
        })
        return {
          engine: this.engine,
          indicate: what => {
            this.told.push(what)
            this.onTold(what)
          },
        }
      },
      { link: { mtuOctets: 2100, slots: 64 } },
    )
  }

  ask(request: CspRequest): CspReply {
    return this.node.request(request)!
  }

  /** Asks for something that gives a connection. */
  connect(request: CspRequest): ConnectionId {
    const reply = this.ask(request)
    if (reply.kind !== 'connecting') throw new Error(JSON.stringify(reply))
    return reply.connection
  }

  of<Kind extends CspIndication['kind']>(kind: Kind): Extract<CspIndication, { kind: Kind }>[] {
    return this.told.filter((what): what is Extract<CspIndication, { kind: Kind }> => what.kind === kind)
  }
}

/** Two nodes, 10 and 20, joined. */
export function twoNodes(
  weather: Weather = bothWays({ delayMs: 10 }),
  options: {
    readonly a?: Partial<NodeOptions>
    readonly b?: Partial<NodeOptions>
    readonly seed?: number
  } = {},
): { readonly sky: World; readonly a: Station; readonly b: Station } {
  const sky = new World(options.seed ?? 1, weather)
  const a = new Station(sky, 'a', { b: { address: 10 } }, options.a)
  const b = new Station(sky, 'b', { a: { address: 20 } }, options.b)
  sky.join(a.node, b.node)
  return { sky, a, b }
}
