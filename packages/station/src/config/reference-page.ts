/** The reference page of the configuration, made from the tables that the parser reads with. */
import { AS_BELOW, usualText } from './composite-types.ts'
import { YAMCS_CLASS } from './configuration.ts'
import { LOCAL_ENTITY, REMOTE_ENTITY, towardsRemote } from './entity-options.ts'
import { COMING_LINKS, LINK } from './link-options.ts'
import { type Ignored, type Option, optionsOf, type Table, type Writing } from './option-table.ts'
import { CONFIG_WARNING_CODES } from './problems.ts'
import { SECTIONS } from './sections.ts'
import {
  COMING_SERVICES,
  IGNORED_SERVICE_OPTIONS,
  SERVICE_LINK,
  SERVICE_NAME,
  serviceOptions,
} from './service-options.ts'
import { BUCKET, COMING_BUCKETS, HTTP, STATION, TLS, TOKENS } from './station-options.ts'

/** `docs/operating/configuration.md`, whole. */
export function configurationPage(): string {
  return [
    INTRODUCTION,
    section('Sections', 'The outermost level of the file.', table(SECTIONS)),
    section('`station`', '', table(STATION)),
    section('`http`', '', table(HTTP)),
    section('`http.tokens[]`', 'A bare text is a token that may do everything.', table(TOKENS)),
    section('`http.tls`', '', table(TLS)),
    section('`buckets[]`', `To come: ${words(COMING_BUCKETS)}.`, table(BUCKET)),
    section('`links[]`', `To come: ${words(COMING_LINKS)}.`, table(LINK)),
    IMPAIRMENT,
    CONTACTS,
    section('`services[]`', SERVICES, servicesTable()),
    section('Accepted, without effect', 'Each gives a warning.', ignoredTable(IGNORED_SERVICE_OPTIONS)),
    section('`localEntities[]`', '', table(LOCAL_ENTITY)),
    section('`remoteEntities[]`', REMOTES, table(identityOf())),
    CHECKS,
  ]
    .join('\n\n')
    .concat('\n')
}

const INTRODUCTION = `# The configuration of a station

<!-- Made from the tables in packages/station/src/config; "npx vitest run packages/station/test/config -u" writes it anew. -->

One YAML file. \`skyferry config check FILE\` says what is wrong with it, with line and option, and what is unwise;
\`skyferry serve --print-config\` prints everything that holds, each option with its explanation, as a file that means the same.

\`\`\`yaml
station: { name: ground, dataDir: ./data }
http: { listen: 127.0.0.1:8090 }
instance: ops
buckets:
  - { name: cfdpUp }
  - { name: cfdpDown, quota: 10GiB }
links:
  - { name: cfdp, type: udp, listen: 127.0.0.1:5111, peer: 127.0.0.1:5222, rate: 1Mbit/s, mtu: 1400 }
services:
  - class: cfdp
    name: cfdp0
    localEntities: [{ id: 11, name: ground }]
    remoteEntities: [{ id: 5, name: craft, lightTime: 1.3s }]
\`\`\`

- **Units.** Durations \`250ms\`, \`1.3s\`, \`10min\`, \`1h30m\`; a bare number is milliseconds. Sizes \`512\`, \`64kB\`, \`10MiB\`; a bare
  number is octets. Rates \`9600bit/s\`, \`1Mbit/s\`, \`2MB/s\`; a bare number is bit/s.
- **Paths** are relative to the folder of the file.
- **Nothing is ignored in silence.** An option that is not known is an error, and so is one that is given twice.
- **Anchors and aliases** work; tags, merge keys (\`<<\`) and a second document do not.
- **With no file**, or one without both \`links\` and \`services\`, there is one UDP link and one service of class \`cfdp\` on it.`

const IMPAIRMENT = `### \`links[].impairment\`

Bad weather in both directions, and what differs in one: \`there\` is what we send, \`back\` what we receive. The knobs are those of
\`skyferry link emulate --help\`, and \`outages\`, a list of FROM-TO counted from the start. With \`seed\` the same traffic has the same fate.

\`\`\`yaml
links:
  - name: cfdp
    type: udp
    listen: 127.0.0.1:5111
    peer: 127.0.0.1:5222
    impairment: { loss: 5%, delay: 40ms, seed: 7, outages: [60s-90s], back: { loss: 1% } }
\`\`\``

const CONTACTS = `## \`contacts\`

A file, or the same map in its place: for each remote entity, by its name, its id or what its \`contact\` says, a list of windows in
which it can be reached. Times have their zone. Who is not named is always in contact. Transfers wait outside the windows.

\`\`\`yaml
contacts:
  craft:
    - { from: 2030-01-01T10:00:00Z, to: 2030-01-01T10:12:00Z }
    - { from: 2030-01-01T11:35:00Z, to: 2030-01-01T11:47:30Z }
\`\`\``

const SERVICES = `Two classes do the same with other defaults. \`${YAMCS_CLASS}\` takes its options under \`args\`, as Yamcs does, and behaves
by default as Yamcs describes it; its \`inStream\` and \`outStream\` are mapped to a link by \`streams\`. \`cfdp\` takes them beside
\`class\` and \`name\`, and waits, adapts and resumes by itself. To come: ${words(COMING_SERVICES)}.

The fault handlers are maps from faults to \`suspend\`, \`cancel\`, \`abandon\` or \`ignore\` (which Yamcs does not have).`

const REMOTES = `Besides these, every option of a service that concerns the peer can be given for one remote entity and counts more than the
service's: ${words(optionsOf(towardsRemote('patient')).map(([name]) => name))}.`

const CHECKS = `## What \`config check\` finds unwise

The station starts all the same. [What each means](codes.md#configuration): ${words(CONFIG_WARNING_CODES)}.`

const WRITING: Writing = { style: 'units', explained: new Set() }
const YAMCS_WRITING: Writing = { style: 'yamcs', explained: new Set() }

function section(title: string, text: string, body: string): string {
  const level =
    title.startsWith('`http.') || title.endsWith('Entities[]`') || title.startsWith('Accepted') ? '###' : '##'
  return [`${level} ${title}`, ...(text === '' ? [] : [text]), body].join('\n\n')
}

/** Name, default, what it takes, what it is for. */
function table<Values>(options: Table<Values>): string {
  const rows = optionsOf(options).map(([name, option]) => [
    `\`${name}\``,
    usualCell(option, WRITING),
    option.type.what,
    option.about,
  ])
  return grid(['option', 'default', 'takes', 'for'], rows)
}

function servicesTable(): string {
  const yamcs = new Map(optionsOf(serviceOptions('yamcs')))
  const native = optionsOf(serviceOptions('patient'))
  const rows = native.map(([name, option]) => [
    `\`${name}\``,
    usualCell(yamcs.get(name)!, YAMCS_WRITING),
    usualCell(option, WRITING),
    option.type.what,
    `${option.about}${option.origin === 'yamcs' ? ' (newer Yamcs)' : option.origin === 'skyferry' ? ' (ours)' : ''}`,
  ])
  const name = [
    '`name`',
    usualCell(SERVICE_NAME[YAMCS_CLASS], WRITING),
    usualCell(SERVICE_NAME.cfdp, WRITING),
    SERVICE_NAME.cfdp.type.what,
    SERVICE_NAME.cfdp.about,
  ]
  const link = [
    '`link`',
    '',
    usualCell(SERVICE_LINK, WRITING),
    SERVICE_LINK.type.what,
    `${SERVICE_LINK.about} (ours)`,
  ]
  return grid(
    ['option', `default of \`${YAMCS_CLASS}\``, 'default of `cfdp`', 'takes', 'for'],
    [name, link, ...rows],
  )
}

/** The options of a remote entity that are not the service's as well. */
function identityOf(): Table<object> {
  const shared = towardsRemote('patient')
  const own = optionsOf(REMOTE_ENTITY).filter(([name]) => !Object.hasOwn(shared, name))
  return Object.fromEntries(own) as Table<object>
}

function ignoredTable(ignored: Ignored): string {
  return grid(
    ['option', 'why'],
    Object.entries(ignored).map(([name, why]) => [`\`${name}\``, why]),
  )
}

function usualCell(option: Option<unknown>, writing: Writing): string {
  if (option.required === true) return 'required'
  const text = usualText(option, writing)
  if (text === undefined) return 'none'
  return option.usually === undefined && text !== AS_BELOW ? `\`${text}\`` : text
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function words(names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ')
}
