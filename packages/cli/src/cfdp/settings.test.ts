import {
  ChecksumType,
  ConditionCode,
  DIALECTS,
  NOTHING_ALLOWED,
  REMOTE_DEFAULTS,
  withDialect,
} from '@skyferry/cfdp'
import { describe, expect, it } from 'vitest'
import type { RawEngineOptions, RawReceiveOptions, RawSendOptions } from './options.ts'
import { parseReceive } from './receive-plan.ts'
import { parseSend } from './send-plan.ts'
import { parseEngineOptions } from './settings.ts'

/** What that service offers to others, a command offers only when told to. */
const YAMCS = { ...REMOTE_DEFAULTS.yamcs, allow: NOTHING_ALLOWED }

const base: RawEngineOptions = { local: '11', listen: '127.0.0.1:5111', peer: '127.0.0.1:5222' }
const engine = (raw: Partial<RawEngineOptions>) => parseEngineOptions({ ...base, ...raw }, [])
const remote = (raw: Partial<RawEngineOptions>) => engine(raw).remote
const send = (raw: Partial<RawSendOptions>, file: string | undefined = 'dir/image.raw') =>
  parseSend(file, { ...base, to: '5', ...raw }, 0)
const receive = (raw: Partial<RawReceiveOptions>) => parseReceive({ ...base, local: '5', dir: 'in', ...raw })

describe('engine options', () => {
  it('are the patient profile, at the pace of a window, when nothing is said', () => {
    expect(remote({})).toEqual({ ...REMOTE_DEFAULTS.patient, pace: 'window' })
    expect(engine({})).toMatchObject({
      local: { ids: [11n], firstSequence: 1n },
      carrier: {
        type: 'udp',
        listen: { host: '127.0.0.1', port: 5111 },
        peer: { host: '127.0.0.1', port: 5222 },
      },
      giveUp: Infinity,
      dialect: 'standard',
    })
  })

  it('are the other profile to the letter when asked', () => {
    expect(remote({ profile: 'yamcs' })).toEqual(YAMCS)
  })

  it.each<[keyof RawEngineOptions, string, object]>([
    ['pduSize', '512', { maxPduSize: 512 }],
    ['pduSize', '1KiB', { maxPduSize: 1024 }],
    ['lightTime', '1.3s', { lightTime: 1300 }],
    ['entityIdLength', '8', { entityIdLength: 8 }],
    ['sequenceLength', '2', { sequenceLength: 2 }],
    ['eofAckTimeout', '3s', { eofAckTimeout: 3000 }],
    ['eofAckTimeout', 'adaptive', { eofAckTimeout: 'adaptive' }],
    ['eofAckLimit', '5', { eofAckLimit: 5 }],
    ['eofAckLimit', 'unlimited', { eofAckLimit: -1 }],
    ['finAckTimeout', '10s', { finAckTimeout: 10_000 }],
    ['finAckLimit', '0', { finAckLimit: 0 }],
    ['nakTimeout', '5s', { nakTimeout: 5000 }],
    ['nakLimit', '3', { nakLimit: 3 }],
    ['inactivityTimeout', '10s', { inactivityTimeout: 10_000 }],
    ['inactivityTimeout', 'never', { inactivityTimeout: Infinity }],
    ['inactivityTimeout', 'adaptive', { inactivityTimeout: 'adaptive' }],
    ['keepAliveInterval', '5s', { keepAliveInterval: 5000 }],
    ['keepAliveInterval', 'never', { keepAliveInterval: Infinity }],
    ['keepAliveLimit', '1MiB', { keepAliveDiscrepancyLimit: 1_048_576 }],
    ['keepAliveLimit', 'unlimited', { keepAliveDiscrepancyLimit: Infinity }],
    ['promptInterval', '30s', { promptInterval: 30_000 }],
    ['checkTimeout', '1m', { checkTimeout: 60_000 }],
    ['checkLimit', '2', { checkLimit: 2 }],
  ])('--%s %s', (name, text, expected) => {
    expect(remote({ [name]: text })).toEqual({ ...REMOTE_DEFAULTS.patient, ...expected })
  })

  it('are switches too', () => {
    expect(remote({ crc: true }).crcOnTransmit).toBe(true)
    expect(remote({ immediateNak: false }).immediateNak).toBe(false)
  })

  it('hand what is not the engine’s to the host', () => {
    expect(engine({ rate: '1Mbit/s' })).toMatchObject({ carrier: { rateBps: 1e6 }, remote: { pace: 'link' } })
    expect(engine({ giveUp: '10m', state: 's', capture: 'c.pcap', dialect: 'cfdp-py' })).toMatchObject({
      giveUp: 600_000,
      state: 's',
      capture: 'c.pcap',
      dialect: 'cfdp-py',
    })
    expect(engine({ firstSequence: '0x100' }).local.firstSequence).toBe(256n)
  })

  it('name fault handlers at both ends, by the standard, by other services or by number', () => {
    const handlers = remote({
      onFault: ['nak-limit-reached=suspend', 'AckLimitReached=abandon', '5=ignore', 'FileSizeError=cancel'],
    })
    const expected = {
      [ConditionCode.NakLimitReached]: 'suspend',
      [ConditionCode.PositiveAckLimitReached]: 'abandon',
      [ConditionCode.FileChecksumFailure]: 'ignore',
      [ConditionCode.FileSizeError]: 'cancel',
    }
    // Beside what the profile has.
    expect(handlers.senderFaultHandlers).toEqual({
      ...REMOTE_DEFAULTS.patient.senderFaultHandlers,
      ...expected,
    })
    expect(handlers.receiverFaultHandlers).toEqual({
      ...REMOTE_DEFAULTS.patient.receiverFaultHandlers,
      ...expected,
    })
  })

  it('make ids as wide as they need to be', () => {
    expect(engine({ local: '0x123456' }).remote.entityIdLength).toBe(3)
    expect(parseSend('a', { ...base, to: '18446744073709551615' }, 0).engine.remote.entityIdLength).toBe(8)
    expect(remote({ firstSequence: '0x100000000' }).sequenceLength).toBe(5)
  })

  it.each<[Partial<RawEngineOptions>, RegExp]>([
    [{ local: 'x' }, /^--local: /],
    [{ listen: '5111' }, /^--listen: /],
    [{ peer: 'host:0' }, /^--peer: .*port 0/],
    [{ profile: 'pateint' }, /^--profile: .*did you mean 'patient'/],
    [{ dialect: 'cfdppy' }, /^--dialect: .*did you mean 'cfdp-py'/],
    [
      { local: '70000', entityIdLength: '2' },
      /^--entity-id-length: 70000 does not fit in 2 octets, it needs 3/,
    ],
    [{ firstSequence: '256', sequenceLength: '1' }, /^--sequence-length: 256 does not fit/],
    [{ entityIdLength: '9' }, /^--entity-id-length: .*above 8/],
    [{ pduSize: '40' }, /^--pdu-size: .*below 47/],
    [{ pduSize: '65508' }, /^--pdu-size: .*above 65507/],
    [{ rate: '0' }, /^--rate: /],
    [{ eofAckTimeout: '0' }, /^--eof-ack-timeout: .*above zero/],
    [{ nakLimit: 'many' }, /^--nak-limit: /],
    [{ keepAliveInterval: '0' }, /^--keep-alive-interval: .*above zero/],
    [{ keepAliveLimit: 'much' }, /^--keep-alive-limit: /],
    [{ promptInterval: '0s' }, /^--prompt-interval: .*above zero/],
    [{ onFault: ['nak-limit-reached'] }, /^--on-fault: .*CONDITION=HANDLER/],
    [{ onFault: ['nak-limit=suspend'] }, /^--on-fault: condition 'nak-limit' is not known/],
    [{ onFault: ['nak-limit-reachd=suspend'] }, /did you mean 'nak-limit-reached'/],
    [{ onFault: ['cancel-request-received=ignore'] }, /not known/],
    [{ onFault: ['nak-limit-reached=stop'] }, /^--on-fault: 'stop' is not known/],
  ])('refuse %j, naming the option', (raw, message) => {
    expect(() => engine(raw)).toThrow(message)
  })
})

describe('a dialect', () => {
  it.each(DIALECTS)('%s sets what its peer needs', dialect => {
    expect(remote({ dialect })).toEqual(withDialect(REMOTE_DEFAULTS.patient, dialect))
    expect(remote({ dialect, profile: 'yamcs' })).toEqual(withDialect(YAMCS, dialect))
  })

  it('never lets the newest NAK alone decide, whatever the profile: these peers do not say everything in each', () => {
    expect(remote({ profile: 'yamcs' }).nakReplace).toBe(true)
    for (const dialect of DIALECTS.filter(name => name !== 'standard'))
      expect(remote({ profile: 'yamcs', dialect }).nakReplace).toBe(false)
  })

  it('gives way to what is typed', () => {
    expect(remote({ dialect: 'cf', pduSize: '1024' }).maxPduSize).toBe(1024)
    expect(remote({ dialect: 'n7s', entityIdLength: '2' }).entityIdLength).toBe(2)
    expect(remote({ dialect: 'yamcs', rate: '1Mbit/s' }).pace).toBe('link')
  })

  it('has widths that its peer reads', () => {
    expect(engine({ dialect: 'cfdp-py', local: '0x123456' }).remote.entityIdLength).toBe(4)
    expect(remote({ dialect: 'cfdp-py', firstSequence: '0x100000000' }).sequenceLength).toBe(8)
    expect(engine({ dialect: 'cf', local: '0x123456' }).remote.entityIdLength).toBe(3)
  })

  it('sends class 1 to a peer that knows no other, unless told otherwise', () => {
    expect(send({ dialect: 'ion' }).mode).toBe('unacknowledged')
    expect(send({ dialect: 'ion', class: '2' }).mode).toBe('acknowledged')
    expect(send({ dialect: 'yamcs' }).mode).toBe('acknowledged')
  })

  it('may require a CRC of what is received', () => {
    expect(receive({ dialect: 'openc3' }).engine.remote.crcRequired).toBe(true)
    expect(receive({ dialect: 'yamcs' }).engine.remote.crcRequired).toBe(false)
  })
})

describe('cfdp send options', () => {
  it('send the file under its own name, acknowledged, when nothing is said', () => {
    expect(send({})).toMatchObject({
      to: 5n,
      destinationName: 'image.raw',
      mode: 'acknowledged',
      closureRequested: false,
      messages: [],
      filestoreRequests: [],
      engine: { remote: { checksumType: ChecksumType.Modular } },
    })
  })

  it.each([
    ['5:there.raw', 'there.raw'],
    ['5:images/', 'images/image.raw'],
    ['0x5:a:b', 'a:b'],
  ])('--to %s puts it at %s', (to, name) => {
    expect(send({ to })).toMatchObject({ to: 5n, destinationName: name })
  })

  it.each<[Partial<RawSendOptions>, object]>([
    [{ class: '1' }, { mode: 'unacknowledged' }],
    [
      { class: '1', closure: true },
      { mode: 'unacknowledged', closureRequested: true },
    ],
    [
      { message: ['hello', 'hex:0102'] },
      { messages: [new TextEncoder().encode('hello'), Uint8Array.of(1, 2)] },
    ],
    [{ filestoreRequest: ['delete:old.txt'] }, { filestoreRequests: [{ action: 1, firstName: 'old.txt' }] }],
    [
      { filestoreRequest: ['rename:a\\:b:c'] },
      { filestoreRequests: [{ action: 2, firstName: 'a:b', secondName: 'c' }] },
    ],
    [
      { filestoreRequest: ['mkdir:d', 'deny-directory:e'] },
      { filestoreRequests: [{ action: 5 }, { action: 8 }] },
    ],
  ])('%j', (raw, expected) => {
    expect(send(raw)).toMatchObject(expected)
  })

  it.each([
    ['modular', 0],
    ['prox1', 1],
    ['crc32c', 2],
    ['crc32', 3],
    ['null', 15],
  ])('--checksum %s is type %d', (checksum, type) => {
    expect(send({ checksum }).engine.remote.checksumType).toBe(type)
  })

  it('number transactions from the clock, unless told where to begin', () => {
    const sequence = (raw: Partial<RawSendOptions>, wallMs: number) =>
      parseSend('a', { ...base, to: '5', ...raw }, wallMs).engine.local.firstSequence
    expect(sequence({}, 1_000_000_000_000)).toBe(10_000_000_000n % 2n ** 32n)
    expect(sequence({ sequenceLength: '1' }, 25_700)).toBe(1n)
    expect(sequence({ firstSequence: '1' }, 1_000_000_000_000)).toBe(1n)
  })

  it('need no file when they carry something else', () => {
    const plan = parseSend(undefined, { ...base, to: '5', filestoreRequest: ['delete:a'] }, 0)
    expect(plan).toMatchObject({ file: undefined, destinationName: undefined })
    expect(() => parseSend(undefined, { ...base, to: '5' }, 0)).toThrow(/FILE is missing/)
    expect(() => parseSend(undefined, { ...base, to: '5:a', message: ['x'] }, 0)).toThrow(/^--to: .*no FILE/)
  })

  it.each<[Partial<RawSendOptions>, RegExp]>([
    [{ to: 'x' }, /^--to: /],
    [{ to: '5:' }, /^--to: .*no path/],
    [{ to: `5:${'a'.repeat(256)}` }, /^--to: .*255 octets/],
    [{ class: '3' }, /^--class: /],
    [{ checksum: 'crc23' }, /^--checksum: .*did you mean 'crc32'/],
    [{ message: ['hex:123'] }, /^--message: .*odd number/],
    [{ message: ['a'.repeat(256)] }, /^--message: .*longer than 255/],
    [{ filestoreRequest: ['delte:a'] }, /^--filestore-request: .*did you mean 'delete'/],
    [{ filestoreRequest: ['delete'] }, /^--filestore-request: .*delete:NAME/],
    [{ filestoreRequest: ['rename:a'] }, /^--filestore-request: .*rename:FIRST:SECOND/],
  ])('refuse %j, naming the option', (raw, message) => {
    expect(() => send(raw)).toThrow(message)
  })
})

describe('cfdp receive options', () => {
  it('go on for ever, with whoever comes, when nothing is said', () => {
    expect(receive({})).toMatchObject({ dir: 'in', count: undefined, remotes: [] })
  })

  it('bound the count and name the remote entities', () => {
    expect(receive({ count: '3', remote: ['11', '12'] })).toMatchObject({ count: 3, remotes: [11n, 12n] })
    expect(() => receive({ count: '0' })).toThrow(/^--count: .*below 1/)
    expect(() => receive({ remote: ['eleven'] })).toThrow(/^--remote: /)
  })

  it('require the CRC that they ask for', () => {
    expect(receive({ crc: true }).engine.remote).toMatchObject({ crcOnTransmit: true, crcRequired: true })
    expect(receive({}).engine.remote.crcRequired).toBe(false)
  })
})
