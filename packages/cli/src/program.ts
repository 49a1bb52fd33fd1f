/** The tree of commands: what each is called, takes and says in --help. What a command does is loaded when it is called. */
import { Command } from 'commander'
import { addEngineOptions, addPlaceOptions, gather } from './cfdp/options.ts'
import { addKnobOptions } from './link/options.ts'
import type { Exit } from './usage.ts'

/** Does what a command says; the answer is the status of the process. */
type Action = (
  operands: readonly (string | readonly string[] | undefined)[],
  options: object,
) => Promise<Exit>

/** @param ended hears the status of the command that was called */
export function buildProgram(version: string, ended: (exit: Exit) => void): Command {
  const program = new Command('skyferry')
    .description('Moves files over links that drop, delay and go dark.')
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', '\nskyferry COMMAND --help shows the options of a command, and an example.')
  const run = (command: Command, load: () => Promise<Action>): void => {
    command.action(async (...args: unknown[]) => {
      const operands = args.slice(0, -2) as (string | readonly string[] | undefined)[]
      ended(await (await load())(operands, args.at(-2) as object))
    })
  }
  addCfdp(program, run)
  addDecode(program, run)
  addLink(program, run)
  addWorld(program, run)
  return program
}

type Run = (command: Command, load: () => Promise<Action>) => void

function addCfdp(program: Command, run: Run): void {
  const cfdp = program.command('cfdp').description('CFDP (CCSDS 727.0-B-5), one entity, no station')
  const send = cfdp
    .command('send')
    .description('send one file, and stay until the other end has it')
    .argument(
      '[file]',
      'what to send; without one the transaction carries only messages and filestore requests',
    )
  addPlaceOptions(send)
    .requiredOption('--to <id[:path]>', 'entity id of the receiver, and the name there (the name of FILE)')
    .optionsGroup('Transaction:')
    .option(
      '--class <number>',
      '1: unacknowledged, 2: acknowledged (2, or 1 where the dialect knows no other)',
    )
    .option('--closure', 'class 1: ask the receiver to say how it ended')
    .option('--checksum <type>', 'modular, crc32, crc32c, prox1 or null (modular)')
    .option('--message <text|hex:octets>', 'message to user (repeatable)', gather)
    .option(
      '--filestore-request <action:name[:name]>',
      'what the receiver does to its files afterwards: delete:old.txt, rename:a:b … (repeatable)',
      gather,
    )
  addEngineOptions(send).addHelpText(
    'after',
    `
Example: send image.raw from entity 11 to entity 5
  skyferry cfdp send image.raw --local 11 --to 5:images/ \\
    --listen 127.0.0.1:5111 --peer 127.0.0.1:5222 --state ./ground

Example: the same as PDUs in CCSDS space packets over TCP
  skyferry cfdp send image.raw --local 11 --to 5 \\
    --encapsulation space-packet-tcp --peer 127.0.0.1:10025

Exit status: 0 done and verified, 1 the transfer failed, 2 wrong usage, 3 the peer cannot be reached, 130 interrupted`,
  )
  run(send, async () => (await import('./cfdp/command.ts')).sendCommand)

  const receive = cfdp.command('receive').description('take files that others send, into one folder')
  addPlaceOptions(receive)
    .requiredOption('--dir <dir>', 'folder of received files; names from outside never leave it')
    .option('--count <number>', 'end after that many transactions; without it, go on until interrupted')
    .option('--remote <id>', 'listen to this entity only (repeatable; any)', gather)
  addEngineOptions(receive).addHelpText(
    'after',
    `
With --crc a receiver also drops PDUs that come without one.

Example: receive one file as entity 5
  skyferry cfdp receive --local 5 --dir ./received --count 1 \\
    --listen 127.0.0.1:5222 --peer 127.0.0.1:5111 --state ./craft`,
  )
  run(receive, async () => (await import('./cfdp/command.ts')).receiveCommand)
}

function addDecode(program: Command, run: Run): void {
  const decode = program
    .command('decode')
    .description('what octets say, field by field, with the section of the standard')
    .argument(
      '<input...>',
      '[cfdp] then hexadecimal digits, a file (pcap or hexadecimal lines), or - for stdin',
    )
    .option('--json', 'one JSON object per PDU on stdout')
    .addHelpText(
      'after',
      `
Examples:
  skyferry decode 20000a0001010204000000000100000002
  skyferry decode cfdp capture.pcap --json
  xxd -p pdu.bin | skyferry decode -`,
    )
  run(decode, async () => (await import('./decode/command.ts')).decodeCommand)
}

function addLink(program: Command, run: Run): void {
  const link = program.command('link').description('links')
  const emulate = link
    .command('emulate')
    .description('a bad link between two ends, as a UDP proxy')
    .requiredOption('--a <host:port>', 'where end A listens: what B sends comes out there')
    .requiredOption('--b <host:port>', 'where end B listens: what A sends comes out there')
    .option('--listen-a <host:port>', 'where A is to send to (127.0.0.1:0: the system chooses, and we say)')
    .option('--listen-b <host:port>', 'where B is to send to (127.0.0.1:0)')
  addKnobOptions(emulate).addHelpText(
    'after',
    `
Every option under "Weather" also exists for one direction: --loss-ab, --loss-ba.
With --control, lines on stdin steer the link: down, up, down ab, set loss 5%, set delay-ba 1s, counters, quit.

Example: 10 Mbit/s, 40 ms, 2 % loss, dark from 10 s to 20 s
  skyferry link emulate --a 127.0.0.1:5111 --b 127.0.0.1:5222 \\
    --listen-a 127.0.0.1:6111 --listen-b 127.0.0.1:6222 \\
    --rate 10Mbit/s --delay 40ms --loss 2% --outage 10s-20s --seed 7`,
  )
  run(emulate, async () => (await import('./link/command.ts')).emulateCommand)
}

function addWorld(program: Command, run: Run): void {
  const world = program
    .command('world')
    .description('replay a simulated world')
    .argument('[name]', 'name of the world; see --list')
    .option('--seed <number>', 'which run of it, decimal or with 0x')
    .option('--list', 'say which worlds there are')
    .option('--json', 'one JSON object per line on stdout')
    .addHelpText(
      'after',
      `
Example:
  skyferry world cfdp/two-entities --seed 0x5eed91c2`,
    )
  run(world, async () => (await import('./world/command.ts')).worldCommand)
}
