/** The options of the two CFDP services: the seed's, the newer ones of Yamcs, and ours. */
import { LOCAL_DEFAULTS, type Profile } from '@skyferry/cfdp'
import { listOf } from './composite-types.ts'
import { type CfdpClass, type CfdpServiceOptions, YAMCS_CLASS } from './configuration.ts'
import { LOCAL_ENTITIES, PDU_SIZE, PROFILES, REMOTE_ENTITIES, towardsRemote } from './entity-options.ts'
import type { Ignored, Option, Table } from './option-table.ts'
import { count, duration, FLAG, NAME, oneOf, size, text } from './value-types.ts'

export const CFDP_CLASSES: readonly CfdpClass[] = [YAMCS_CLASS, 'cfdp']
/** Classes that will exist, and do not yet. */
export const COMING_SERVICES: readonly string[] = ['dtp', 'cdp']

export const profileOf = (serviceClass: CfdpClass): Profile => (serviceClass === 'cfdp' ? 'patient' : 'yamcs')

/** The usual name of a service. */
export const SERVICE_NAME: Record<CfdpClass, Option<string>> = {
  [YAMCS_CLASS]: {
    type: NAME,
    usual: 'CfdpService',
    origin: 'seed',
    about: 'The name of the service in the API',
  },
  cfdp: { type: NAME, usual: 'cfdp0', origin: 'seed', about: 'The name of the service in the API' },
}
/** Of the native service; the Yamcs class finds its link by its streams. */
export const SERVICE_LINK: Option<string> = {
  type: NAME,
  usually: 'the one of its streams, else the only link',
  origin: 'skyferry',
  about: 'The link its PDUs come and go by',
}

/** Options of Yamcs that mean something only inside its virtual machine, or that our engine makes pointless. */
export const IGNORED_SERVICE_OPTIONS: Ignored = {
  fileListingServiceClassName: 'it names a class inside Yamcs',
  fileListingServiceArgs: 'they are for a class inside Yamcs',
  fileListingParserClassName: 'it names a class inside Yamcs',
  fileListingParserArgs: 'they are for a class inside Yamcs',
  maxAckSendFreq: 'acknowledgements that are owed are kept apart and sent once',
}

/** @param profile whose usual values hold for what is not given */
export function serviceOptions(profile: Profile): Table<CfdpServiceOptions> {
  return {
    profile: {
      type: oneOf(PROFILES, 'one of'),
      usual: profile,
      origin: 'skyferry',
      about:
        'Where values that are not given come from: patient waits and adapts, yamcs gives up as that service does',
    },
    inStream: {
      type: NAME,
      usual: 'cfdp_in',
      origin: 'seed',
      about: 'The stream PDUs are read from; `streams` says which link that is',
    },
    outStream: {
      type: NAME,
      usual: 'cfdp_out',
      origin: 'seed',
      about: 'The stream PDUs are written to; `streams` says which link that is',
    },
    incomingBucket: {
      type: NAME,
      usual: 'cfdpDown',
      origin: 'seed',
      about: 'Where received files go when neither entity names a bucket',
    },
    localEntities: {
      type: listOf(LOCAL_ENTITIES),
      required: true,
      origin: 'seed',
      about: 'Who we are; PDUs for anybody else are dropped',
    },
    remoteEntities: {
      type: listOf(REMOTE_ENTITIES),
      required: true,
      origin: 'seed',
      about: 'Whom we talk to; PDUs from anybody else are dropped',
    },
    ...towardsRemote(profile),
    ...queueOptions(),
    ...receivedFiles(),
    ...capabilities(),
  }
}

type QueueOptions = Pick<
  CfdpServiceOptions,
  | 'maxNumPendingDownloads'
  | 'maxNumPendingUploads'
  | 'directoryTerminators'
  | 'allowConcurrentFileOverwrites'
  | 'pendingAfterCompletion'
  | 'maxGaps'
>
function queueOptions(): Table<QueueOptions> {
  return {
    maxNumPendingDownloads: {
      type: count(0, 1_000_000),
      usual: LOCAL_DEFAULTS.maxOpenReceptions,
      origin: 'seed',
      about: 'How many receptions may be open; a PDU that would open one more is dropped, with an event',
    },
    maxNumPendingUploads: {
      type: count(1, 1_000_000),
      usual: LOCAL_DEFAULTS.maxOpenTransmissions,
      origin: 'seed',
      about: 'How many uploads may be under way; more wait in a queue',
    },
    directoryTerminators: {
      type: listOf(text('a text', 16)),
      usual: ['/', ':', '\\'],
      origin: 'seed',
      about: 'A remote path that ends in one of these is a directory: the name of the object is appended',
    },
    allowConcurrentFileOverwrites: {
      type: FLAG,
      usual: true,
      origin: 'seed',
      about:
        'True: an upload to a destination that another upload is on its way to, or queued for, is refused. False: it is not checked',
    },
    pendingAfterCompletion: {
      type: duration(0),
      usual: LOCAL_DEFAULTS.pendingAfterCompletion,
      origin: 'seed',
      about: 'How long a transfer that has ended is still known, so that late PDUs are answered',
    },
    maxGaps: {
      type: count(1, 100_000_000),
      usual: LOCAL_DEFAULTS.maxGaps,
      origin: 'skyferry',
      about: 'How many gaps of one reception are kept; data that would open another is dropped',
    },
  }
}

type ReceivedFileOptions = Pick<
  CfdpServiceOptions,
  | 'maxFileSize'
  | 'allowRemoteProvidedBucket'
  | 'allowRemoteProvidedSubdirectory'
  | 'allowDownloadOverwrites'
  | 'maxExistingFileRenames'
>
function receivedFiles(): Table<ReceivedFileOptions> {
  return {
    maxFileSize: {
      type: size(0, Number.MAX_SAFE_INTEGER, { unlimited: Infinity }),
      usual: Infinity,
      origin: 'yamcs',
      about: 'The largest file that is received; a larger one is a FileSizeError',
    },
    allowRemoteProvidedBucket: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether the sender of a file may choose its bucket (`bucket:name`)',
    },
    allowRemoteProvidedSubdirectory: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether received names keep their directories',
    },
    allowDownloadOverwrites: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether a received file takes the place of one with its name; else it gets a number',
    },
    maxExistingFileRenames: {
      type: count(0, 1_000_000),
      usual: 1000,
      origin: 'yamcs',
      about: 'The highest such number; past it, the file is refused',
    },
  }
}

type CapabilityOptions = Pick<
  CfdpServiceOptions,
  | 'canChangePduSize'
  | 'pduSizePredefinedValues'
  | 'canChangePduDelay'
  | 'pduDelayPredefinedValues'
  | 'hasDownloadCapability'
  | 'hasFileListingCapability'
  | 'automaticDirectoryListingReloads'
  | 'directoryListingFileName'
>
function capabilities(): Table<CapabilityOptions> {
  return {
    canChangePduSize: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether one transfer may have its own PDU size',
    },
    pduSizePredefinedValues: {
      type: listOf(PDU_SIZE),
      usual: [],
      origin: 'yamcs',
      about: 'PDU sizes that are offered',
    },
    canChangePduDelay: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether one transfer may have its own sleepBetweenPdus',
    },
    pduDelayPredefinedValues: {
      type: listOf(duration(0)),
      usual: [],
      origin: 'yamcs',
      about: 'Delays between PDUs that are offered',
    },
    hasDownloadCapability: {
      type: FLAG,
      usual: true,
      origin: 'yamcs',
      about: 'Whether files can be asked for (proxy put)',
    },
    hasFileListingCapability: {
      type: FLAG,
      usual: true,
      origin: 'yamcs',
      about: 'Whether remote directories can be listed',
    },
    automaticDirectoryListingReloads: {
      type: FLAG,
      usual: false,
      origin: 'yamcs',
      about: 'Whether looking at a remote directory asks for its listing anew',
    },
    directoryListingFileName: {
      type: text('a file name', 255),
      usual: '.dirlist.notsaved',
      origin: 'yamcs',
      about: 'The name that a requested listing is sent under',
    },
  }
}
