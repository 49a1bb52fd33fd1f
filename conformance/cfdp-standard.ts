/** CCSDS 727.0-B-5, procedure by procedure, in our words. */
import { titles, under } from './sentences.ts'

export const CFDP_STANDARD = {
  ...under('4.2', {
    'checksum-modular': 'the modular checksum, of segments in any order and alignment',
    'checksum-types': 'CRC-32, CRC-32C, Proximity-1 CRC-32 and null checksums',
    'checksum-unsupported': 'a checksum type nobody knows is fault 11, and the handler decides',
  }),
  ...under('4.6.1.1', {
    'metadata-only': 'a transaction without a file: Metadata and EOF, file status unreported',
    'options-order': 'messages, filestore requests, overrides and flow label travel in Metadata',
    'segmentation-control': 'record boundaries made by the sender',
    'unbounded-file': 'a file whose size nobody knows before EOF',
  }),
  ...under('4.6.1.2', {
    'data-before-metadata': 'File Data that precede Metadata are kept',
    'metadata-repeated': 'repeated Metadata are discarded',
    'eof-repeated': 'the first EOF(No error) counts; later ones change nothing',
    'file-size-error': 'File Data beyond the EOF size, or an EOF below what has arrived, is fault 6',
    'checksum-failure': 'a file that does not sum to what EOF says is fault 5',
    'late-pdus': 'late and repeated PDUs never open an ended transaction anew',
  }),
  ...under('4.6.3', {
    'check-timer': 'class 1 waits for late data until the check limit, fault 10',
    'closure-check-timer': 'a class 1 sender with closure waits for Finished until its check timer ends',
  }),
  ...under('4.6.4.2', {
    'serve-nak': 'what a NAK asks for is sent again, within the boundaries it states',
    'serve-metadata': 'a request 0–0 is answered by Metadata, unchanged',
    'nak-not-eof': 'a NAK never makes the sender repeat EOF',
    'in-flight': 'octets resent less than a round trip ago are not resent again',
  }),
  ...under('4.6.4.3', {
    'nak-sequence': 'gaps that do not fit one NAK PDU fill several, with adjacent scopes',
    'nak-prompted': 'a Prompt(NAK) is answered even if nothing is missing',
    'nak-cumulative': 'each NAK mode includes the deferred one',
  }),
  ...under('4.6.4.6, 4.6.4.7', {
    'nak-timer': 'the NAK timer asks again for everything missing; new octets begin its count anew',
  }),
  ...under('4.6.5', {
    'keep-alive-periodic': 'Keep Alive at an interval until EOF, by configuration',
    'keep-alive-prompted': 'a Prompt(Keep Alive) is answered with the reception progress',
    'keep-alive-limit': 'a discrepancy beyond the limit is fault 2 at the sender',
    'prompt-sent': 'a sender prompts for NAK or Keep Alive, by request and by interval',
  }),
  ...under('4.6.6, 4.11', {
    'cancel-sender': 'Cancel at the sender: EOF(cancel), acknowledged in class 2',
    'cancel-receiver': 'Cancel at the receiver: Finished(cancel), acknowledged in class 2',
    'cancel-ignores': 'while cancelling, only PDUs of the acknowledgement procedures count',
    'cancel-fault-abandons': 'a fault while cancelling abandons',
    'cancel-unknown': 'EOF(cancel) of an unknown transaction is acknowledged and opens nothing',
    'incomplete-data': 'what arrived of a cancelled file is discarded or retained, by configuration',
  }),
  ...under('4.7', {
    'ack-any-state': 'EOF and Finished are acknowledged whatever the state, after the end too',
    'ack-condition': 'an ACK counts only with the condition of the PDU it answers',
  }),
  ...under('4.8', {
    'handler-override':
      'fault handler overrides in Metadata act at the receiver, those of a Put at the sender',
    'handler-ignore': 'ignore: the fault is told and the transaction goes on',
  }),
  ...under('4.9', {
    'filestore-requests': 'filestore requests are carried out after the file is in its place',
    'filestore-actions': 'every action of table 5-17, with the status of table 5-18 for each way to fail',
    'filestore-first-failure': 'the first failure ends them: what follows was not performed',
    'filestore-once': 'none is carried out twice, whenever the receiver dies, and the responses are the same',
    'filestore-unperformed': 'a request that is not carried out is answered "not performed"',
  }),
  ...under('4.10', {
    inactivity: 'silence for longer than the limit is fault 8',
  }),
  ...under('4.12', {
    freeze: 'outside a transmit opportunity nothing is sent and timers stand still',
    thaw: 'at the start of an opportunity it goes on, counts unchanged',
    'freeze-suspend': 'frozen and suspended are independent of each other',
  }),
  ...under('5', {
    'pdu-formats': 'every PDU and TLV, both ways, widths 1 to 8, large files, CRC',
  }),
  ...under('6', {
    'reserved-messages': 'reserved messages are encoded and decoded',
    'user-operations': 'proxy, directory and remote operations are carried out',
    'proxy-put': 'a put on behalf of another names the transaction that asked, and its end is answered',
    'proxy-put-options': 'mode, closure, messages, filestore requests, overrides and flow label are as asked',
    'proxy-put-cancel': 'whoever asked for a put may cancel it, and nobody else',
    'directory-listing': 'a listing is put to whoever asked, or a failure is answered',
    'remote-status': 'a report of a transaction is put to whoever has part in it',
    'remote-suspend': 'a remote user suspends and resumes our side of a transaction it has part in',
    'user-refusals': 'what is not allowed is not done, and answered',
    'user-restart': 'requests, puts and answers survive a restart of either end',
    'user-hostile': 'names, circles and floods of a remote user do no harm',
  }),
} as const

/** The procedure with this id, as a title. */
export const standard = titles(CFDP_STANDARD)
