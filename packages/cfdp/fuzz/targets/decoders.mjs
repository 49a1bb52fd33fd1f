/**
 * Everything that reads octets of strangers: `decodePdu`, `decodeReservedMessage`, `peekFileData`, `describePdu`.
 * None of them throws; what was decoded survives its own encoding; the four agree with each other.
 */
import { deepEqual } from '../deep-equal.mjs'
import { corpus, vectors } from '../seeds.mjs'

const MAGIC = Uint8Array.of(0x63, 0x66, 0x64, 0x70)
/** Every tolerance at once. */
const LENIENT = {
  acceptVersion0: true,
  closureBitMask: 0x80,
  dataFieldExtendsToDatagramEnd: true,
  anyResponseStatus: true,
}
const STRICT = {}

export default {
  /** Which modules are measured: those whose coverage leads somewhere new. */
  instrument: '/packages/cfdp/dist/(pdu|user-operations)/',

  seeds: () => [...vectors(), ...corpus('decoders')],

  /** Octets worth inserting whole. */
  words: [
    MAGIC,
    Uint8Array.of(0x63, 0x66, 0x64, 0x70, 0x0a),
    Uint8Array.of(0x02, 0x06, 0x63, 0x66, 0x64, 0x70),
    Uint8Array.of(0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0, 0, 0, 0),
    Uint8Array.of(0xed, 0xa0, 0x80),
  ],

  /** Makes the lengths of a PDU right again, and its CRC: random damage seldom gets past them. */
  mend(input, random) {
    if (input.length < 8 || startsWith(input, MAGIC)) return input
    const octets = input.slice()
    octets[0] = (octets[0] & 0x1f) | (random.chance(0.9) ? 0x20 : 0)
    const header = 7 + 2 * ((octets[3] >> 4) & 7) + (octets[3] & 7)
    const field = octets.length - header
    if (field < 0) return octets
    octets[1] = field >> 8
    octets[2] = field
    if ((octets[0] & 2) !== 0 && field >= 2) {
      const crc = this.crc16(octets, 0, octets.length - 2)
      octets[octets.length - 2] = crc >> 8
      octets[octets.length - 1] = crc
    }
    return octets
  },

  /**
   * @returns what is done with every input, and what with one in sixteen and with all that did something new; both
   *   throw if a promise is broken
   */
  async load() {
    const cfdp = await import('@skyferry/cfdp')
    const { crc16 } = await import('@skyferry/octets')
    this.crc16 = crc16
    const target = new Uint8Array(70_000)
    const view = new cfdp.FileDataView()

    function checkPdu(input, dialect) {
      const answer = cfdp.decodePdu(input, dialect)
      if (answer.kind === 'fault') {
        claim(Object.hasOwn(cfdp.CFDP_FAULTS, answer.code), `fault ${answer.code} is not listed`)
        claim(answer.offset >= 0 && answer.offset <= input.length, `fault offset ${answer.offset}`)
        return answer
      }
      const length = cfdp.encodePdu(answer.header, answer.pdu, target, undefined, dialect)
      claim(length > 0, 'what was decoded does not encode')
      claim(length <= input.length, 'what was decoded became longer')
      const again = cfdp.decodePdu(target.subarray(0, length), dialect)
      claim(deepEqual(again, answer), 'decode, encode, decode is not stable')
      return answer
    }

    function checkMessage(value) {
      const message = cfdp.decodeReservedMessage(value)
      if (message === undefined) return
      if (message.kind === 'fault') {
        claim(Object.hasOwn(cfdp.CFDP_FAULTS, message.code), `fault ${message.code} is not listed`)
        return
      }
      const octets = cfdp.encodeReservedMessage(message)
      // An input that is no TLV value may be longer than one; nothing that fits one grows out of it.
      if (octets === undefined) claim(value.length > 255, 'a message does not encode')
      else claim(deepEqual(cfdp.decodeReservedMessage(octets), message), 'a message is not stable')
    }

    function checkPeek(input, answer) {
      if (!cfdp.peekFileData(input, view)) return
      claim(answer.pdu?.kind === 'file-data', 'the short way accepts what the long way refuses')
      const { offset, data } = answer.pdu
      claim(offset === view.offset && data.length === view.dataTo - view.dataFrom, 'the two ways differ')
    }

    function checkDescription(input, answer, dialect) {
      const { fields, fault } = cfdp.describePdu(input, dialect)
      claim(fault?.code === (answer.kind === 'fault' ? answer.code : undefined), 'another fault is described')
      claim(covers(fields, 0, input.length), 'a description leaves octets out')
    }

    function quick(input) {
      const answer = checkPdu(input, STRICT)
      const lenient = checkPdu(input, LENIENT)
      checkPeek(input, answer)
      checkMessage(input)
      for (const option of lenient.pdu?.options ?? []) {
        if (option.tlv === 'message-to-user') checkMessage(option.value)
      }
    }

    function thorough(input) {
      quick(input)
      checkDescription(input, cfdp.decodePdu(input), STRICT)
      checkDescription(input, cfdp.decodePdu(input, LENIENT), LENIENT)
    }

    return { quick, thorough }
  },
}

/** Each field starts where the last ended; parts of an octet share it. */
function covers(fields, from, to) {
  let at = from
  let last
  for (const field of fields) {
    const shared = field.bits !== undefined && last?.octets.from === field.octets.from
    if (!shared && field.octets.from !== at) return false
    at = field.octets.to
    last = field
    if (field.fields !== undefined && !covers(field.fields, field.octets.from, at)) return false
  }
  return at === to
}

function startsWith(octets, start) {
  return start.every((octet, index) => octets[index] === octet)
}

function claim(condition, sentence) {
  if (!condition) throw new Error(sentence)
}
