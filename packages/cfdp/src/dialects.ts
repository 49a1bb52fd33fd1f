/** The peers met in the field, by the names of `--dialect`: how towards each of them our settings differ. */
import type { Habits } from './habits.ts'
import { ASSUMED_RATE_BPS, type RemoteSettings } from './mib.ts'
import { ChecksumType } from './pdu/model.ts'

/** How a peer's habits are met. */
export type Dialect =
  | 'standard'
  | 'cfdp-py'
  | 'us-irs-cfdp-rs'
  | 'asu-cfdp-rs'
  | 'cf'
  | 'ion'
  | 'openc3'
  | 'n7s'
  | 'yamcs'
  | 'dariol83'

type Changes = Partial<
  Habits &
    Pick<
      RemoteSettings<never>,
      'immediateNak' | 'crcOnTransmit' | 'crcRequired' | 'maxPduSize' | 'entityIdLength'
    >
>

const { Modular, Crc32c, Crc32, Null } = ChecksumType
/** What spacepackets-py, and the Rust crate of the same house, read. */
const US_IRS_LIMITS = { widths: [1, 2, 4, 8], checksumTypes: [Modular, Crc32c, Crc32, Null] } as const

/** docs/operating/dialects.md says why, peer by peer. */
const CHANGES: Readonly<Record<Dialect, Changes>> = {
  standard: {},
  'cfdp-py': {
    oneAtATime: true,
    eofForMetadataOnly: false,
    eofAfterMetadata: true,
    limits: US_IRS_LIMITS,
  },
  'us-irs-cfdp-rs': {
    immediateNak: false,
    oneAtATime: true,
    limits: { ...US_IRS_LIMITS, pduOctetsMax: 4096 },
  },
  'asu-cfdp-rs': {
    pduDialect: { faultLocationLengthMinusOne: true, emptySecondNameLv: true },
    ackFinishedInClass1: true,
    limits: { noFilestoreRequests: true, noFaultHandlerOverrides: true, checksumTypes: [Modular, Null] },
  },
  cf: {
    pduDialect: { closureBitMask: 0x80 },
    maxPduSize: 512,
    limits: { noLargeFiles: true, noCrc: true, checksumTypes: [Modular], widths: [1, 2, 3, 4] },
  },
  ion: {
    pduDialect: { emptySecondNameLv: true },
    limits: { unacknowledgedOnly: true, noLargeFiles: true, checksumTypes: [Modular, Crc32c, Null] },
  },
  openc3: { crcOnTransmit: true, crcRequired: true, metadataWithEof: true },
  n7s: {
    pduDialect: { dataFieldExtendsToDatagramEnd: true },
    entityIdLength: 1,
    oneAtATime: true,
    limits: {
      unacknowledgedOnly: true,
      noClosure: true,
      noLargeFiles: true,
      noCrc: true,
      checksumTypes: [Modular],
      nameOctetsMax: 128,
      messagesMax: 2,
      pduOctetsMax: 4096,
    },
  },
  yamcs: {
    ackFinishedInClass1: true,
    expectAckFinishedInClass1: true,
    nakRestate: true,
    limits: { noLargeFiles: true, checksumTypes: [Modular, Null] },
  },
  dariol83: { pduDialect: { emptySecondNameLv: true }, limits: { checksumTypes: [Modular, Null] } },
}

/** Every dialect there is. */
export const DIALECTS: readonly Dialect[] = Object.keys(CHANGES) as Dialect[]

/**
 * Settings as a peer with this dialect needs them. What no peer but ours is known to answer as we need it is a Prompt,
 * so nothing can be learned from the others while sending: a window becomes the assumed rate. And of none is it known
 * that its newest NAK says everything: some list one gap in each, some spread a list over several.
 */
export function withDialect<Settings extends Omit<RemoteSettings<never>, 'id' | 'address'>>(
  settings: Settings,
  dialect: Dialect,
): Settings {
  if (dialect === 'standard') return settings
  const pace = settings.pace === 'window' ? ASSUMED_RATE_BPS : settings.pace
  return { ...settings, nakReplace: false, ...CHANGES[dialect], pace }
}
