/** The options that every CSP command takes, as typed. */
import type { Command } from 'commander'
import { gather } from '../cfdp/options.ts'

export interface RawCspOptions {
  readonly address?: string
  readonly netmask?: string
  readonly cspVersion?: string
  readonly link?: readonly string[]
  readonly zmqLayout?: string
  readonly hmacKeyFile?: string
  /** False when --no-crc32 was given; commander makes it true otherwise. */
  readonly crc32?: boolean
  readonly rdp?: string
  readonly json?: boolean
}

/** Identity and link; other commands that ride on CSP add them too. */
export function addCspOptions(command: Command): Command {
  return command
    .optionsGroup('Node:')
    .option('--address <number>', 'our address (10; 0 to 16383, or 0 to 31 in version 1)')
    .option('--netmask <bits>', 'leading bits of our address that are the network (8, or 0 in version 1)')
    .option('--csp-version <number>', 'version of the header on this network: 1 or 2', '2')
    .option(
      '--link <link>',
      'zmq:HOST[:IN,OUT], udp:[HOST:PORT,]PEER:PORT, kiss:/dev/tty…, kiss:tcp:HOST:PORT or kiss:listen:HOST:PORT (repeatable)',
      gather,
    )
    .option('--zmq-layout <name>', 'version 1 over ZeroMQ: 1.x, 2.1 or bare (2.1)')
    .option('--hmac-key-file <file>', 'put an HMAC under this key on everything, and take it from others')
    .option('--no-crc32', 'send without a CRC; libcsp 2 does not answer that')
    .option('--rdp <profile>', 'window and timers of connections: libcsp, csh or large', 'libcsp')
    .option('--json', 'one JSON object per line on stdout')
}
