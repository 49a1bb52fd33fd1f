/** The plans that need no configuration: a station's defaults, and the two of `npm run up`. */
import {
  ConditionCode,
  type EntityId,
  LOCAL_DEFAULTS,
  type LocalSettings,
  REMOTE_DEFAULTS,
  type RemoteSettings,
} from '@skyferry/cfdp'
import type { UdpAddress } from '@skyferry/link'
import type { CfdpServicePlan, EntityPlan, HttpPlan, LinkPlan, StationPlan } from './plan.ts'

const LOOPBACK = '127.0.0.1'
const GROUND: EntityPlan = { id: 11n as EntityId, name: 'ground' }
const CRAFT: EntityPlan = { id: 5n as EntityId, name: 'craft' }
const GROUND_PORT = 5111
const CRAFT_PORT = 5222
const MTU_OCTETS = 1400

export const HTTP_DEFAULTS: HttpPlan = {
  listen: { host: LOOPBACK, port: 8090 },
  tokens: [],
  maxRequestOctets: 1024 * 1024,
  maxObjectOctets: Number.MAX_SAFE_INTEGER,
}

/** What the native service does where nothing is said; the link's own pace, else a window, is what sets its speed. */
export const CFDP_SERVICE_DEFAULTS: Omit<
  CfdpServicePlan,
  'name' | 'link' | 'local' | 'locals' | 'remotes' | 'remoteSettings'
> = {
  protocol: 'cfdp',
  incomingBucket: 'cfdpDown',
  defaultClass: 2,
  directoryTerminators: ['/', ':', '\\'],
  checkConcurrentOverwrites: true,
  onExisting: 'rename',
  subdirectories: 'flatten',
  fetches: true,
  lists: true,
  listingFileName: '.dirlist.notsaved',
}

/** What may differ between two stations of one plan. */
export interface PlanChanges {
  readonly dataDir?: string
  readonly http?: UdpAddress
  readonly listen?: UdpAddress
  readonly peer?: UdpAddress
}

/** A ground station with one service, `cfdp0`, over UDP: what `skyferry serve` starts with no configuration. */
export function defaultPlan(changes: PlanChanges = {}): StationPlan {
  return pairPlan(GROUND, CRAFT, {
    dataDir: './data',
    http: HTTP_DEFAULTS.listen,
    listen: { host: LOOPBACK, port: GROUND_PORT },
    peer: { host: LOOPBACK, port: CRAFT_PORT },
    ...changes,
  })
}

/** The ground station of `npm run up`: as the default one, its link an emulated one. */
export function upGroundPlan(changes: PlanChanges = {}): StationPlan {
  return behindBadWeather(defaultPlan(changes))
}

/** The same station with emulated links: 10 Mbit/s, 40 ms each way, every fiftieth datagram lost. */
export function behindBadWeather(plan: StationPlan): StationPlan {
  const impairment = { rate: 10_000_000, delayMs: 40, loss: 0.02 }
  return { ...plan, links: plan.links.map(link => ({ ...link, type: 'emulated', impairment })) }
}

/** The spacecraft of `npm run up`: a second station, the other way round. */
export function upCraftPlan(changes: PlanChanges = {}): StationPlan {
  const plan = pairPlan(CRAFT, GROUND, {
    dataDir: './data/craft',
    http: { host: LOOPBACK, port: 8091 },
    listen: { host: LOOPBACK, port: CRAFT_PORT },
    peer: { host: LOOPBACK, port: GROUND_PORT },
    ...changes,
  })
  return { ...plan, services: plan.services.map(spacecraft) }
}

function pairPlan(local: EntityPlan, remote: EntityPlan, changes: Required<PlanChanges>): StationPlan {
  const link: LinkPlan = {
    name: 'cfdp',
    type: 'udp',
    carrier: { type: 'udp', listen: changes.listen, peer: changes.peer },
    mtuOctets: MTU_OCTETS,
  }
  return {
    name: local.name,
    dataDir: changes.dataDir,
    instance: 'ops',
    http: { ...HTTP_DEFAULTS, listen: changes.http },
    buckets: [{ name: 'cfdpUp' }, { name: 'cfdpDown' }],
    links: [link],
    services: [
      {
        ...CFDP_SERVICE_DEFAULTS,
        name: 'cfdp0',
        link: link.name,
        local: localSettings([local]),
        locals: [local],
        remotes: [remote],
        remoteSettings: [remoteSettings(remote)],
      },
    ],
    contacts: new Map(),
    history: {},
  }
}

function localSettings(locals: readonly EntityPlan[]): LocalSettings {
  return { ...LOCAL_DEFAULTS, ids: locals.map(({ id }) => id) }
}

function remoteSettings({ id }: EntityPlan): RemoteSettings<UdpAddress> {
  return {
    ...REMOTE_DEFAULTS.patient,
    id,
    address: undefined,
    // A full disk is no reason to throw away what has arrived.
    receiverFaultHandlers: {
      ...REMOTE_DEFAULTS.patient.receiverFaultHandlers,
      [ConditionCode.FilestoreRejection]: 'suspend',
    },
  }
}

/** Ground says where a file goes on board, and may fetch what lies there. */
function spacecraft(service: CfdpServicePlan): CfdpServicePlan {
  return { ...service, subdirectories: 'keep', servedBucket: 'cfdpUp' }
}
