/** How a service behaves towards remote entities, and who the entities are: the options, with the usual values of each profile. */
import { DIALECTS, type HandlerName, type Profile, REMOTE_DEFAULTS } from '@skyferry/cfdp'
import { suggestion } from '@skyferry/units'
import { fieldsOf, mapOf } from './composite-types.ts'
import type {
  ChecksumName,
  FaultHandlers,
  FaultName,
  LocalEntityConfig,
  RemoteEntityConfig,
  TowardsRemote,
} from './configuration.ts'
import { UDP_OCTETS_MAX } from './link-options.ts'
import type { Option, Table, ValueType } from './option-table.ts'
import { PEER_SWITCHES } from './peer-switches.ts'
import { count, duration, ENTITY_ID, FLAG, LIMIT, NAME, oneOf, PEER, size, text } from './value-types.ts'

export const PROFILES: readonly Profile[] = ['patient', 'yamcs']
export const CHECKSUM_NAMES: readonly ChecksumName[] = ['MODULAR', 'CRC32', 'CRC32C', 'PROX1', 'NULL']
const HANDLERS: readonly HandlerName[] = ['suspend', 'cancel', 'abandon', 'ignore']

export const FAULT_NAMES: readonly FaultName[] = [
  'AckLimitReached',
  'KeepAliveLimitReached',
  'InvalidTransmissionMode',
  'FilestoreRejection',
  'FileChecksumFailure',
  'FileSizeError',
  'NakLimitReached',
  'InactivityDetected',
  'InvalidFileStructure',
  'CheckLimitReached',
  'UnsupportedChecksum',
]

const FAULT_HANDLERS: ValueType<FaultHandlers> = mapOf<FaultName, HandlerName>(
  `a map from faults to ${HANDLERS.join(', ')}`,
  key =>
    FAULT_NAMES.find(name => name === key) ?? { wrong: `is not a fault: ${suggestion(key, FAULT_NAMES)}` },
  oneOf(HANDLERS, 'one of'),
)

const WIDTH = count(1, 8)
const INTERVAL = duration(1, { adaptive: 'adaptive' as const })
const SILENCE = duration(1, { never: Infinity, adaptive: 'adaptive' as const })

/** A PDU has room for a header of the narrowest ids, a NAK with one request of 64-bit offsets, and a CRC. */
export const PDU_SIZE: ValueType<number> = size(42, UDP_OCTETS_MAX)

/** The usual values are those of the engine's profile; what the engine does not know yet is stated here. */
export function towardsRemote(profile: Profile): Table<TowardsRemote> {
  const table = optionsTowards(profile)
  if (profile === 'yamcs') return table
  const options = Object.entries(table as Record<string, Option<unknown>>)
  return Object.fromEntries(
    options.map(([name, option]) => [name, { ...option, usualFrom: 'the patient profile' }]),
  ) as Table<TowardsRemote>
}

function optionsTowards(profile: Profile): Table<TowardsRemote> {
  const usual = REMOTE_DEFAULTS[profile]
  const isYamcs = profile === 'yamcs'
  return {
    entityIdLength: {
      type: WIDTH,
      usual: usual.entityIdLength,
      origin: 'seed',
      about: 'Octets of an entity id in transfers that begin here; as many more as the ids need',
    },
    sequenceNrLength: {
      type: WIDTH,
      usual: usual.sequenceLength,
      origin: 'seed',
      about: 'Octets of a sequence number in transfers that begin here',
    },
    maxPduSize: {
      type: PDU_SIZE,
      usual: usual.maxPduSize,
      origin: 'seed',
      about: 'The largest PDU that is made, header included; it sets how a file is cut into segments',
    },
    sleepBetweenPdus: {
      type: duration(0),
      ...(isYamcs ? {} : { usual: 0 }),
      ...(isYamcs ? { usually: '500, or 0 when the link has a `rate`' } : {}),
      origin: 'seed',
      about:
        'How long a sender waits from one PDU to the next; 0 leaves the pace to the rate of the link or to the peer',
    },
    inactivityTimeout: {
      type: SILENCE,
      usual: usual.inactivityTimeout,
      origin: 'seed',
      about:
        'How long the peer may be silent: for a receiver until EOF has come, for a class 2 sender while it waits for Finished; adaptive is a quarter of an hour and thirty light times',
    },
    eofAckTimeout: {
      type: INTERVAL,
      usual: usual.eofAckTimeout,
      origin: 'seed',
      about:
        'Class 2: an EOF that is not acknowledged is sent again after this long; adaptive follows the measured round trip',
    },
    eofAckLimit: {
      type: LIMIT,
      usual: usual.eofAckLimit,
      origin: 'seed',
      about: 'Class 2: how often EOF is sent again before AckLimitReached; 0 never, negative without end',
    },
    finAckTimeout: {
      type: INTERVAL,
      usual: usual.finAckTimeout,
      origin: 'seed',
      about: 'Class 2: a Finished that is not acknowledged is sent again after this long',
    },
    finAckLimit: {
      type: LIMIT,
      usual: usual.finAckLimit,
      origin: 'seed',
      about:
        'Class 2: how often Finished is sent again before AckLimitReached; 0 never, negative without end',
    },
    immediateNak: {
      type: FLAG,
      usual: usual.immediateNak,
      origin: 'seed',
      about: 'Class 2: ask for what is missing as soon as it is missed (true), or only after EOF (false)',
    },
    nakTimeout: {
      type: INTERVAL,
      usual: usual.nakTimeout,
      origin: 'seed',
      about: 'Class 2: what is still missing is asked for again after this long',
    },
    nakLimit: {
      type: LIMIT,
      usual: usual.nakLimit,
      origin: 'seed',
      about: 'Class 2: NAKs in a row that bring nothing before NakLimitReached; 0 or negative without end',
    },
    senderFaultHandlers: {
      type: FAULT_HANDLERS,
      usual: new Map(),
      usually: 'cancel for every fault',
      origin: 'seed',
      about: `What a fault of a sender does: ${FAULT_NAMES.join(', ')}`,
    },
    receiverFaultHandlers: {
      type: FAULT_HANDLERS,
      usual: new Map(),
      usually: 'cancel for every fault',
      origin: 'seed',
      about: 'What a fault of a receiver does; the faults are the same',
    },
    checksumType: {
      type: oneOf(CHECKSUM_NAMES, 'one of'),
      usual: 'MODULAR',
      origin: 'yamcs',
      about: 'The checksum of files that are sent',
    },
    checkAckTimeout: {
      type: duration(1),
      usual: usual.checkTimeout,
      origin: 'yamcs',
      about: 'Class 1: how long what is late is waited for after EOF, each time',
    },
    checkAckLimit: {
      type: LIMIT,
      usual: usual.checkLimit,
      origin: 'yamcs',
      about: 'Class 1: how often, before CheckLimitReached',
    },
    ackEofWhileSuspended: {
      type: FLAG,
      usual: usual.ackEofWhileSuspended,
      origin: 'yamcs',
      about: 'Whether a suspended transfer still answers EOF and Finished, as the standard asks',
    },
    ...ours(profile),
  }
}

/** The options that no other service has. */
function ours(profile: Profile): Table<Omit<TowardsRemote, SharedName>> {
  const usual = REMOTE_DEFAULTS[profile]
  return {
    lightTime: {
      type: duration(0),
      usual: usual.lightTime,
      origin: 'skyferry',
      about: 'How long a signal takes, one way; adaptive timers begin with twice this',
    },
    defaultClass: {
      type: count(1, 2),
      usual: 2,
      origin: 'skyferry',
      about: 'The class of transfers that do not say: 1 unacknowledged, 2 acknowledged',
    },
    closureRequested: {
      type: FLAG,
      usual: usual.closureRequested,
      origin: 'skyferry',
      about: 'Class 1: ask the receiver to say how it ended',
    },
    crcOnTransmit: {
      type: FLAG,
      usual: usual.crcOnTransmit,
      origin: 'skyferry',
      about: 'Put a CRC on every PDU',
    },
    crcRequiredOnReceive: {
      type: FLAG,
      usual: usual.crcRequired,
      origin: 'skyferry',
      about: 'Drop PDUs that come without a CRC',
    },
    incompleteFile: {
      type: oneOf(['discard', 'retain'], 'one of'),
      usual: usual.incompleteFile,
      origin: 'skyferry',
      about: 'What becomes of the part of a file that arrived before its transfer was cancelled',
    },
    keepAliveInterval: {
      type: duration(1, { off: Infinity }),
      usual: Infinity,
      origin: 'skyferry',
      about: 'Class 2: how often a receiver tells how far it is (Keep Alive)',
    },
    keepAliveDiscrepancyLimit: {
      type: size(1, Number.MAX_SAFE_INTEGER, { off: Infinity }),
      usual: Infinity,
      origin: 'skyferry',
      about: 'Class 2: how far a receiver may be behind what was sent before KeepAliveLimitReached',
    },
    dialect: {
      type: oneOf(DIALECTS, 'one of'),
      usual: 'standard',
      origin: 'skyferry',
      about:
        'The habits of the peer that are to be met; they count more than what the service says, less than what a remote entity says itself',
    },
  }
}
type SharedName =
  | 'entityIdLength'
  | 'sequenceNrLength'
  | 'maxPduSize'
  | 'sleepBetweenPdus'
  | 'inactivityTimeout'
  | 'eofAckTimeout'
  | 'eofAckLimit'
  | 'finAckTimeout'
  | 'finAckLimit'
  | 'immediateNak'
  | 'nakTimeout'
  | 'nakLimit'
  | 'senderFaultHandlers'
  | 'receiverFaultHandlers'
  | 'checksumType'
  | 'checkAckTimeout'
  | 'checkAckLimit'
  | 'ackEofWhileSuspended'

const ENTITY_NAME = text('a name', 128)

export const LOCAL_ENTITY: Table<LocalEntityConfig> = {
  id: { type: ENTITY_ID, required: true, origin: 'seed', about: 'The entity id' },
  name: {
    type: ENTITY_NAME,
    usually: 'its id',
    origin: 'seed',
    about: 'A name that can stand for the id wherever one is given',
  },
  bucket: {
    type: NAME,
    usually: 'that of the remote entity, else `incomingBucket`',
    origin: 'seed',
    about: 'Where files for this entity go',
  },
}

/** Identity, and every option of `towardsRemote`, none with a usual value: what is not given comes from elsewhere. */
export const REMOTE_ENTITY: Table<RemoteEntityConfig> = {
  id: { type: ENTITY_ID, required: true, origin: 'seed', about: 'The entity id' },
  name: {
    type: ENTITY_NAME,
    usually: 'its id',
    origin: 'seed',
    about: 'A name that can stand for the id wherever one is given',
  },
  bucket: {
    type: NAME,
    usually: '`incomingBucket`',
    origin: 'seed',
    about: 'Where files from this entity go when the local entity names no bucket',
  },
  address: {
    type: PEER,
    usually: 'the `peer` of the link',
    origin: 'skyferry',
    about: 'Where PDUs for it are sent',
  },
  contact: {
    type: text('a name', 128),
    usually: 'its name, else its id',
    origin: 'skyferry',
    about: 'Its name in the contact plan',
  },
  profile: {
    type: oneOf(PROFILES, 'one of'),
    usually: "none: what is not given here is the service's",
    origin: 'skyferry',
    about: 'Take what is not given here from this profile, not from the service',
  },
  ...withoutUsual(towardsRemote('patient')),
  ...PEER_SWITCHES,
}

function withoutUsual<Values>(table: Table<Values>): Table<Values> {
  const bare = Object.entries(table as Record<string, Option<unknown>>).map(([name, option]) => {
    const { usual: _usual, usually: _usually, usualFrom: _from, ...rest } = option
    return [name, { ...rest, usually: "the service's" }]
  })
  return Object.fromEntries(bare) as Table<Values>
}

export const LOCAL_ENTITIES: ValueType<LocalEntityConfig> = fieldsOf(
  'a map of id, name and bucket',
  LOCAL_ENTITY,
)
export const REMOTE_ENTITIES: ValueType<RemoteEntityConfig> = fieldsOf(
  'a map of id, name, bucket and settings towards that entity',
  REMOTE_ENTITY,
)
