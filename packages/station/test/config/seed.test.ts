/** The seed's example and defaults, and what holds with no configuration at all. */

import { ConditionCode } from '@skyferry/cfdp'
import { describe, expect, test } from 'vitest'
import { localSettings, remoteSettings } from '../../src/config/cfdp-settings.ts'
import { good, ONE_LINK, problems, read, SEED_SERVICES } from './reading.ts'

describe("the seed's services block, pasted unchanged", () => {
  const configuration = good(ONE_LINK + SEED_SERVICES)
  const [service] = configuration.services

  test('works with one link, without a warning', () => {
    expect(read(ONE_LINK + SEED_SERVICES)).toMatchObject({ kind: 'configuration', warnings: [] })
  })

  // seed('streams') seed('in-stream') seed('out-stream')
  test('its streams are that link, and the instance is ops', () => {
    expect(service!.link).toBe('cfdp')
    expect(configuration.streams).toEqual(
      new Map([
        ['cfdp_in', 'cfdp'],
        ['cfdp_out', 'cfdp'],
      ]),
    )
    expect(configuration.instance).toBe('ops')
  })

  test('the buckets it names are made, after the usual ones', () => {
    expect(configuration.buckets.map(each => each.name)).toEqual(['cfdpUp', 'cfdpDown', 'bucket1', 'bucket3'])
  })

  test('says what it says', () => {
    expect(service).toMatchObject({
      class: 'org.yamcs.cfdp.CfdpService',
      name: 'cfdp0',
      sequenceNrLength: 4,
      maxPduSize: 512,
      incomingBucket: 'cfdpDown',
      eofAckTimeout: 3000,
      eofAckLimit: 3,
      sleepBetweenPdus: 1000,
      localEntities: [
        { name: 'id1', id: 11n, bucket: 'bucket1' },
        { name: 'id2', id: 12n },
      ],
      remoteEntities: [
        { name: 'target1', id: 5n },
        { name: 'target2', id: 7n, bucket: 'bucket3' },
      ],
    })
    expect([...service!.senderFaultHandlers]).toEqual([['AckLimitReached', 'suspend']])
  })

  test('and becomes settings of an entity', () => {
    expect(localSettings(service!)).toMatchObject({
      ids: [11n, 12n],
      maxOpenReceptions: 100,
      maxOpenTransmissions: 10,
      pendingAfterCompletion: 600_000,
    })
    const settings = remoteSettings(service!, configuration.links[0]!)
    expect(settings.map(each => each.id)).toEqual([5n, 7n])
    expect(settings[0]).toMatchObject({
      eofAckTimeout: 3000,
      eofAckLimit: 3,
      senderFaultHandlers: { [ConditionCode.PositiveAckLimitReached]: 'suspend' },
      // 512 octets each second.
      pace: 4096,
    })
  })

  test('without a link there is one sentence with the place and the cure', () => {
    expect(problems(SEED_SERVICES)).toEqual([
      expect.stringMatching(
        /^config-missing f\.yaml:2:6: services\[0\]: its streams cfdp_in and cfdp_out need a link, and there is none; add links: /,
      ),
    ])
  })
})

// seed('name')
test('the defaults of the Yamcs class are those of the seed', () => {
  const text = `${ONE_LINK}services:
  - class: org.yamcs.cfdp.CfdpService
    args: { localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }] }\n`
  expect(good(text).services[0]).toMatchObject({
    name: 'CfdpService',
    inStream: 'cfdp_in',
    outStream: 'cfdp_out',
    incomingBucket: 'cfdpDown',
    entityIdLength: 2,
    sequenceNrLength: 4,
    maxPduSize: 512,
    sleepBetweenPdus: 500,
    inactivityTimeout: 10_000,
    eofAckTimeout: 3000,
    eofAckLimit: 5,
    finAckTimeout: 10_000,
    finAckLimit: 5,
    immediateNak: true,
    nakTimeout: 5000,
    nakLimit: -1,
    senderFaultHandlers: new Map(),
    receiverFaultHandlers: new Map(),
    maxNumPendingDownloads: 100,
    maxNumPendingUploads: 10,
    directoryTerminators: ['/', ':', '\\'],
    allowConcurrentFileOverwrites: true,
    pendingAfterCompletion: 600_000,
    checksumType: 'MODULAR',
    maxFileSize: Infinity,
    allowRemoteProvidedBucket: false,
    allowRemoteProvidedSubdirectory: false,
    allowDownloadOverwrites: false,
    maxExistingFileRenames: 1000,
    canChangePduSize: false,
    pduSizePredefinedValues: [],
    canChangePduDelay: false,
    pduDelayPredefinedValues: [],
    hasDownloadCapability: true,
    hasFileListingCapability: true,
    automaticDirectoryListingReloads: false,
    directoryListingFileName: '.dirlist.notsaved',
    checkAckTimeout: 10_000,
    checkAckLimit: 5,
    ackEofWhileSuspended: false,
  })
})

test('a link with a rate paces the Yamcs class, unless it is told to sleep', () => {
  const links = ONE_LINK.replace('peer:', 'rate: 9600bit/s, peer:')
  const service = (more: string): string =>
    `services: [{ class: org.yamcs.cfdp.CfdpService, args: { localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }]${more} } }]\n`
  const paced = good(links + service(''))
  expect(paced.services[0]!.sleepBetweenPdus).toBe(0)
  expect(remoteSettings(paced.services[0]!, paced.links[0]!)[0]!.pace).toBe('link')
  const sleepy = good(links + service(', sleepBetweenPdus: 200'))
  expect(remoteSettings(sleepy.services[0]!, sleepy.links[0]!)[0]!.pace).toBe(512 * 8 * 5)
})

test('with no file at all a station starts, and so it does when only other sections are given', () => {
  for (const text of ['', '# nothing\n', 'http: { listen: 127.0.0.1:9000 }\n']) {
    const reading = read(text)
    expect(reading).toMatchObject({
      kind: 'configuration',
      warnings: [],
      configuration: {
        station: { name: 'ground', dataDir: './data' },
        instance: 'ops',
        links: [{ name: 'cfdp', type: 'udp' }],
        services: [
          { class: 'cfdp', name: 'cfdp0', localEntities: [{ id: 11n }], remoteEntities: [{ id: 5n }] },
        ],
      },
    })
  }
})
