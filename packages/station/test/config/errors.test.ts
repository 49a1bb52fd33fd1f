/** What is refused: each with its place, its option and a word on what was meant. */
import { expect, test } from 'vitest'
import { CONFIG_ERROR_CODES } from '../../src/config/problems.ts'
import { good, native, ONE_LINK, pointed, problems, SEED_SERVICES } from './reading.ts'

const CASES: readonly (readonly [what: string, text: string, ...said: string[]])[] = [
  [
    'an option that is not known, with the nearest one',
    SEED_SERVICES.replace('eofAckTimeout', 'eofAckTimout') + ONE_LINK,
    "config-unknown-option 8 «eofAckTimout:» services[0].args.eofAckTimout: is not an option: did you mean 'eofAckTimeout'?",
  ],
  [
    'an unknown section',
    `${native()}servces: []\n`,
    "config-unknown-option 3 «servces:» servces: is not an option: did you mean 'services'?",
  ],
  [
    'names that every object has',
    `${native()}__proto__: {}\nconstructor: {}\n`,
    'config-unknown-option 3 «__proto__:» __proto__: is not an option: known here: station, http, instance, buckets, links, streams, contacts, services',
    'config-unknown-option 4 «constructor:» constructor: is not an option: known here: station, http, instance, buckets, links, streams, contacts, services',
  ],
  [
    'an option of the engine beside args, in the Yamcs class',
    `${ONE_LINK}services: [{ class: org.yamcs.cfdp.CfdpService, nakLimit: 3, args: { localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }] } }]`,
    'config-unknown-option 2 «nakLimit:» services[0].nakLimit: belongs under args',
  ],
  [
    'a fault that does not exist, and a handler that does not',
    native('senderFaultHandlers: { AckLimitReachd: suspend, NakLimitReached: explode }'),
    "config-unknown-option 2 «AckLimitReachd:» services[0].senderFaultHandlers.AckLimitReachd: is not a fault: did you mean 'AckLimitReached'?",
    "config-bad-value 2 «explode» services[0].senderFaultHandlers.NakLimitReached: 'explode' is not known: one of suspend, cancel, abandon, ignore",
  ],
  [
    'a unit that is none, in a place of a remote entity',
    native('', 'lightTime: 3 parsecs'),
    "config-bad-value 2 «3» services[0].remoteEntities[0].lightTime: '3 parsecs' is not a duration; write 250ms, 1.3s, 10m or 1h30m",
  ],
  [
    'values of another kind',
    `station: []\nhttp: { listen: true }\nlinks: 3\nservices: { a: b }\n`,
    'config-wrong-type 1 «[» station: this is a list, and a map is wanted',
    "config-wrong-type 2 «true» http.listen: 'true' stands here, and HOST:PORT is wanted",
    "config-wrong-type 3 «3» links: '3' stands here, and a list is wanted",
    'config-wrong-type 4 «{» services: this is a map, and a list is wanted',
  ],
  [
    'a name without a value',
    native('eofAckLimit: , immediateNak: yes'),
    'config-wrong-type 2 «» services[0].eofAckLimit: there is no value (leave the option out for the usual one), and a whole number, or unlimited is wanted',
    "config-wrong-type 2 «yes» services[0].immediateNak: 'yes' stands here, and true or false is wanted",
  ],
  [
    'numbers out of range',
    native('entityIdLength: 9, maxPduSize: 40, maxNumPendingUploads: 0', 'bucket: a/b'),
    "config-bad-value 2 «a/b» services[0].remoteEntities[0].bucket: 'a/b' is no name: letters, digits, dots, dashes and underscores, up to 128",
    'config-bad-value 2 «9» services[0].entityIdLength: 9 is out of range: a whole number from 1 to 8',
    "config-bad-value 2 «40» services[0].maxPduSize: '40' is below 42 octets",
    'config-bad-value 2 «0» services[0].maxNumPendingUploads: 0 is out of range: a whole number from 1 to 1000000',
  ],
  [
    'ids that no eight octets hold, or that are none',
    native().replace('id: 11', 'id: 18446744073709551616').replace('id: 5', 'id: -5'),
    "config-bad-value 2 «18446744073709551616» services[0].localEntities[0].id: '18446744073709551616' does not fit eight octets",
    "config-bad-value 2 «-5» services[0].remoteEntities[0].id: '-5' is not an unsigned number (5, 0x1f)",
  ],
  [
    'a PDU without room for its own header, given the widths of ids',
    native('maxPduSize: 60, entityIdLength: 8, sequenceNrLength: 8'),
    'config-bad-value 2 «60» services[0].maxPduSize: 60 is below 63, what a header and a NAK need',
  ],
  [
    'what is missing',
    'links: [{ name: a }, { name: b, type: udp }]\nservices: [{ class: cfdp }]',
    'config-missing 1 «{» links[0].type: is missing: How PDUs travel (docs/operating/links.md); what ends in `tcp` calls its peer, in `tcp-listen` is called',
    'config-missing 1 «{» links[1].listen: is missing: Where datagrams or calls come in; port 0 lets the system choose',
    'config-missing 2 «{» services[0].localEntities: is missing: Who we are; PDUs for anybody else are dropped',
    'config-missing 2 «{» services[0].remoteEntities: is missing: Whom we talk to; PDUs from anybody else are dropped',
  ],
  [
    'a service without a class, one of a class that is none, one to come',
    `${ONE_LINK}services: [{ name: a }, { class: org.yamcs.cfdp.CfdpServce }, { class: dtp }]`,
    'config-missing 2 «{» services[0]: has no class; write class: org.yamcs.cfdp.CfdpService or class: cfdp',
    "config-bad-value 2 «org.yamcs.cfdp.CfdpServce» services[1].class: 'org.yamcs.cfdp.CfdpServce' is not a class of services here: did you mean 'org.yamcs.cfdp.CfdpService'?",
    'config-not-yet 2 «dtp» services[2].class: services of class dtp come with a later version',
  ],
  [
    'links and buckets of types to come',
    `${native().replace('links: [', 'links: [{ name: t, type: zmq, port: 9 }, ')}buckets: [{ name: a, type: s3, endpoint: x }]`,
    'config-not-yet 1 «zmq» links[0].type: a link of type zmq comes with a later version',
    'config-not-yet 3 «s3» buckets[0].type: a bucket of type s3 comes with a later version',
  ],
  [
    'a link without what its type needs, and with what it has no use for',
    `${native()}`.replace(
      'links: [',
      `links: [{ name: a, type: tcp, listen: 127.0.0.1:1, packetCrc: true },
  { name: b, type: space-packet-tcp, apid: 0x800, peer: 127.0.0.1:1 },
  { name: c, type: tcp-listen, peer: 127.0.0.1:1 },
  { name: d, type: space-packet, listen: 127.0.0.1:1, mtu: 64, packetHeader: ${'00'.repeat(40)} }, `,
    ),
    'config-missing 1 «{» links[0].peer: is missing: Where datagrams go, unless the remote entity has an address of its own; whom a stream calls; the host that alone may call',
    'config-bad-value 1 «127.0.0.1:1» links[0].listen: tcp calls its peer; to be called, tcp-listen',
    'config-bad-value 1 «true» links[0].packetCrc: tcp has no space packets',
    "config-bad-value 2 «0x800» links[1].apid: '0x800' is above 2047, the last APID",
    'config-missing 3 «{» links[2].listen: is missing: Where datagrams or calls come in; port 0 lets the system choose',
    'config-bad-value 4 «64» links[3].mtu: 64 octets have no room for a packet and a PDU',
  ],
  [
    'an address of its own for an entity at the end of a stream',
    native('', 'address: 127.0.0.1:9').replace(
      ONE_LINK,
      'links: [{ name: a, type: tcp, peer: 127.0.0.1:1 }]\n',
    ),
    'config-bad-value 2 «127.0.0.1:9» services[0].remoteEntities[0].address: link a is a stream, which has one other end, whoever it is for',
  ],
  [
    'an option given twice, in one place and in two',
    `instance: a\ninstance: b\n${native('nakLimit: 3, args: { nakLimit: 4 }')}`,
    'config-duplicate 2 «instance:» instance: is given twice; the first is in line 1',
    'config-duplicate 4 «nakLimit:» services[0].nakLimit: stands under args too, in line 4',
  ],
  [
    'two of a name, an address or an id',
    `links:
  - { name: a, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }
  - { name: a, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }
buckets: [{ name: b }, { name: b }]
services:
  - class: cfdp
    link: a
    localEntities: [{ id: 1, name: x }, { id: 0x1, name: x }]
    remoteEntities: [{ id: 2, name: '3' }, { id: 3 }, { id: 1 }]
`,
    'config-duplicate 3 «a» links[1].name: the name a is taken, in line 2',
    'config-duplicate 3 «127.0.0.1:1» links[1].listen: the address 127.0.0.1:1 is taken, in line 2',
    'config-duplicate 4 «b» buckets[1].name: the name b is taken, in line 4',
    'config-duplicate 8 «0x1» services[0].localEntities[1].id: the id 1 is taken, in line 8',
    'config-duplicate 8 «x» services[0].localEntities[1].name: the name x is taken, in line 8',
    "config-duplicate 9 «'3'» services[0].remoteEntities[0].name: the name 3 is the id of another entity",
    'config-duplicate 9 «1» services[0].remoteEntities[2].id: 1 is one of the local entities',
  ],
  [
    'two services that the same PDU would be for',
    `${ONE_LINK}services:
  - { class: cfdp, name: a, localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }] }
  - { class: cfdp, name: b, localEntities: [{ id: 1 }], remoteEntities: [{ id: 3 }] }
`,
    'config-duplicate 4 «1» services[1].localEntities[0].id: entity 1 is also one of service a, on the same link cfdp',
  ],
  [
    'links that do not exist',
    `${native('link: cfpd')}streams: { cfdp_in: cfd }`,
    "config-unknown-reference 2 «cfpd» services[0].link: there is no link 'cfpd': did you mean 'cfdp'?",
    "config-unknown-reference 3 «cfd» streams.cfdp_in: there is no link 'cfd': did you mean 'cfdp'?",
  ],
  [
    'streams that could be either of two links',
    `links:
  - { name: up, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }
  - { name: down, type: udp, listen: 127.0.0.1:3, peer: 127.0.0.1:4 }
${SEED_SERVICES}`,
    'config-missing 5 «class:» services[0]: stream cfdp_in is not mapped to one of the 2 links; add streams: { cfdp_in: up }',
  ],
  [
    'a native service that could be on either of two links, or is on none',
    `links:
  - { name: up, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }
  - { name: down, type: udp, listen: 127.0.0.1:3, peer: 127.0.0.1:4 }
services: [{ class: cfdp, localEntities: [{ id: 1 }], remoteEntities: [{ id: 2 }] }]`,
    'config-missing 4 «{» services[0]: it does not say which of the 2 links it uses; add link: up',
  ],
  [
    'a service whose PDUs come by one link and go by another',
    `links:
  - { name: up, type: udp, listen: 127.0.0.1:1, peer: 127.0.0.1:2 }
  - { name: down, type: udp, listen: 127.0.0.1:3, peer: 127.0.0.1:4 }
streams: { cfdp_in: down, cfdp_out: up }
${SEED_SERVICES}`,
    'config-not-yet 6 «class:» services[0]: cfdp_in is link down and cfdp_out is link up; a service comes and goes by one link',
  ],
  [
    'an entity that PDUs cannot be sent to',
    native().replace(', peer: 127.0.0.1:5222', ''),
    'config-missing 2 «{» services[0].remoteEntities[0].address: craft has no address, and link cfdp has no peer',
  ],
  [
    'HTTP that everybody can reach',
    `http: { listen: 0.0.0.0:8090 }\n${native()}`,
    'config-public-without-token 1 «0.0.0.0:8090» http.listen: 0.0.0.0:8090 can be reached from other machines, and there are no tokens; add some, or listen on 127.0.0.1',
  ],
  [
    'knobs that are none',
    native().replace('peer:', 'impairment: { los: 5%, loss: 5, outages: [9s-1s] }, peer:'),
    "config-unknown-option 1 «los:» links[0].impairment.los: is not a knob: did you mean 'loss'?",
    "config-bad-value 1 «5» links[0].impairment.loss: '5' is more than one; did you mean 5%?",
    "config-bad-value 1 «[9s-1s» links[0].impairment.outages: '9s-1s' ends before it begins",
  ],
  [
    'a contact plan that is not there',
    `${native()}contacts: plan.yaml`,
    'config-unreadable 3 «plan.yaml» contacts: plan.yaml cannot be read: there is no such file',
  ],
  [
    'contacts with nobody we know',
    `${native('', 'contact: cratf')}contacts: { crafty: [] }`,
    "config-unknown-reference 2 «cratf» services[0].remoteEntities[0].contact: the contact plan does not name cratf: did you mean 'crafty'?",
    "config-unknown-reference 3 «[» contacts.crafty: crafty is not a remote entity of any service: did you mean 'cratf'?",
  ],
  [
    'tokens too short, and digests that are none',
    `http: { tokens: [short, 'sha256:12'] }\n${native()}`,
    'config-bad-value 1 «short» http.tokens[0]: is shorter than 8 characters',
    "config-bad-value 1 «'sha256:12'» http.tokens[1]: is not sha256: and 64 hexadecimal digits",
  ],
  [
    'what is not YAML',
    'links: [',
    'config-syntax 1 «» : is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
]

test.each(CASES)('refuses %s', (_what, text, ...said) => {
  expect(pointed(text)).toEqual(said)
})

test('every code of an error is one of these cases', () => {
  const met = new Set(CASES.flatMap(([, , ...said]) => said.map(each => each.split(' ')[0]!)))
  expect(CONFIG_ERROR_CODES.filter(code => !met.has(code))).toEqual([])
})

test('options under args and beside the class are the same in the native service', () => {
  const inside = `${ONE_LINK}services: [{ class: cfdp, args: { localEntities: [{ id: 11 }], remoteEntities: [{ id: 5, name: craft }] } }]`
  expect(good(inside)).toEqual(good(native()))
})

test('no more than a hundred errors are told', () => {
  const text = Array.from({ length: 500 }, (_, index) => `unknown${index}: 1`).join('\n')
  expect(problems(text)).toHaveLength(100)
})
