/** The options of `cfdp send` and `cfdp receive`, as typed: what each is called and says in --help. */
import { DIALECTS } from '@skyferry/cfdp'
import type { Command } from 'commander'
import { ENCAPSULATIONS } from './encapsulation.ts'

/** What both commands are given, before anything is understood. */
export interface RawEngineOptions {
  readonly local: string
  readonly listen?: string
  readonly peer?: string
  readonly encapsulation?: string
  readonly apid?: string
  readonly packetType?: string
  readonly packetHeader?: string
  readonly packetCrc?: boolean
  readonly json?: boolean
  readonly crc?: boolean
  readonly pduSize?: string
  readonly rate?: string
  readonly profile?: string
  readonly lightTime?: string
  readonly entityIdLength?: string
  readonly sequenceLength?: string
  readonly firstSequence?: string
  readonly eofAckTimeout?: string
  readonly eofAckLimit?: string
  readonly finAckTimeout?: string
  readonly finAckLimit?: string
  readonly nakTimeout?: string
  readonly nakLimit?: string
  /** False when --no-immediate-nak was given; commander makes it true otherwise. */
  readonly immediateNak?: boolean
  readonly inactivityTimeout?: string
  readonly keepAliveInterval?: string
  readonly keepAliveLimit?: string
  readonly promptInterval?: string
  readonly checkTimeout?: string
  readonly checkLimit?: string
  readonly giveUp?: string
  readonly contacts?: string
  readonly onFault?: readonly string[]
  readonly dialect?: string
  readonly capture?: string
  readonly state?: string
}

export interface RawSendOptions extends RawEngineOptions {
  readonly to: string
  readonly class?: string
  readonly closure?: boolean
  readonly checksum?: string
  readonly message?: readonly string[]
  readonly filestoreRequest?: readonly string[]
}

export interface RawReceiveOptions extends RawEngineOptions {
  readonly dir: string
  readonly count?: string
  readonly remote?: readonly string[]
  readonly allow?: readonly string[]
  readonly listingFormat?: string
}

/** What all user operations are given. */
export type RawAskOptions = RawEngineOptions

export interface RawProxyPutOptions extends RawAskOptions {
  readonly dir?: string
  readonly destination?: string
  readonly class?: string
  readonly closure?: boolean
  readonly message?: readonly string[]
  readonly filestoreRequest?: readonly string[]
}

/** Gathers a repeatable option. */
export const gather = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

export function addPlaceOptions(command: Command): Command {
  return command
    .requiredOption('--local <id>', 'our entity id')
    .option('--listen <host:port>', 'where to receive, or to take calls; port 0 lets the system choose')
    .option('--peer <host:port>', 'where to send to, or whom to call')
}

export function addEngineOptions(command: Command): Command {
  return command
    .optionsGroup('Link:')
    .option('--pdu-size <size>', 'largest PDU, header included (1024; 512 with --profile yamcs)')
    .option('--crc', 'put a CRC on every PDU')
    .option(
      '--rate <rate>',
      'send at no more than this (1Mbit/s, 9600bit/s); without it class 2 sets its own pace',
    )
    .option('--light-time <duration>', 'how long a signal takes, one way (0s)')
    .option('--contacts <file>', 'when the peer can be reached: a line for each window, FROM TO (ISO 8601)')
    .option('--capture <file.pcap>', 'record every datagram for tshark or skyferry decode')
    .optionsGroup('Encapsulation:')
    .option('--encapsulation <name>', `what carries the PDUs: ${ENCAPSULATIONS.join(', ')}`, 'udp')
    .option('--apid <sent[:heard]>', 'space packets: APID, and the one to listen to if another (0x7fd)')
    .option('--packet-type <type>', 'space packets: telecommand or telemetry, of those sent (telecommand)')
    .option(
      '--packet-header <header>',
      'space packets: secondary header: none, cfs, or its octets in hex (none)',
    )
    .option('--packet-crc', 'space packets: a CRC at the end of each')
    .optionsGroup('Engine:')
    .option('--profile <name>', 'patient: waits and adapts; yamcs: gives up as that service does', 'patient')
    .option('--entity-id-length <octets>', 'octets of an entity id, 1 to 8 (2, or what the ids need)')
    .option('--sequence-length <octets>', 'octets of a sequence number, 1 to 8 (4)')
    .option(
      '--first-sequence <number>',
      'first sequence number, when no state says otherwise (from the clock)',
    )
    .option('--eof-ack-timeout <duration>', 'repeat an unanswered EOF after this long, or adaptive')
    .option('--eof-ack-limit <count>', 'repeats of EOF before the fault; 0 none, unlimited')
    .option('--fin-ack-timeout <duration>', 'repeat an unanswered Finished after this long, or adaptive')
    .option('--fin-ack-limit <count>', 'repeats of Finished before the fault; 0 none, unlimited')
    .option('--nak-timeout <duration>', 'ask again for a known gap after this long, or adaptive')
    .option('--nak-limit <count>', 'NAKs without recovery before the fault, or unlimited')
    .option('--no-immediate-nak', 'ask for gaps only after EOF')
    .option(
      '--inactivity-timeout <duration>',
      'act on that long without a PDU of the transaction; never, or adaptive',
    )
    .option(
      '--keep-alive-interval <duration>',
      'receiver: say how far it is this often until EOF, or never (never)',
    )
    .option(
      '--keep-alive-limit <size>',
      'sender: fault when the receiver is that far behind what it should have, or unlimited (unlimited)',
    )
    .option(
      '--prompt-interval <duration>',
      'sender: ask how far the receiver is this often, or never (never)',
    )
    .option('--check-timeout <duration>', 'class 1: wait for what is late after EOF (10s)')
    .option('--check-limit <count>', 'class 1: how many such waits, or unlimited (5)')
    .option('--give-up <duration>', 'fail after that long without a word from the peer')
    .option(
      '--on-fault <condition=handler>',
      'what a fault does: suspend, cancel, abandon or ignore (repeatable)',
      gather,
    )
    .option('--dialect <name>', `meet the habits of a peer: ${DIALECTS.join(', ')}`, 'standard')
    .optionsGroup('This run:')
    .option('--state <dir>', 'journal there; a killed command, repeated with the same state, goes on')
    .option('--json', 'one JSON object per line on stdout')
}
