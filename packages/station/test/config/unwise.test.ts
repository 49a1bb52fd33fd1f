/** What is accepted with a warning: each code by a case that gives it, and a neighbour that does not. */
import { expect, test } from 'vitest'
import { CONFIG_WARNING_CODES, type ConfigWarningCode } from '../../src/config/problems.ts'
import { native, ONE_LINK, pointed, read, SEED_SERVICES } from './reading.ts'

/** A native service on a link that has more to it. */
const on = (link: string, more: string = '', remote: string = ''): string =>
  native(more, remote).replace('peer:', `${link}, peer:`)
const seed = (more: string): string => `${ONE_LINK}${SEED_SERVICES.trimEnd()}\n${more}`
/** An option among the args of the seed's service. */
const args = (more: string): string => ONE_LINK + SEED_SERVICES.replace('args:', `args:\n         ${more}`)

const CASES: Readonly<Record<ConfigWarningCode, readonly { unwise: string; says: string; wise: string }[]>> =
  {
    'option-ignored': [
      {
        unwise: args('fileListingParserClassName: org.example.Parser'),
        says: 'option-ignored 6 «fileListingParserClassName:» services[0].args.fileListingParserClassName: has no effect here: it names a class inside Yamcs',
        wise: args('hasFileListingCapability: true'),
      },
    ],
    'overwrite-check': [
      {
        unwise: args('allowConcurrentFileOverwrites: true'),
        says: 'overwrite-check 6 «allowConcurrentFileOverwrites:» services[0].args.allowConcurrentFileOverwrites: as its documentation says, and not as current Yamcs does, a second upload to a destination is refused while the first is under way',
        wise: args('allowDownloadOverwrites: true'),
      },
    ],
    'short-timer': [
      {
        unwise: native('eofAckTimeout: 2s', 'lightTime: 1.3s'),
        says: 'short-timer 2 «2s» services[0].eofAckTimeout: 2s is over before an answer of craft can be here: the round trip takes 2600ms',
        wise: native('eofAckTimeout: 2601ms', 'lightTime: 1.3s'),
      },
      {
        unwise: on('impairment: { delay: 1.5s }', '', 'nakTimeout: 3s'),
        says: 'short-timer 2 «3s» services[0].remoteEntities[0].nakTimeout: 3s is over before an answer of craft can be here: the round trip takes 3s',
        wise: on('impairment: { delay: 1.5s }', '', 'nakTimeout: 4s'),
      },
      {
        unwise: native('inactivityTimeout: 5s, nakTimeout: 5s'),
        says: 'short-timer 2 «5s» services[0].inactivityTimeout: 5s is over before missing data is asked for again (nakTimeout)',
        wise: native('inactivityTimeout: 6s, nakTimeout: 5s'),
      },
      {
        unwise: native('inactivityTimeout: 5s, sleepBetweenPdus: 5s'),
        says: 'short-timer 2 «5s» services[0].sleepBetweenPdus: a receiver with our inactivityTimeout gives up between two PDUs',
        wise: native('inactivityTimeout: 5s, sleepBetweenPdus: 1s'),
      },
    ],
    'pdu-over-mtu': [
      {
        unwise: on('mtu: 1000'),
        says: 'pdu-over-mtu 2 «{» services[0].maxPduSize: PDUs of 1024 octets do not fit link cfdp, whose mtu is 1000',
        wise: on('mtu: 1024'),
      },
      {
        unwise: on('mtu: 1031, packetCrc: true').replace('type: udp', 'type: space-packet'),
        says: 'pdu-over-mtu 2 «{» services[0].maxPduSize: PDUs of 1024 octets do not fit link cfdp, whose packets have room for 1023',
        wise: on('mtu: 1032, packetCrc: true').replace('type: udp', 'type: space-packet'),
      },
      {
        unwise: on('impairment: { mtu: 500 }', 'maxPduSize: 512'),
        says: 'pdu-over-mtu 2 «512» services[0].maxPduSize: PDUs of 512 octets do not fit link cfdp, whose mtu is 500',
        wise: on('impairment: { mtu: 512 }', 'maxPduSize: 512'),
      },
    ],
    'slow-link': [
      {
        unwise: on('rate: 9600bit/s', 'maxPduSize: 8KiB, nakTimeout: 5s'),
        says: 'slow-link 2 «5s» services[0].nakTimeout: 5s is less than the 6850 ms that one PDU takes on link cfdp',
        wise: on('rate: 9600bit/s', 'maxPduSize: 8KiB, nakTimeout: 7s'),
      },
    ],
    'two-paces': [
      {
        unwise: on('rate: 1Mbit/s', 'sleepBetweenPdus: 10ms'),
        says: 'two-paces 2 «10ms» services[0].sleepBetweenPdus: link cfdp has a rate, and waiting between PDUs as well wastes what it carries; leave one of them out',
        wise: on('rate: 1Mbit/s', 'sleepBetweenPdus: 0'),
      },
    ],
    'no-pace': [
      {
        unwise: ONE_LINK + SEED_SERVICES.replace('sleepBetweenPdus: 1000', 'sleepBetweenPdus: 0'),
        says: 'no-pace 11 «0» services[0].args.sleepBetweenPdus: neither it nor link cfdp sets a pace; 1 Mbit/s is assumed',
        wise: native('sleepBetweenPdus: 0'),
      },
    ],
    'unrepaired-loss': [
      {
        unwise: on('impairment: { back: { loss: 1% } }', '', 'defaultClass: 1'),
        says: 'unrepaired-loss 2 «1» services[0].remoteEntities[0].defaultClass: class 1 repairs nothing, and link cfdp loses datagrams',
        wise: on('impairment: { delay: 1ms }', '', 'defaultClass: 1'),
      },
    ],
    'unchecked-data': [
      {
        unwise: native('checksumType: null'.replace('null', "'NULL'")),
        says: "unchecked-data 2 «'NULL'» services[0].checksumType: with no checksum, and no CRC on PDUs, nobody notices damaged data",
        wise: native("checksumType: 'NULL', crcOnTransmit: true"),
      },
    ],
    'id-too-wide': [
      {
        unwise: native('entityIdLength: 1').replace('id: 5', 'id: 256'),
        says: 'id-too-wide 2 «1» services[0].entityIdLength: entity id 256 does not fit 1 octets; 2 are used',
        wise: native('entityIdLength: 1').replace('id: 5', 'id: 255'),
      },
    ],
    'long-outage': [
      {
        unwise: `${native('inactivityTimeout: 1h')}contacts: { craft: [${win('13:00', '13:10')}, ${win('14:40', '14:50')}] }`,
        says: 'long-outage 2 «1h» services[0].inactivityTimeout: 1h is shorter than an outage of 90min towards craft; an end that does not know the plan gives up in it',
        wise: `${native('inactivityTimeout: 2h')}contacts: { craft: [${win('13:00', '13:10')}, ${win('14:40', '14:50')}] }`,
      },
      {
        unwise: on('impairment: { outages: [10s-90s] }', 'inactivityTimeout: 1min'),
        says: 'long-outage 2 «1min» services[0].inactivityTimeout: 1min is shorter than an outage of 80s towards craft; an end that does not know the plan gives up in it',
        wise: on('impairment: { outages: [10s-60s] }', 'inactivityTimeout: 1min'),
      },
    ],
    'past-contacts': [
      {
        unwise: `${native()}contacts: { craft: [${win('10:00', '11:00')}] }`,
        says: 'past-contacts 3 «{» contacts: the contact plan of craft ended 2030-01-01T11:00:00.000Z: transfers will wait for ever',
        wise: `${native()}contacts: { craft: [${win('10:00', '12:01')}] }`,
      },
    ],
    'unlisted-stream': [
      {
        unwise: seed('streams: { cfdp_in: cfdp }'),
        says: 'unlisted-stream 6 «sequenceNrLength:» services[0].args.outStream: stream cfdp_out is not listed under streams; it is taken to be link cfdp',
        wise: seed('streams: { cfdp_in: cfdp, cfdp_out: cfdp }'),
      },
    ],
    'unused-stream': [
      {
        unwise: seed('streams: { cfdp_in: cfdp, cfdp_out: cfdp, tm: cfdp }'),
        says: 'unused-stream 28 «cfdp» streams.tm: no service uses stream tm',
        wise: seed('streams: { cfdp_in: cfdp, cfdp_out: cfdp }'),
      },
    ],
    'unused-link': [
      {
        unwise: native('link: cfdp').replace(
          'links: [',
          'links: [{ name: spare, type: udp, listen: 127.0.0.1:9, peer: 127.0.0.1:10 }, ',
        ),
        says: 'unused-link 1 «spare» links[0].name: no service uses link spare',
        wise: native(),
      },
    ],
    'nak-limit-zero': [
      {
        unwise: native('nakLimit: 0'),
        says: 'nak-limit-zero 2 «0» services[0].nakLimit: 0 means no limit here, and no repeat for eofAckLimit and finAckLimit; write -1',
        wise: native('nakLimit: -1, eofAckLimit: 0'),
      },
    ],
    'forgets-early': [
      {
        unwise: native('pendingAfterCompletion: 10s, finAckTimeout: 5s, finAckLimit: 1'),
        says: 'forgets-early 2 «10s» services[0].pendingAfterCompletion: a transfer is forgotten while its last PDUs may still be repeated; they will seem to begin another',
        wise: native('pendingAfterCompletion: 11s, finAckTimeout: 5s, finAckLimit: 1'),
      },
    ],
    'beyond-peer': [
      {
        unwise: native('', 'dialect: n7s'),
        says: 'beyond-peer 2 «{» services[0].defaultClass: craft (n7s) knows class 1 only',
        wise: native('', 'dialect: n7s, defaultClass: 1'),
      },
      {
        unwise: native('', 'dialect: dariol83, checksumType: crc32'),
        says: 'beyond-peer 2 «crc32» services[0].remoteEntities[0].checksumType: craft (dariol83) does not know this checksum',
        wise: native('', 'dialect: dariol83, checksumType: modular'),
      },
      {
        unwise: native('', 'dialect: us-irs-cfdp-rs, sequenceNrLength: 3, maxPduSize: 4KiB').replace(
          '4KiB',
          '4096',
        ),
        says: 'beyond-peer 2 «3» services[0].remoteEntities[0].sequenceNrLength: craft (us-irs-cfdp-rs) reads no sequence numbers of 3 octets',
        wise: native('', 'dialect: us-irs-cfdp-rs, sequenceNrLength: 2'),
      },
    ],
    'plain-token': [
      {
        unwise: `http: { listen: 192.0.2.1:8090, tokens: [nineteen-and-one-more] }\n${native()}`,
        says: 'plain-token 1 «192.0.2.1:8090» http.listen: tokens cross the network readable by anybody; add tls, or a proxy that has it',
        wise: `http: { listen: 192.0.2.1:8090, tokens: [nineteen-and-one-more], tls: { cert: a.pem, key: b.pem } }\n${native()}`,
      },
    ],
    'weak-token': [
      {
        unwise: `http: { tokens: [secret12] }\n${native()}`,
        says: 'weak-token 1 «secret12» http.tokens[0]: is short enough to be guessed; 20 random characters are not',
        wise: `http: { tokens: [{ name: mission, role: viewer, token: nineteen-and-one-more }] }\n${native()}`,
      },
    ],
    'no-service': [
      {
        unwise: 'services: []\n',
        says: 'no-service 1 «[» services: there is no service, so nothing is transferred',
        wise: '',
      },
    ],
  }

function win(from: string, to: string): string {
  return `{ from: 2030-01-01T${from}Z, to: 2030-01-01T${to}Z }`
}

for (const code of CONFIG_WARNING_CODES) {
  test.each(CASES[code])(`${code}: $says`, ({ unwise, says, wise }) => {
    expect(read(unwise).kind).toBe('configuration')
    expect(pointed(unwise)).toEqual([says])
    expect(read(wise).kind).toBe('configuration')
    expect(pointed(wise).filter(each => each.startsWith(`${code} `))).toEqual([])
  })
}

test('a warning about a setting that several entities share is given once', () => {
  const two = native('nakLimit: 0').replace('{ id: 5', '{ id: 6 }, { id: 5')
  expect(pointed(two)).toHaveLength(1)
})
