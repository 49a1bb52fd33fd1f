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
  addConfig(program, run)
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

Exit status: 0 done and verified, 1 the transfer failed, 2 wrong usage, 3 the peer cannot be reached, 130 interrupted`,
  )
  run(send, async () => (await import('./cfdp/command.ts')).sendCommand)

  const receive = cfdp.command('receive').description('take files that others send, into one folder')
  addPlaceOptions(receive)
    .requiredOption('--dir <dir>', 'folder of received files; names from outside never leave it')
    .option('--count <number>', 'end after that many transactions; without it, go on until interrupted')
    .option('--remote <id>', 'listen to this entity only (repeatable; any)', gather)
    .optionsGroup('What others may ask for:')
    .option(
      '--allow <what>',
      'filestore, proxy-put, listing, remote: what is carried out when a sender asks for it (nothing)',
      gather,
    )
    .option('--listing-format <form>', 'of directory listings: names, details (size, time), nul (names)')
  addEngineOptions(receive).addHelpText(
    'after',
    `
With --crc a receiver also drops PDUs that come without one.

Example: receive one file as entity 5
  skyferry cfdp receive --local 5 --dir ./received --count 1 \\
    --listen 127.0.0.1:5222 --peer 127.0.0.1:5111 --state ./craft`,
  )
  run(receive, async () => (await import('./cfdp/command.ts')).receiveCommand)
  addUserOperations(cfdp, run)
}

/** Section 6 of the standard: one request to the user of a remote entity, and its answer. */
function addUserOperations(cfdp: Command, run: Run): void {
  const put = cfdp
    .command('proxy-put')
    .description('have a remote entity send one of its files, to us unless told otherwise')
    .argument('<id:path>', 'the entity that is asked, and the name of its file')
    .argument('[name]', 'name at the destination (the name of the file)')
  addPlaceOptions(put)
    .option('--dir <dir>', 'folder of the file that comes', '.')
    .option('--destination <id>', 'the entity that the file goes to (ourselves)')
    .optionsGroup('Transaction:')
    .option('--class <number>', '1: unacknowledged, 2: acknowledged (as the remote entity does it)')
    .option('--closure', 'class 1: ask the receiver to say how it ended')
    .option('--message <text|hex:octets>', 'message to user that comes with it (repeatable)', gather)
    .option(
      '--filestore-request <action:name[:name]>',
      'what the destination does to its files afterwards (repeatable)',
      gather,
    )
  addEngineOptions(put).addHelpText(
    'after',
    `
Interrupted, it has the remote entity cancel what it sends.

Example: fetch images/a.raw of entity 5, which runs skyferry cfdp receive --allow proxy-put
  skyferry cfdp proxy-put 5:images/a.raw --local 11 --dir ./fetched \\
    --listen 127.0.0.1:5111 --peer 127.0.0.1:5222`,
  )
  run(put, async () => (await import('./cfdp/command.ts')).proxyPutCommand)

  const listing = cfdp
    .command('listing')
    .description('what is in a directory of a remote entity')
    .argument('<id[:path]>', 'the entity that is asked, and the directory (its root)')
  addEngineOptions(addPlaceOptions(listing)).addHelpText(
    'after',
    `
Example: what is in images of entity 5, which runs skyferry cfdp receive --allow listing
  skyferry cfdp listing 5:images --local 11 --listen 127.0.0.1:5111 --peer 127.0.0.1:5222`,
  )
  run(listing, async () => (await import('./cfdp/command.ts')).listingCommand)

  const verbs = {
    status: 'what a remote entity knows of a transaction',
    suspend: 'have a remote entity suspend its side of a transaction',
    resume: 'have a remote entity resume its side of a transaction',
  } as const
  for (const [verb, description] of Object.entries(verbs)) {
    const command = cfdp
      .command(verb)
      .description(description)
      .argument('<id>', 'the entity that is asked')
      .argument('<source:sequence>', 'the transaction, as events and results name it')
    addEngineOptions(addPlaceOptions(command)).addHelpText(
      'after',
      `
Example: about transaction 11:1 at entity 5, which runs skyferry cfdp receive --allow remote
  skyferry cfdp ${verb} 5 11:1 --local 11 --listen 127.0.0.1:5111 --peer 127.0.0.1:5222`,
    )
    run(command, async () => (await import('./cfdp/command.ts')).aboutCommand(verb as keyof typeof verbs))
  }
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

function addConfig(program: Command, run: Run): void {
  const config = program.command('config').description('the configuration of a station')
  const check = config
    .command('check')
    .description('what is wrong with a configuration, and what is unwise')
    .argument('<file>', 'the configuration, as in skyferry.yaml')
    .option('--json', 'one JSON object per problem on stdout')
    .addHelpText(
      'after',
      `
Errors go to stderr with their file, line and option; warnings to stdout.

Example:
  skyferry config check skyferry.yaml

Exit status: 0 it can be used, perhaps with warnings; 2 it is refused`,
    )
  run(check, async () => (await import('./config/command.ts')).checkCommand)
}
