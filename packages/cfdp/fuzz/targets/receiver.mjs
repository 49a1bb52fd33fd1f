/**
 * A whole `Entity`, receiver and sender, under a script of octets: datagrams, time, requests, slow disks, restarts.
 * It never throws, spins or grows beyond what came in; what it sends decodes; what it records restores it.
 *
 * A script is one octet of settings, then steps: an octet of which the low three bits say what and the others how.
 */
import { deepEqual } from '../deep-equal.mjs'
import { RangeFilestore } from '../range-filestore.mjs'
import { corpus, vectors } from '../seeds.mjs'

const OURS = 1n
const PEER = 2n
const PDU_OCTETS = 256
const SHORT_PDU_OCTETS = 96
/** One input step may lead to this many datagrams, and to this many turns at one instant. */
const SENT_MAX = 600
const TURNS_MAX = 200
const INPUT_STEPS_MAX = 64
const OPEN_MAX = 8

const STEP = { datagram: 0, deadlines: 1, sleep: 2, disk: 3, put: 4, act: 5, restart: 6, jammed: 7 }
const ACTS = ['cancel', 'suspend', 'resume', 'report']

export default {
  /** Which modules are measured: the machines, not the codecs, which have a target of their own. */
  instrument: '/packages/cfdp/dist/(entity|transaction|records|round-trip|spacing|sender/|receiver/)',

  /** Whole recorded transfers, then every vector: as it is, and as a PDU of a transaction that is open. */
  seeds() {
    const opening = this.recordings[0].slice(0, 2)
    const own = Uint8Array.of(STEP.put)
    const seeds = this.recordings.flatMap(steps => [0, 1, 2, 12].map(settings => script(settings, steps)))
    for (const vector of vectors()) {
      if (vector.length > 255) continue
      seeds.push(script(0, [datagramStep(vector)]))
      const adopted = adopt(vector)
      if (adopted === undefined) continue
      const first = (adopted[0] & 8) === 0 ? opening : [own]
      seeds.push(script(0, [...first, datagramStep(adopted), Uint8Array.of(STEP.deadlines | 0x38)]))
    }
    return [...seeds, ...corpus('receiver')]
  },

  /** Octets worth inserting whole: steps, and numbers where fields end. */
  words: [
    Uint8Array.of(STEP.deadlines | 0x38),
    Uint8Array.of(STEP.sleep | 0x50),
    Uint8Array.of(STEP.disk | 8),
    Uint8Array.of(STEP.disk),
    Uint8Array.of(STEP.put),
    Uint8Array.of(STEP.act | 8, STEP.act | 16),
    Uint8Array.of(STEP.restart),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0, 0, 0, 0),
  ],

  /** Moves whole steps about, and makes lengths and CRCs of the datagrams in them right. */
  mend(input, random) {
    if (input.length === 0) return input
    let steps = [...stepsOf(input)]
    if (steps.length > 0 && random.chance(0.5)) {
      const at = random.whole(0, steps.length)
      const [taken] = steps.splice(at, 1)
      const where = random.whole(0, steps.length + 1)
      if (random.chance(0.7)) steps.splice(where, 0, taken)
      if (random.chance(0.5)) steps.splice(random.whole(0, steps.length + 1), 0, taken)
    }
    steps = steps.map(step =>
      isDatagram(step) ? datagramStep(this.mendPdu(step.subarray(2)), step[0]) : step,
    )
    return script(input[0], steps).slice(0, 512)
  },

  mendPdu(pdu) {
    const header = pdu.length < 4 ? Infinity : headerOf(pdu)
    if (pdu.length < header) return pdu
    const octets = pdu.slice()
    octets[0] = (octets[0] & 0x1f) | 0x20
    octets[1] = (octets.length - header) >> 8
    octets[2] = octets.length - header
    if ((octets[0] & 2) !== 0 && octets.length - header >= 2) {
      const crc = this.crc16(octets, 0, octets.length - 2)
      octets[octets.length - 2] = crc >> 8
      octets[octets.length - 1] = crc
    }
    return octets
  },

  async load() {
    const cfdp = await import('@skyferry/cfdp')
    const { Random } = await import('@skyferry/engine')
    const { crc16 } = await import('@skyferry/octets')
    const { foldAll, unfoldReceiver, unfoldSender } = await import('../../dist/records.js')
    this.crc16 = crc16
    const content = Uint8Array.from({ length: 600 }, (_, index) => index * 7)
    const slots = [PDU_OCTETS, SHORT_PDU_OCTETS].map(octets => {
      const bytes = new Uint8Array(octets)
      return { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    })

    function born(id, peer, settings, filestore, records, now) {
      const remote = {
        ...cfdp.REMOTE_DEFAULTS[(settings & 1) !== 0 ? 'yamcs' : 'patient'],
        id: peer,
        address: 'peer',
        maxPduSize: (settings & 32) !== 0 ? SHORT_PDU_OCTETS : PDU_OCTETS,
        entityIdLength: 1,
        sequenceLength: 1,
        crcOnTransmit: (settings & 2) !== 0,
        pace: (settings & 4) !== 0 ? 'window' : (settings & 1) !== 0 ? 8192 : 'link',
        checksumType: (settings & 8) !== 0 ? 3 : 0,
        ...((settings & 16) === 0 ? {} : { nakLimit: 2, incompleteFile: 'discard' }),
        ...((settings & 64) === 0 ? {} : { lightTime: 5000, immediateNak: false }),
      }
      const local = {
        ...cfdp.LOCAL_DEFAULTS,
        ids: [id],
        maxOpenReceptions: OPEN_MAX,
        maxOpenTransmissions: 2,
      }
      return new cfdp.Entity({
        local: (settings & 128) === 0 ? local : { ...local, maxGaps: 3, maxFileSize: 500 },
        remotes: [remote],
        anyRemote: { ...remote, address: undefined },
        filestore,
        random: new Random(1),
        records,
        now,
      })
    }

    /** One entity, its disk and its journal. */
    class Life {
      now = 1000
      journal = []
      /** Records of earlier lives, and how many of this one are safe. */
      inherited = 0
      stored = 0
      disk = 'prompt'
      sent = []
      told = 0

      constructor(id, peer, settings) {
        this.id = id
        this.settings = settings
        this.filestore = new RangeFilestore(content)
        this.make = (records, filestore) => born(id, peer, settings, filestore, records, this.now)
        this.entity = this.make([], this.filestore)
      }

      drainRecords() {
        for (let record = this.entity.record(); record !== undefined; record = this.entity.record()) {
          this.journal.push(record)
          claim(this.journal.length < 20_000, 'records without end')
        }
      }

      settle(isJammed = false) {
        const { entity } = this
        for (let turn = 0; ; turn++) {
          claim(turn < TURNS_MAX, 'it spins: wants a tick now, again and again')
          this.drainRecords()
          if (!isJammed) this.transmit()
          this.drainRecords()
          this.hear()
          const safe = this.journal.length - this.inherited
          const due = entity.deadline()
          claim(!Number.isNaN(due), 'deadline is not a number')
          if (this.disk === 'prompt' && safe > this.stored) {
            this.stored = safe
            entity.stored(safe, this.now)
          } else if (due <= this.now) entity.tick(this.now)
          else return
        }
      }

      transmit() {
        // A link has room for the longest PDU we are set to make, and no octet more.
        const slot = slots[(this.settings & 32) !== 0 ? 1 : 0]
        for (let count = 0; this.entity.transmit(slot, this.now); count++) {
          claim(count < SENT_MAX, 'datagrams without end')
          claim(slot.length > 0 && slot.length <= slot.bytes.length, `a datagram of ${slot.length} octets`)
          const datagram = slot.bytes.subarray(0, slot.length)
          const decoded = cfdp.decodePdu(datagram)
          claim(decoded.kind !== 'fault', `sent what does not decode: ${decoded.code}`)
          this.onSent?.(datagram)
        }
      }

      hear() {
        for (let what = this.entity.indication(); what !== undefined; what = this.entity.indication()) {
          this.told += 1
          claim(this.told < 20_000, 'indications without end')
        }
      }

      step(octets) {
        const { entity } = this
        const how = octets[0] >> 3
        switch (octets[0] & 7) {
          case STEP.datagram:
          case STEP.jammed:
            entity.receive(octets.subarray(2), 'peer', this.now)
            return this.settle((octets[0] & 7) === STEP.jammed)
          case STEP.deadlines:
            for (let count = 0; count <= how % 8; count++) {
              const due = entity.deadline()
              if (due === Infinity) return
              this.now = Math.max(this.now, due)
              entity.tick(this.now)
              this.settle()
            }
            return
          case STEP.sleep:
            this.now += 2 ** how
            entity.tick(this.now)
            return this.settle()
          case STEP.disk:
            this.disk = how % 2 === 0 ? 'prompt' : 'stalled'
            if (how % 4 === 3) {
              this.stored += (this.journal.length - this.inherited - this.stored) >> 1
              entity.stored(this.stored, this.now)
            }
            return this.settle()
          case STEP.put:
            entity.request(
              {
                kind: 'put',
                destination: PEER,
                ...((how & 1) !== 0
                  ? {}
                  : { sourceName: (how & 16) !== 0 ? 'empty' : 'file', destinationName: 'file' }),
                mode: (how & 2) !== 0 ? 'unacknowledged' : 'acknowledged',
                closureRequested: (how & 4) !== 0,
                ...((how & 8) === 0
                  ? {}
                  : { faultHandlerOverrides: [{ condition: 5, handler: 3 }], checksumType: 2 }),
              },
              this.now,
            )
            return this.settle()
          case STEP.act: {
            const source = (how & 4) === 0 ? PEER : this.id
            const transaction = { source, sequence: BigInt(1 + (how >> 3)) }
            entity.request({ kind: ACTS[how & 3], transaction }, this.now)
            return this.settle()
          }
          default:
            return this.restart()
        }
      }

      restart() {
        this.drainRecords()
        this.journal = this.journal.slice(0, this.inherited + this.stored)
        this.inherited = this.journal.length
        this.stored = 0
        this.entity = this.make(this.journal, this.filestore)
        this.settle()
      }

      /** Journal, compacted journal and engine say the same. */
      checkRecords() {
        const compact = this.entity.snapshot()
        this.drainRecords()
        const facts = canonical(this.journal)
        claim(deepEqual(canonical(compact), facts), 'the snapshot says something else than the journal')
        const text = JSON.parse(JSON.stringify(compact))
        claim(deepEqual(text, compact), 'a record is not plain JSON')
        const once = this.make(this.journal, this.filestore.fork())
        const again = this.make(text, this.filestore.fork())
        const first = once.snapshot()
        claim(
          deepEqual(canonical(again.snapshot()), canonical(first)),
          'journal and snapshot restore different entities',
        )
        claim(
          [...once.reports()].length === [...this.entity.reports()].length,
          'a transaction was not restored',
        )
        // What is safe may be any beginning of it.
        this.make(this.journal.slice(0, this.journal.length >> 1), this.filestore.fork())
      }

      checkBounds(steps) {
        let open = 0
        let known = 0
        for (const { role, state, octets, safeOctets, size, gaps } of this.entity.reports()) {
          known += 1
          if (role === 'receiver' && state !== 'ended') open += 1
          if (role === 'sender')
            claim(octets <= size && safeOctets <= size, 'more is delivered than there is')
          claim(Number.isSafeInteger(octets) && Number.isSafeInteger(gaps), 'a report that does not count')
        }
        const left = this.filestore.incomplete()
        for (const { transaction, ending, role, state } of this.entity.reports()) {
          if (role !== 'receiver' || state !== 'ended' || ending.condition !== 0) continue
          claim(
            !left.has(`${transaction.source}-${transaction.sequence}`),
            'a finished reception left octets',
          )
        }
        claim(open <= OPEN_MAX, `${open} receptions are open`)
        claim(known <= steps, `${known} transactions after ${steps} steps`)
      }
    }

    /** In an order of its own, and of a reception that has ended only what is kept of it. */
    function canonical(records) {
      const { senders, receivers, lastSequence } = foldAll(records)
      const received = [...receivers.values()]
        .map(facts => [...unfoldReceiver(facts)])
        .map(list => (list.at(-1).kind === 'ended' ? [list[0], list.at(-1)] : list))
        .sort((one, other) => (one[0].transaction < other[0].transaction ? -1 : 1))
      return [...[...senders.values()].map(facts => [...unfoldSender(facts)]), ...received, [...lastSequence]]
    }

    function quick(input) {
      if (input.length === 0) return undefined
      const life = new Life(OURS, PEER, input[0])
      let count = 0
      for (const step of stepsOf(input)) {
        life.step(step)
        count += 1
        if (count === INPUT_STEPS_MAX) break
      }
      life.checkBounds(count)
      return life
    }

    function thorough(input) {
      quick(input)?.checkRecords()
    }

    /** What the entity under test is handed when a transfer, in either direction, goes over a link that may lose. */
    function record(settings, put, isOurs, isLost) {
      const ours = new Life(OURS, PEER, settings)
      const theirs = new Life(PEER, OURS, settings)
      const steps = isOurs ? [Uint8Array.of(STEP.put | (put << 3))] : []
      const toOurs = []
      const toTheirs = []
      ours.onSent = datagram => toTheirs.push(datagram.slice())
      theirs.onSent = datagram => isLost(theirs.told++) || toOurs.push(datagram.slice())
      const sender = isOurs ? ours : theirs
      const mode = (put & 2) !== 0 ? 'unacknowledged' : 'acknowledged'
      sender.entity.request(
        {
          kind: 'put',
          destination: isOurs ? PEER : OURS,
          ...((put & 1) !== 0 ? {} : { sourceName: 'small', destinationName: 'file' }),
          mode,
          closureRequested: (put & 4) !== 0,
        },
        sender.now,
      )
      for (let turn = 0; turn < 40; turn++) {
        ours.settle()
        theirs.settle()
        for (const datagram of toOurs.splice(0)) {
          if (datagram.length > 255) continue
          steps.push(datagramStep(datagram))
          ours.entity.receive(datagram, 'peer', ours.now)
        }
        for (const datagram of toTheirs.splice(0)) theirs.entity.receive(datagram, 'peer', theirs.now)
        if (turn % 4 !== 3) continue
        steps.push(Uint8Array.of(STEP.deadlines))
        for (const life of [ours, theirs]) {
          const due = life.entity.deadline()
          if (due < life.now + 60_000) life.now = Math.max(life.now, due)
          life.entity.tick(life.now)
        }
        if (steps.length > 24) break
      }
      return steps
    }

    const puts = [0, 1, 2, 4 | 2, 1 | 2]
    this.recordings = puts.flatMap(put =>
      [false, true].flatMap(isOurs =>
        [32, 34].flatMap(settings => [
          record(settings, put, isOurs, () => false),
          record(settings, put, isOurs, nth => nth % 3 === 1),
        ]),
      ),
    )
    return { quick, thorough }
  },
}

function* stepsOf(input) {
  for (let at = 1; at < input.length; ) {
    const isData = isDatagram(input.subarray(at))
    const to = isData ? Math.min(input.length, at + 2 + (input[at + 1] ?? 0)) : at + 1
    yield input.subarray(at, to)
    at = to
  }
}

function isDatagram(step) {
  const what = step[0] & 7
  return what === STEP.datagram || what === STEP.jammed
}

function datagramStep(datagram, first = STEP.datagram) {
  const octets = datagram.subarray(0, 255)
  return Uint8Array.of(first, octets.length, ...octets)
}

function script(settings, steps) {
  return Uint8Array.from([settings, ...steps.flatMap(step => [...step])])
}

function headerOf(pdu) {
  return 7 + 2 * ((pdu[3] >> 4) & 7) + (pdu[3] & 7)
}

/** The same PDU with the short ids of our transactions; its CRC, if any, is taken away. */
function adopt(pdu) {
  if (pdu.length < 4 || pdu.length < headerOf(pdu)) return undefined
  const hasCrc = (pdu[0] & 2) !== 0
  const field = pdu.subarray(headerOf(pdu), hasCrc ? pdu.length - 2 : pdu.length)
  const toSender = (pdu[0] & 8) !== 0
  const flags = (pdu[0] & 0x19) | 0x20
  const ids = toSender ? [1, 1, 2] : [2, 1, 1]
  return Uint8Array.of(flags, field.length >> 8, field.length & 255, pdu[3] & 0x88, ...ids, ...field)
}

function claim(condition, sentence) {
  if (!condition) throw new Error(sentence)
}
