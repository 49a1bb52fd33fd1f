/** From a configuration to what a station is made of. Pure but for paths, which become absolute. */
import path from 'node:path'
import { ConditionCode } from '@skyferry/cfdp'
import { localSettings, remoteSettings } from '../config/cfdp-settings.ts'
import type { BucketConfig, CfdpServiceConfig, LinkConfig } from '../config/configuration.ts'
import { entityName, windowsOf } from '../config/entities.ts'
import { carrierOf } from '../config/link-carrier.ts'
import { weatherOf } from '../config/link-options.ts'
import type { LoadedConfiguration } from '../config/load.ts'
import type { BucketPlan, CfdpServicePlan, ContactWindow, EntityPlan, LinkPlan, StationPlan } from './plan.ts'
import { HTTP_DEFAULTS } from './plans.ts'

export function planOfConfiguration({ configuration, folder }: LoadedConfiguration): StationPlan {
  const { station, http, instance, buckets, links, services, contacts } = configuration
  const windows = new Map<string, readonly ContactWindow[]>()
  for (const remote of services.flatMap(({ remoteEntities }) => remoteEntities)) {
    const found = windowsOf(contacts, remote)
    if (found !== undefined) windows.set(entityName(remote), found)
  }
  return {
    name: station.name,
    dataDir: path.resolve(folder, station.dataDir),
    instance,
    http: {
      ...HTTP_DEFAULTS,
      listen: http.listen,
      tokens: http.tokens,
      ...(http.tls === undefined
        ? {}
        : { tls: { cert: path.resolve(folder, http.tls.cert), key: path.resolve(folder, http.tls.key) } }),
    },
    buckets: buckets.map(bucket => bucketPlan(bucket, folder)),
    links: links.map(link => linkPlan(link, folder)),
    services: services.map(service =>
      servicePlan(
        service,
        links.find(({ name }) => name === service.link),
      ),
    ),
    contacts: windows,
    history: {},
  }
}

function bucketPlan({ name, path: directory, quota }: BucketConfig, folder: string): BucketPlan {
  return {
    name,
    ...(directory === undefined ? {} : { directory: path.resolve(folder, directory) }),
    ...(Number.isFinite(quota) ? { maxOctets: quota } : {}),
  }
}

function linkPlan(link: LinkConfig, folder: string): LinkPlan {
  const { name, type, mtu, capture, impairment } = link
  return {
    name,
    type: impairment === undefined ? type : 'emulated',
    carrier: carrierOf(link),
    mtuOctets: mtu,
    ...(capture === undefined ? {} : { capture: path.resolve(folder, capture) }),
    ...(impairment === undefined ? {} : { weather: weatherOf(link) }),
    ...(impairment?.seed === undefined ? {} : { seed: impairment.seed }),
  }
}

function servicePlan(service: CfdpServiceConfig, link: LinkConfig | undefined): CfdpServicePlan {
  const settings = remoteSettings(service, link ?? {})
  return {
    protocol: 'cfdp',
    name: service.name,
    link: service.link,
    local: localSettings(service),
    locals: service.localEntities.map(entityPlan),
    remotes: service.remoteEntities.map(entityPlan),
    // The native service keeps what has arrived when the disk is full; the seed's cancels, as the seed says.
    remoteSettings:
      service.class === 'cfdp'
        ? settings.map(each => ({
            ...each,
            receiverFaultHandlers: {
              [ConditionCode.FilestoreRejection]: 'suspend',
              ...each.receiverFaultHandlers,
            },
          }))
        : settings,
    incomingBucket: service.incomingBucket,
    defaultClass: service.defaultClass === 1 ? 1 : 2,
    directoryTerminators: service.directoryTerminators,
    // The seed's words: true is what checks.
    checkConcurrentOverwrites: service.allowConcurrentFileOverwrites,
    onExisting: service.allowDownloadOverwrites ? 'overwrite' : 'rename',
    subdirectories: service.allowRemoteProvidedSubdirectory ? 'keep' : 'flatten',
    fetches: service.hasDownloadCapability,
    lists: service.hasFileListingCapability,
    listingFileName: service.directoryListingFileName,
  }
}

function entityPlan(entity: CfdpServiceConfig['remoteEntities'][number]): EntityPlan {
  const { id, bucket } = entity
  const plan = { id: id as EntityPlan['id'], name: entityName(entity) }
  return bucket === undefined ? plan : { ...plan, bucket }
}
