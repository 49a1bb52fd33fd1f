/** The options of the DTP commands, as typed. */
import type { Command } from 'commander'
import { gather } from '../cfdp/options.ts'
import { addCspOptions, type RawCspOptions } from '../csp/options.ts'

export interface RawSessionOptions extends RawCspOptions {
  readonly server?: string
  readonly output?: string
  readonly follow?: boolean
  readonly range?: readonly string[]
  readonly memory?: string
  readonly mtu?: string
  readonly throughput?: string
  readonly idle?: string
  readonly giveUp?: string
  readonly peer?: string
  readonly dialect?: string
  readonly crc?: string
}

export interface RawServeOptions extends RawCspOptions {
  readonly payload?: readonly string[]
  readonly mtu?: string
  readonly throughputMax?: string
  readonly count?: string
}

export function addGetOptions(command: Command): Command {
  addTuning(
    command
      .optionsGroup('Payload:')
      .requiredOption('--server <node>', 'address of the server')
      .option('--memory <address,size>', 'a stretch of its memory instead of a payload: 0x1000,64KiB')
      .option('--range <from-to>', 'only these octets, half-open: 0-4096 (repeatable)', gather)
      .option('-o, --output <file>', 'where it goes; - for stdout, in order, as it comes (payload-ID)')
      .option('--follow', 'also write to stdout what has arrived without a hole, as it grows')
      .option('--dialect <name>', 'D1, D1-19, D2a, D2a-kb, D2b, D2c or D2c-be', 'D2c')
      .option('--crc <hex>', 'the CRC-32 that it must have in the end'),
  )
  return addCspOptions(command)
}

export function addResumeOptions(command: Command): Command {
  addTuning(
    command.optionsGroup('Payload:').option('--follow', 'also write to stdout what has no hole before it'),
  )
  return addCspOptions(command)
}

function addTuning(command: Command): Command {
  return command
    .option('--mtu <octets>', 'of a full datagram, 9 to 2048: what a packet of the server holds (256)')
    .option('--throughput <rate>', 'the most to ask for, of payload: 100kB/s')
    .option('--idle <duration>', 'a round is over after so long a silence (5s)')
    .option('--give-up <duration>', 'end when nothing new came for so long; without it, go on for ever')
    .option('--peer <name>', 'whose server it is: libdtp, skyferry or satdeploy (libdtp)')
}

export function addServeOptions(command: Command): Command {
  command
    .optionsGroup('Payloads:')
    .option('--payload <id=file>', 'a file under an id from 0 to 255 (repeatable)', gather)
    .option('--mtu <octets>', 'the largest datagram that is sent (2048)')
    .option('--throughput-max <rate>', 'of payload, all transfers together')
    .option('--count <number>', 'end after so many transfers that were sent to their end')
  return addCspOptions(command)
}
