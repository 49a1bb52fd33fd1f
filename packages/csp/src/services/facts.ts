/** What the services of a node may say and do. */

/** What CMP ident says; each field is cut to the octets that the message has for it. */
export interface Identity {
  readonly hostname: string
  readonly model: string
  readonly revision: string
  /** Of the build, as C's `__DATE__` writes it. */
  readonly date: string
  readonly time: string
}

/** Seconds and nanoseconds since 1970, as the node's clock has them. */
export interface ClockTime {
  readonly seconds: number
  readonly nanoseconds: number
}

/** What a node cannot know by itself; whoever runs it hands it in. */
export interface HostFacts {
  freeMemoryOctets(): number
  /** The process list as text; it is cut to what fits one packet. */
  processes(): string
  clock(): ClockTime
}

export interface ServiceSettings {
  readonly identity: Identity
  readonly host: HostFacts
  /** libcsp 2 drops a request without CRC in silence, 1.6 answers it. Answering does no harm. */
  readonly requireCrc32: boolean
  /** All false unless said: what others may make this node do. */
  readonly allows: { readonly reboot: boolean; readonly routes: boolean; readonly clock: boolean }
}

/** Services that say little and allow nothing. */
export const SERVICE_DEFAULTS: ServiceSettings = {
  identity: { hostname: 'skyferry', model: 'Skyferry', revision: '0.1.0', date: '', time: '' },
  host: {
    freeMemoryOctets: () => 0,
    processes: () => 'skyferry',
    clock: () => ({ seconds: 0, nanoseconds: 0 }),
  },
  requireCrc32: false,
  allows: { reboot: false, routes: false, clock: false },
}
