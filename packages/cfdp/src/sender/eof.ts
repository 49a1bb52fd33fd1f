/** What a sender says at the end, by EOF, and what it tells its user when no Finished says more. */
import { ConditionCode, DeliveryCode, FileStatus, type PduOf } from '../pdu/model.ts'
import type { Ending, SenderFacts } from '../records.ts'
import type { TransactionId } from '../requests.ts'

/** Everything has been sent. */
export function eofPdu(checksum: number, fileSize: number): PduOf<'eof'> {
  return { kind: 'eof', condition: ConditionCode.NoError, checksum, fileSize }
}

/** EOF(cancel): size and checksum are of what was sent (section 4.11.2.2). */
export function cancelPdu(cancelled: NonNullable<SenderFacts['cancelled']>, id: TransactionId): PduOf<'eof'> {
  return {
    kind: 'eof',
    condition: cancelled.condition,
    checksum: cancelled.checksum,
    fileSize: cancelled.progress,
    faultLocation: id.source,
  }
}

/** All was sent, and nobody is going to say more. */
export function endingUnconfirmed(): Ending {
  return {
    condition: ConditionCode.NoError,
    delivery: DeliveryCode.Complete,
    fileStatus: FileStatus.Unreported,
  }
}

export function endingCancelled(condition: ConditionCode): Ending {
  return { condition, delivery: DeliveryCode.Incomplete, fileStatus: FileStatus.Unreported }
}

/** Given up without a word to the receiver (section 4.11.2.2.3). */
export function endingAbandoned(condition: ConditionCode): Ending {
  return { ...endingCancelled(condition), abandoned: true }
}
