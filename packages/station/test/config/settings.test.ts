/** From options to what the engine is told. */
import {
  ChecksumType,
  ConditionCode,
  DIALECTS,
  REMOTE_DEFAULTS,
  STANDARD_HABITS,
  withDialect,
} from '@skyferry/cfdp'
import { expect, test } from 'vitest'
import { CHECKSUM_TYPES, FAULT_CODES, localSettings, remoteSettings } from '../../src/config/cfdp-settings.ts'
import { settingsTowards, windowsOf } from '../../src/config/entities.ts'
import { CHECKSUM_NAMES, FAULT_NAMES } from '../../src/config/entity-options.ts'
import { weatherOf } from '../../src/config/link-options.ts'
import { good, native, ONE_LINK } from './reading.ts'

function settings(more: string = '', remote: string = '') {
  const { services, links } = good(native(more, remote))
  return remoteSettings(services[0]!, links[0]!)[0]!
}

test.each([
  ['cfdp', 'patient'],
  ['org.yamcs.cfdp.CfdpService', 'yamcs'],
] as const)('class %s with nothing said is the profile %s of the engine', (serviceClass, profile) => {
  const text = `${ONE_LINK}services: [{ class: ${serviceClass}, args: { localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }] } }]`
  const { services, links } = good(text)
  expect(remoteSettings(services[0]!, links[0]!)).toEqual([
    { ...REMOTE_DEFAULTS[profile], id: 2n, address: undefined },
  ])
})

test('every option of a remote entity reaches the engine', () => {
  const told = settings(
    '',
    `address: 127.0.0.1:9, entityIdLength: 4, sequenceNrLength: 8, maxPduSize: 1400, sleepBetweenPdus: 10ms,
     inactivityTimeout: 3min, eofAckTimeout: 4s, eofAckLimit: 7, finAckTimeout: 5s, finAckLimit: 8, immediateNak: false,
     nakTimeout: 6s, nakLimit: 9, senderFaultHandlers: { CheckLimitReached: ignore }, checksumType: crc32c,
     receiverFaultHandlers: { UnsupportedChecksum: abandon }, checkAckTimeout: 11s, checkAckLimit: 12, lightTime: 1s,
     ackEofWhileSuspended: false, closureRequested: true, crcOnTransmit: true, crcRequiredOnReceive: true, incompleteFile: discard,
     keepAliveInterval: 5s, keepAliveDiscrepancyLimit: 1MiB`,
  )
  expect(told).toEqual({
    ...STANDARD_HABITS,
    id: 5n,
    address: { host: '127.0.0.1', port: 9 },
    entityIdLength: 4,
    sequenceLength: 8,
    maxPduSize: 1400,
    pace: 1400 * 8 * 100,
    inactivityTimeout: 180_000,
    eofAckTimeout: 4000,
    eofAckLimit: 7,
    finAckTimeout: 5000,
    finAckLimit: 8,
    immediateNak: false,
    nakTimeout: 6000,
    nakLimit: 9,
    // Beside those of the profile.
    senderFaultHandlers: {
      [ConditionCode.InactivityDetected]: 'suspend',
      [ConditionCode.CheckLimitReached]: 'ignore',
    },
    receiverFaultHandlers: {
      [ConditionCode.InactivityDetected]: 'suspend',
      [ConditionCode.UnsupportedChecksumType]: 'abandon',
    },
    resumesItself: true,
    keepAliveInterval: 5000,
    keepAliveDiscrepancyLimit: 1_048_576,
    promptInterval: Infinity,
    allow: REMOTE_DEFAULTS.patient.allow,
    listingFormat: 'names',
    checksumType: ChecksumType.Crc32c,
    checkTimeout: 11_000,
    checkLimit: 12,
    lightTime: 1000,
    ackEofWhileSuspended: false,
    closureRequested: true,
    crcOnTransmit: true,
    crcRequired: true,
    incompleteFile: 'discard',
  })
})

test('an entity counts more than its service, and its profile more than what the service says', () => {
  expect(settings('nakTimeout: 7s, eofAckLimit: 3', 'nakTimeout: 8s')).toMatchObject({
    nakTimeout: 8000,
    eofAckLimit: 3,
  })
  expect(settings('nakTimeout: 7s', 'profile: yamcs, eofAckLimit: 9')).toMatchObject({
    nakTimeout: REMOTE_DEFAULTS.yamcs.nakTimeout,
    eofAckLimit: 9,
  })
})

test('the pace: what is said of sleeping, else the rate of the link, else what the profile does', () => {
  expect(settings().pace).toBe('window')
  expect(settings('', 'dialect: cfdp-py').pace).toBe(1_000_000)
  expect(settings('', 'profile: yamcs').pace).toBe(1_000_000)
  const { services } = good(native())
  expect(remoteSettings(services[0]!, { rate: 9600 })[0]!.pace).toBe('link')
})

test.each(DIALECTS)('dialect %s is met, and what the entity says itself counts more', dialect => {
  const { id: _id, address: _address, ...usual } = settings()
  expect(settings('', `dialect: ${dialect}`)).toMatchObject(withDialect(usual, dialect))
  expect(
    settings('', `dialect: ${dialect}, maxPduSize: 777, crcOnTransmit: true, immediateNak: false`),
  ).toMatchObject({
    maxPduSize: 777,
    crcOnTransmit: true,
    immediateNak: false,
  })
})

test('every switch of a peer reaches the engine', () => {
  const told = settings(
    '',
    `dialect: ion, protocolVersion: 0, closureBitMask: 0x80, faultLocationLengthMinusOne: true, dataFieldExtendsToDatagramEnd: true,
     anyResponseStatus: true, remoteMessageIdForm: nested, ackFinishedInClass1: true, expectAckFinishedInClass1: true, nakReplace: true,
     nakRestate: true, eofForMetadataOnly: false, requireEqualMode: true, metadataWithEof: true, oneAtATime: true`,
  )
  expect(told).toMatchObject({
    protocolVersion: 0,
    pduDialect: {
      closureBitMask: 0x80,
      emptySecondNameLv: true,
      faultLocationLengthMinusOne: true,
      dataFieldExtendsToDatagramEnd: true,
      anyResponseStatus: true,
      remoteMessageIdForm: 'nested',
    },
    ackFinishedInClass1: true,
    expectAckFinishedInClass1: true,
    nakReplace: true,
    nakRestate: true,
    eofForMetadataOnly: false,
    requireEqualMode: true,
    metadataWithEof: true,
    oneAtATime: true,
  })
  expect(settings('', 'dialect: ion, emptySecondNameLv: false').pduDialect.emptySecondNameLv).toBe(false)
})

test('ids wider than asked for widen the header', () => {
  const { services, links } = good(
    native('entityIdLength: 1').replace('id: 11', 'id: 0x1_0000'.replace('_', '')),
  )
  expect(remoteSettings(services[0]!, links[0]!)[0]!.entityIdLength).toBe(3)
})

test('the entity itself', () => {
  const text = native(
    'maxNumPendingDownloads: 3, maxNumPendingUploads: 4, maxFileSize: 1MiB, maxGaps: 5, pendingAfterCompletion: 6s',
  )
  expect(localSettings(good(text).services[0]!)).toMatchObject({
    ids: [11n],
    maxOpenReceptions: 3,
    maxOpenTransmissions: 4,
    maxFileSize: 2 ** 20,
    maxGaps: 5,
    pendingAfterCompletion: 6000,
  })
  expect(localSettings(good(native()).services[0]!).maxFileSize).toBe(Number.MAX_SAFE_INTEGER)
})

test('every fault and checksum has its own code', () => {
  expect(new Set(FAULT_NAMES.map(name => FAULT_CODES[name])).size).toBe(11)
  expect(FAULT_NAMES.map(name => FAULT_CODES[name]).sort((one, other) => one - other)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ])
  expect(CHECKSUM_NAMES.map(name => CHECKSUM_TYPES[name])).toEqual([0, 2 + 1, 2, 1, 15])
})

test('what the engine is not told yet is there to ask', () => {
  const { services } = good(
    native('keepAliveInterval: 10s', 'keepAliveDiscrepancyLimit: 1MiB, defaultClass: 1'),
  )
  expect(settingsTowards(services[0]!, services[0]!.remoteEntities[0]!)).toMatchObject({
    keepAliveInterval: 10_000,
    keepAliveDiscrepancyLimit: 2 ** 20,
    defaultClass: 1,
  })
})

test('contact windows are found by name, id or contact', () => {
  const window = '[{ from: 2030-01-01T13:00Z, to: 2030-01-01T14:00Z }]'
  for (const [key, remote] of [
    ['craft', ''],
    ['5', ''],
    ['pass', 'contact: pass'],
  ] as const) {
    const { contacts, services } = good(`${native('', remote)}contacts: { ${key}: ${window} }`)
    expect(windowsOf(contacts, services[0]!.remoteEntities[0]!)).toHaveLength(1)
  }
  const nobody = good(
    `${native().replace('{ id: 5', '{ id: 6, name: other }, { id: 5')}contacts: { other: ${window} }`,
  )
  expect(windowsOf(nobody.contacts, nobody.services[0]!.remoteEntities[1]!)).toBeUndefined()
  expect(windowsOf(undefined, nobody.services[0]!.remoteEntities[1]!)).toBeUndefined()
})

test('an impairment is the weather of both directions, and what differs in one', () => {
  const { links } = good(
    native().replace(
      'peer:',
      'impairment: { loss: 5%, delay: 40ms, outages: [1s-2s], back: { loss: 1%, outages: [3s-4s] } }, peer:',
    ),
  )
  const { there, back } = weatherOf(links[0]!)
  expect(there).toMatchObject({
    loss: 0.05,
    delayMs: 40,
    overheadOctets: 28,
    outages: [{ from: 1000, to: 2000 }],
  })
  expect(back).toMatchObject({ loss: 0.01, delayMs: 40, outages: [{ from: 3000, to: 4000 }] })
})
