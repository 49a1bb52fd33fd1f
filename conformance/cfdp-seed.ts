/** The document our users wrote down: the CFDP service they know. Its own words, one entry per claim. */
import { titles, under } from './sentences.ts'

export const CFDP_SEED = {
  ...under('introduction', {
    'class-1-and-2':
      'This service implements the CCSDS File Delivery Protocol class 1 (unreliable transfer also called unacknowledged ) and class 2 (reliable transfer also called acknowledged).',
    'no-class-3-4': 'Class 3 and 4 (transfers via one or more waypoints) are not supported.',
    'uploads-and-downloads':
      'The service uploads and downloads files between a spacecraft (or a remote device) and a Yamcs bucket.',
    segments:
      'The upload/download works by splitting the file into segments and uploading/downloading each segment individually.',
    'metadata-then-eof':
      'The transmission is preceded by an metadata PDU (Protocol Data Unit) and finished with an EOF PDU.',
    'finished-tells':
      'The Receiver will send the Finished PDU to let the Sender know that all PDUs have been received.',
    'class-1-no-retransmission':
      'The class 1 (unreliable transfer) will upload/download all the segments without the possibility of retransmission.',
    'class-1-eof-unacknowledged': 'The EOF is not acknowledged by the Receiver.',
    'closure-finished':
      '"Closure Requested" requests the class 1 Receiver to send a Finished PDU upon receiving all the data …',
    'closure-finished-on-cancel': '… (or when the canceling the transfer).',
    'closure-unacknowledged': 'The Finished PDU is not acknowledged by the Sender.',
    'nak-metadata': 'For class 2 (reliable transfer) transfers, the Receiver can indicate missing metadata …',
    'nak-data': '… or data by sending NAK PDUs.',
    'acknowledge-eof': 'In this mode, the Receiver has to acknowledge the EOF PDU …',
    'acknowledge-finished': '… and the Sender has to acknowledge the Finished PDU.',
    'ack-timer': 'Sending a PDU that requires acknowledgment will start a timer.',
    'ack-resend':
      'When the timer expires, if the acknowledgment has not been received, the PDU is resent and this is done until a count reaches a maximum defined value.',
    'ack-fault':
      'Finally if the count has reached its maximum value and the acknowledgment has still not been received, a fault condition is triggered which may cause the transfer to be abandoned, canceled or suspended.',
    'immediate-nak-mode':
      'Note that the Receiver operates in immediate NAK mode; it sends a NAK as soon as it receives the FileData PDU (containing a file segment) and detects a missing segment.',
    'available-before-ack':
      'Note also that the file is available on the Receiver before the transfer is completed by the reception of the Finished ACK PDU.',
  }),
  ...under('suspend and resume', {
    'suspend-and-resume': 'The CFDP transfers can be suspended and resumed.',
    'suspended-silent': 'Suspending means that no PDU is sent out …',
    'suspended-processes': '… but incoming PDUs are still processed.',
    'suspended-timers': 'The timers are deactivated.',
    'resume-timers': 'Upon resuming, the timers are restarted and their counts reset to 0.',
    'resume-eof-count':
      'For example if at the time of the suspension, an EOF has been sent 2 times out of 5, after the transfer is resumed, the EOF sending is again starting with 0 out of 5.',
    'suspend-at-limit':
      'This allows suspending the transfer when the limit has been reached and resume the transfer at a later moment without changing the state.',
  }),
  ...under('peculiarities and limitations', {
    'nak-from-the-beginning':
      'The NAK PDUs issued by Sender always contain the beginning of the file up to filling up the PDU with data.',
    'nak-holds-all':
      'Unless the file is very large and with lots of small gaps, a NAK PDU will contain all the missing data at the given point.',
    'nak-overwrites':
      'The Receiver will overwrite the list of segments to resend with the list received in the latest NAK.',
    'no-keep-alive': 'Keep Alive PDU and Prompt PDU are not used.',
    'no-filestore-requests': 'Filestore requests are not supported.',
    'no-user-operations':
      'User operations (proxy, directory, remote status) as per chapter 6 of the CCSDS 727.0-B-5 are not supported.',
    'suspend-is-local':
      'Remote suspend/resume operations are not supported. Note that local suspend/resume operations are supported.',
  }),
  ...under('usage', {
    'pdus-as-specified': 'The service produces PDUs as per CCSDS specification.',
    streams: 'The PDUs are written/read to/from Yamcs streams.',
  }),
  ...under('name, inStream, outStream', {
    name: 'The name of the service - used in the API calls. If multiple CfdpServices are used, this has to contain a different value for each service. By default it is "CfdpService".',
    'in-stream': 'The name of the stream where the CFDP PDUs are read from. Default: cfdp_in',
    'out-stream': 'The name of the stream where the CFDP PDUs are written. Default: cfdp_out',
  }),
  ...under('incomingBucket, localEntities, remoteEntities', {
    'incoming-bucket':
      'The name of the bucket where the CFDP incoming files are saved if no specific ones are defined per local or remote entity. Default: cfdpDown',
    'local-entity-names':
      'A list of entity definitions used to give names to the local (Yamcs) entity identifiers as well as to configure which bucket is used for storing the files received for that entity. The names can be used in the REST calls when initiating transfers.',
    'local-entity-unlisted':
      'If a PDU is received to an identifier not in this map, the PDU will be dropped and no transaction will be started.',
    'local-bucket-optional':
      'The bucket is optional; if missing, the file will be saved into the bucket specified for the remote entity and if that is missing too in the general bucket configured with the incomingBucket.',
    'remote-entity-names':
      'A list of entity definitions used to give names to the remote (spacecraft) entity identifiers. The names can be used in the REST call when initiating transfers.',
    'remote-entity-unlisted':
      'If a PDU is received from an identifier not in this map, the PDU will be dropped and no transaction will be started.',
    'remote-bucket':
      'In the example above if a file is downlinked having source (spacecraft) id = 7 and destination (Yamcs) id = 12, it will end up in bucket3.',
  }),
  ...under('entityIdLength, sequenceNrLength, maxPduSize', {
    'entity-id-length':
      'The length in bytes of the entity id for the outgoing CFDP transfers. For the incoming transfers the remote peer specifies the lengths. Default: 2',
    'sequence-nr-length':
      'The length in bytes of the sequence number for the outgoing CFDP transfers. Default: 4',
    'transaction-id-in-header':
      'The entity id and the sequence number represent the CFDP transaction identifier - it is encoded in the header of all the CFDP PDUs.',
    'max-pdu-size':
      'The maximum length of the PDU is used by the sender to determine how to split the file into segments (segment size = PDU size - header size). For the incoming transfers the peer specifies the PDU size. Default 512',
  }),
  ...under('sleepBetweenPdus', {
    'sleep-between-pdus':
      'The time in milliseconds used by the sender to wait in between sending two successive PDUs. This together with the PDU determine the uplink data rate.',
  }),
  ...under('inactivityTimeout', {
    'inactivity-receiver': 'The timer is active on the receiver until EOF has been received …',
    'inactivity-sender':
      '… and on class 2 sender after EOF has been sent (while waiting for the Finished PDU).',
    'inactivity-fault':
      'If the timer expires, the InactivityDetected event will be trigggred ad the transaction may be cancelled or suspended (depending on the configuration of the fault handler for InactivityDetected event). Default: 10000 (10 seconds).',
  }),
  ...under('eofAckTimeout, eofAckLimit', {
    'eof-ack-timeout':
      'The EOF PDU is retransmitted if no acknowledgment has been received in this time. Default: 3000 (3 seconds).',
    'eof-ack-limit': 'The number of times to retry sending the EOF PDU before declaring a fault. Default: 5.',
    'eof-ack-limit-zero': 'Zero means that only one PDU will be sent (no retry). (eofAckLimit)',
    'eof-ack-limit-negative': 'Negative value means no limit. (eofAckLimit)',
  }),
  ...under('finAckTimeout, finAckLimit', {
    'fin-ack-timeout':
      'The receiver expects the sender to acknowledge reception of this PDU and will retransmit the PDU if no acknowledgment has been received in this time. Default: 10000 (10 seconds)',
    'fin-ack-limit':
      'The number of times to retry sending the Finished PDU before declaring a fault. Default: 5.',
    'fin-ack-limit-zero': 'Zero means that only one PDU will be sent (no retry). (finAckLimit)',
    'fin-ack-limit-negative': 'Negative value means no limit. (finAckLimit)',
    'finished-on-fault':
      'The receiver sends the Finished PDU to indicate that the file has been received or that a fault has been encountered.',
  }),
  ...under('immediateNak', {
    'immediate-nak':
      'Valid for class 2 transfers; if true, the receiver will send NAK PDUs as soon as a missing segment is detected. The NAK PDU contains the list of segments that are missing at the receiver side.',
    'immediate-nak-scope':
      'If the EOF PDU has not been received, the NAK PDU covers only the segments missing up to the last one recieved.',
    'deferred-nak':
      'If this parameter is false, the receiver will only send NAK PDUs after the EOF PDU has been received. In this case the NAK PDU will contain all the missing segments. Default: true',
  }),
  ...under('nakTimeout, nakLimit', {
    'nak-timeout':
      'Valid for class 2 transfers; used by the receiver as the time interval between two successive NAK PDUs, assuming the data has not been recovered. Default: 5000',
    'nak-limit':
      'Valid for class 2 transfers; the number of times to send a NAK PDU with no data recovered before declaring a fault.',
    'nak-limit-one':
      'A value of 1 means that one NAK is sent and if no data is recovered within the nakTimeout milliseconds, a fault will be declared.',
    'nak-limit-none': 'Zero or negative value means no limit. Default: -1',
  }),
  ...under('senderFaultHandlers, receiverFaultHandlers', {
    'sender-fault-handlers':
      'A definitions of the actions to be taken when the sender encounters different faults. The definitions are in the form of conditionCode -> action map.',
    conditions:
      'The possible condition codes are: AckLimitReached, KeepAliveLimitReached, InvalidTransmissionMode, FilestoreRejection, FileChecksumFailure, FileSizeError, NakLimitReached, InactivityDetected, InvalidFileStructure, CheckLimitReached and UnsupportedChecksum.',
    'action-suspend': 'Suspend means the transfer will be suspended and can be resumed later.',
    'action-cancel': 'Cancel means that the remote peer is notified that the transaction is canceled.',
    'action-abandon': 'Abandon means to abort the transaction without notifying the peer.',
    'fault-in-finished':
      'Note that the error can be generated locally or recieved from the peer in a FIN PDU.',
    'receiver-fault-handlers':
      'Similar with senderFaultHandlers but applies when the service works as Receiver (i.e. for downlinks).',
  }),
  ...under('maxNumPendingDownloads, maxNumPendingUploads', {
    'max-downloads':
      'The maximum number of allowed concurrent downloads. If this limit is reached, any PDU that would start a new dowload is dropped and an event message generated. Default: 100',
    'max-uploads':
      'The maximum number of allowed concurrent uploads. If this limit is reached, the new uploads are queued. Default: 10',
  }),
  ...under('directoryTerminators, allowConcurrentFileOverwrites', {
    'directory-terminators':
      'When starting an upload to a directory (folder), the CFDP service will append the object name to the directory name. To know if the destination is a folder (and not a file), the end character is compared with the terminators in this list. Default: ["/", ":", "\\\\"]',
    'concurrent-overwrites':
      'If this option is true, when starting an upload, the CFDP service verifies if an upload witht the same destination filename is ongoing or queued and will raise an error. Default: true',
  }),
  ...under('pendingAfterCompletion', {
    'pending-after-completion':
      'Number of milliseconds to keep the transaction in memory after completion. During this time, the PDUs received belonging to this transaction are still answered. Default: 600000 (10 minutes)',
  }),
} as const

/** The sentence with this id, as a title. */
export const seed = titles(CFDP_SEED)
