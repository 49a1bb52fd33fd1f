/** The tree of commands: what each is called, takes and says in --help. What a command does is loaded when it is called. */
import { Command } from 'commander'
import { addEngineOptions, addPlaceOptions, gather } from './cfdp/options.ts'
import { addCspOptions } from './csp/options.ts'
import { addGetOptions, addResumeOptions, addServeOptions } from './dtp/options.ts'
import { addKnobOptions, addRunOptions, addWeatherOptions } from './link/options.ts'
import { addStationServeOptions } from './serve/options.ts'
import { addStationOptions } from './station/options.ts'
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
  addServe(program, run)
  addTransfers(program, run)
  addBuckets(program, run)
  addCfdp(program, run)
  addCsp(program, run)
  addDtp(program, run)
  addCdp(program, run)
  addDecode(program, run)
  addLink(program, run)
  addWorld(program, run)
  addConfig(program, run)
  return program
}

type Run = (command: Command, load: () => Promise<Action>) => void

function addServe(program: Command, run: Run): void {
  const serve = program
    .command('serve')
    .description('the station: transfers that survive anything, and their API')
  addStationServeOptions(serve).addHelpText(
    'after',
    `
SIGTERM stops it gracefully: its transfers go on at the next start, as they do after kill -9.

Examples:
  skyferry serve --config skyferry.yaml
  skyferry serve --print-config > skyferry.yaml

A ground station, and in another terminal a spacecraft for it to talk to
  skyferry serve --data-dir ./ground
  skyferry serve --as craft --data-dir ./craft --http 127.0.0.1:8091 \\
    --listen 127.0.0.1:5222 --peer 127.0.0.1:5111`,
  )
  run(serve, async () => (await import('./serve/command.ts')).serveCommand)
}

function addTransfers(program: Command, run: Run): void {
  const put = program
    .command('put')
    .description('send files through a station, and stay until the far end has them')
    .argument('<file...>', 'files, and last ENTITY:PATH; a PATH that ends with / is a folder there')
    .option('--bucket <name>', 'where the station keeps them (cfdpUp)')
    .option('--service <name>', 'which service sends them (the first that knows ENTITY)')
    .option('--class <number>', '1: unacknowledged, 2: acknowledged (as the service says)')
    .option('--closure', 'class 1: ask the receiver to say how it ended')
    .option('--detach', 'do not wait for the end')
  addStationOptions(put).addHelpText(
    'after',
    `
Exit status: 0 the far end has them all, 1 a transfer failed, 2 wrong usage, 3 no station, 130 interrupted

Example:
  skyferry put image.raw craft:images/`,
  )
  run(put, async () => (await import('./station/put.ts')).putCommand)

  const get = program
    .command('get')
    .description('fetch a file of a remote entity through a station')
    .argument('<entity:path>', 'whose file, and its name there')
    .argument('[file]', 'where to (its own name)')
    .option('--bucket <name>', 'where the station keeps it (as it does with what comes from ENTITY)')
    .option('--service <name>', 'which service asks (the first that knows ENTITY)')
    .option('--class <number>', '1: unacknowledged, 2: acknowledged (as the remote entity sends)')
  addStationOptions(get).addHelpText(
    'after',
    '\nExample:\n  skyferry get craft:telemetry/today.bin ./today.bin',
  )
  run(get, async () => (await import('./station/get.ts')).getCommand)

  const list = program
    .command('ls')
    .description('the files in a directory of a remote entity')
    .argument('<entity:path>', 'whose directory, and its name there; nothing after the colon: its root')
  addStationOptions(list).addHelpText('after', '\nExample:\n  skyferry ls craft:telemetry')
  run(list, async () => (await import('./station/get.ts')).listRemoteCommand)

  const events = program
    .command('events')
    .description('what a station has said')
    .option('--follow', 'go on with what it says')
  addStationOptions(events).addHelpText('after', '\nExample:\n  skyferry events --follow')
  run(events, async () => (await import('./station/station-commands.ts')).eventsCommand)

  const transfers = program
    .command('transfers')
    .description('the transfers of a station')
    .option('--watch', 'go on, and show what changes')
    .option('--state <state>', 'only those in this state (repeatable)', gather)
    .option('--limit <number>', 'at most so many, the newest (100)')
  addStationOptions(transfers).addHelpText(
    'after',
    '\nExample:\n  skyferry transfers --watch --state running',
  )
  run(transfers, async () => (await import('./station/transfers.ts')).transfersCommand)

  const transfer = program
    .command('transfer')
    .description('look at one transfer, or steer it')
    .argument('<action>', 'show, pause, resume, cancel, retry, explain or report')
    .argument('<id>', 'its id, as skyferry transfers shows it')
  addStationOptions(transfer).addHelpText('after', '\nExample:\n  skyferry transfer explain 17')
  run(transfer, async () => (await import('./station/transfers.ts')).transferCommand)
}

function addBuckets(program: Command, run: Run): void {
  const bucket = program.command('bucket').description('objects in the buckets of a station')
  const list = bucket
    .command('ls')
    .description('buckets, or the objects in one')
    .argument('[bucket/prefix]', 'without it: the buckets')
  addStationOptions(list).addHelpText('after', '\nExample:\n  skyferry bucket ls cfdpDown/images/')
  run(list, async () => (await import('./station/bucket.ts')).listCommand)

  const put = bucket
    .command('put')
    .description('write a file to a bucket')
    .argument('<file>', 'what to write')
    .argument('<bucket/object>', 'where to; ending with / or a bucket alone: under its own name')
  addStationOptions(put).addHelpText('after', '\nExample:\n  skyferry bucket put image.raw cfdpUp/')
  run(put, async () => (await import('./station/bucket.ts')).putObjectCommand)

  const get = bucket
    .command('get')
    .description('read an object into a file')
    .argument('<bucket/object>', 'which one')
    .argument('[file]', 'where to (its own name)')
    .option('--follow', 'also one that is still arriving: its octets as they come, to the end')
  addStationOptions(get).addHelpText(
    'after',
    '\nExample:\n  skyferry bucket get cfdpDown/image.raw ./image.raw',
  )
  run(get, async () => (await import('./station/bucket.ts')).getObjectCommand)

  const remove = bucket
    .command('rm')
    .description('remove objects')
    .argument('<bucket/object...>', 'which ones')
  addStationOptions(remove).addHelpText('after', '\nExample:\n  skyferry bucket rm cfdpUp/image.raw')
  run(remove, async () => (await import('./station/bucket.ts')).removeObjectCommand)
}

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

function addCsp(program: Command, run: Run): void {
  const csp = program.command('csp').description('the CubeSat Space Protocol: tools, a hub and a bridge')
  const load = async () => await import('./csp/command.ts')
  const tool = (name: string, operands: string, description: string): Command =>
    csp
      .command(`${name} ${operands}`)
      .description(description)
      .option('--timeout <duration>', 'how long to wait for an answer (1s)')

  const ping = tool('ping', '<node>', 'send octets there and back')
    .option('--size <octets>', 'octets to send (100)')
    .option('--count <number>', 'how often (4)')
    .option('--interval <duration>', 'pause between two (1s)')
  addCspOptions(ping).addHelpText(
    'after',
    `
Example: ping node 20 through the hub on this machine, as node 10 of the network 0/8
  skyferry csp ping 20 --link zmq:localhost --address 10 --netmask 8

Exit status: 0 an answer came, 2 wrong usage, 3 no link or no answer, 130 interrupted`,
  )
  run(ping, async () => (await load()).pingCommand)

  const ident = addCspOptions(tool('ident', '<node>', 'ask a node who it is; a broadcast address asks all'))
  ident.addHelpText('after', '\nExample:\n  skyferry csp ident 16383 --link zmq:localhost')
  run(ident, async () => (await load()).identCommand)

  const ps = addCspOptions(tool('ps', '<node>', 'list the processes of a node'))
  ps.addHelpText('after', '\nExample:\n  skyferry csp ps 20 --link udp:10.0.0.2:9220')
  run(ps, async () => (await load()).psCommand)

  for (const [name, description] of [
    ['memfree', 'free memory of a node'],
    ['bufs', 'free packet buffers of a node'],
    ['uptime', 'how long a node has been running'],
  ] as const) {
    const command = addCspOptions(tool(name, '<node>', description))
    command.addHelpText('after', `\nExample:\n  skyferry csp ${name} 20 --link kiss:/dev/ttyUSB0`)
    run(command, async () => (await load()).numberCommand(name))
  }

  const ifstat = addCspOptions(tool('ifstat', '<node> <interface>', 'counters of one interface of a node'))
  ifstat.addHelpText('after', '\nExample:\n  skyferry csp ifstat 20 ZMQHUB --link zmq:localhost')
  run(ifstat, async () => (await load()).ifstatCommand)

  const scan = addCspOptions(tool('scan', '[nodes]', 'find the nodes of a range of addresses (our subnet)'))
  scan.addHelpText('after', '\nExample:\n  skyferry csp scan 1-30 --link zmq:localhost --timeout 200ms')
  run(scan, async () => (await load()).scanCommand)

  const hub = csp
    .command('hub')
    .description('a ZeroMQ hub for nodes, in the place of zmqproxy; it can record, and stand for a bad link')
    .option('--publish <host:port>', 'where nodes publish to (0.0.0.0:6000)')
    .option('--subscribe <host:port>', 'where nodes subscribe (0.0.0.0:7000)')
    .option('--capture <file.pcap>', 'record every message, as UDP between the two ports')
  addRunOptions(addWeatherOptions(hub)).addHelpText(
    'after',
    `
Example: a hub that loses every twentieth packet
  skyferry csp hub --publish 127.0.0.1:6000 --subscribe 127.0.0.1:7000 --loss 5% --seed 7`,
  )
  run(hub, async () => (await import('./csp/hub.ts')).hubCommand)

  const bridge = addCspOptions(
    csp.command('bridge').description('join two links: what comes in at one goes out at the other'),
  )
  bridge.addHelpText(
    'after',
    `
Example: a radio on a serial line, joined to a hub. The speed of the line is set before, with stty.
  stty -F /dev/ttyUSB0 115200
  skyferry csp bridge --address 9 --link kiss:/dev/ttyUSB0 --link zmq:localhost`,
  )
  run(bridge, async () => (await load()).bridgeCommand)
}

function addDtp(program: Command, run: Run): void {
  const dtp = program
    .command('dtp')
    .description('the Data Transfer Protocol over CSP: fetch and serve payloads')
  const load = async () => await import('./dtp/command.ts')
  const get = dtp
    .command('get')
    .description('fetch a payload, in as many rounds as it takes; repeated after a kill, it goes on')
    .argument('[payload]', 'its id, 0 to 255; or --memory')
  addGetOptions(get).addHelpText(
    'after',
    `
Beside FILE stand FILE.session, which is ours, and FILE.meta, which the C library understands; both go when FILE is whole.

Example: payload 1 of node 20 through the hub on this machine
  skyferry dtp get 1 --server 20 -o image.raw --link zmq:localhost --mtu 1008 --throughput 500kB/s

Exit status: 0 done and verified, 1 the transfer failed, 2 wrong usage, 3 no link, 130 interrupted`,
  )
  run(get, async () => (await load()).getCommand)

  const resume = dtp
    .command('resume')
    .description('go on with a transfer that was interrupted, ours or a C client’s')
    .argument('[file]', 'the file that it goes to; FILE.session or FILE.meta stands beside it')
  addResumeOptions(resume).addHelpText(
    'after',
    '\nExample:\n  skyferry dtp resume image.raw --link zmq:localhost',
  )
  run(resume, async () => (await load()).resumeCommand)

  const info = dtp
    .command('info')
    .description('how large a payload is')
    .argument('[payload]', 'its id, 0 to 255')
    .requiredOption('--server <node>', 'address of the server')
  addCspOptions(info).addHelpText(
    'after',
    '\nExample:\n  skyferry dtp info 1 --server 20 --link zmq:localhost',
  )
  run(info, async () => (await load()).infoCommand)

  const serve = dtp.command('serve').description('serve payloads to whoever asks, until interrupted')
  addServeOptions(serve).addHelpText(
    'after',
    `
Example: two files as node 20
  skyferry dtp serve --payload 1=image.raw --payload 2=log.txt --address 20 --link zmq:localhost`,
  )
  run(serve, async () => (await load()).serveCommand)
}

function addCdp(program: Command, run: Run): void {
  const cdp = program
    .command('cdp')
    .description('CDP, the Controller Datagram Protocol: verified, ordered, half-duplex')
  const cat = (verb: string, where: string, what: string): Command =>
    cdp
      .command(verb)
      .description(what)
      .argument('<host:port>', where)
      .option('--mode <mode>', 'stream: one way, then Close; exchange: one turn each way', 'stream')
      .option('--idle <duration>', 'silence of the peer after which the connection is closed (120s)')
      .option('--give-up <duration>', 'silence after which unacknowledged payloads are given up (30s)')
      .option('--json', 'one JSON object per line on stdout')
  const listen = cat('listen', 'where to listen', 'take one connection, and write its payloads to stdout')
    .option('--validation <kind>', 'none, limit or cookie; needed where others than this machine can send')
    .addHelpText(
      'after',
      `
Example:
  skyferry cdp listen 127.0.0.1:7017 > received`,
    )
  run(listen, async () => (await import('./cdp/command.ts')).listenCommand)
  const connect = cat('connect', 'where somebody listens', 'send stdin as payloads, and close')
    .option('--line', 'one payload per line')
    .option('--cookie', 'answer a server that asks for a cookie')
    .addHelpText(
      'after',
      `
Example:
  echo hello | skyferry cdp connect 127.0.0.1:7017`,
    )
  run(connect, async () => (await import('./cdp/command.ts')).connectCommand)
  const decode = cdp
    .command('decode')
    .description('what datagrams say, octet by octet')
    .argument('<input...>', 'hexadecimal digits, a file (pcap or hexadecimal lines), or - for stdin')
    .option('--json', 'one JSON object per datagram on stdout')
    .addHelpText('after', '\nExample:\n  skyferry cdp decode 20006869')
  run(decode, async () => (await import('./cdp/command.ts')).cdpDecodeCommand)
}

function addDecode(program: Command, run: Run): void {
  const decode = program
    .command('decode')
    .description('what octets say, field by field, with the section of the standard')
    .argument(
      '<input...>',
      '[cfdp|cdp] then hexadecimal digits, a file (pcap or hexadecimal lines), or - for stdin',
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
  const status = link.command('status').description('the links of a station')
  addStationOptions(status).addHelpText('after', '\nExample:\n  skyferry link status')
  run(status, async () => (await import('./station/station-commands.ts')).linkListCommand)
  for (const state of ['up', 'down'] as const) {
    const turn = link
      .command(state)
      .description(`command a link of a station ${state}`)
      .argument('<link>', 'its name, as skyferry link status shows it')
    addStationOptions(turn).addHelpText('after', `\nExample:\n  skyferry link ${state} cfdp`)
    run(turn, async () => {
      const commands = await import('./station/station-commands.ts')
      return state === 'up' ? commands.linkUpCommand : commands.linkDownCommand
    })
  }
  const plan = link
    .command('plan')
    .description('say when a remote entity can be heard')
    .argument('<entity>', 'name or id')
    .argument('<window...>', 'FROM/TO in UTC, any number of them; or always, never, up, down, auto')
  addStationOptions(plan).addHelpText(
    'after',
    `
always and never are plans; up and down are commands, which go before any plan until auto takes them back.

Example: one pass
  skyferry link plan craft 2026-01-31T10:00:00Z/2026-01-31T10:12:00Z`,
  )
  run(plan, async () => (await import('./station/station-commands.ts')).linkPlanCommand)
  const capture = link
    .command('capture')
    .description('record what a link of a station carries, both ways')
    .argument('<link>', 'its name, as skyferry link status shows it')
    .argument('[file]', "a name in the station's folder of captures; a file of that name is replaced")
    .option('--stop', 'complete the file')
  addStationOptions(capture).addHelpText('after', '\nExample:\n  skyferry link capture cfdp pass-12.pcap')
  run(capture, async () => (await import('./station/station-commands.ts')).linkCaptureCommand)
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
