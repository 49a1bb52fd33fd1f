/** What a configuration may say and an operator had better not: each a warning with its reason. */
import { type RemoteSettings, silenceAllowed } from '@skyferry/cfdp'
import type { WeatherSettings } from '@skyferry/sim'
import { nearest, octetsNeeded, writeDuration } from '@skyferry/units'
import { packetOverhead } from '../bindings/carrier.ts'
import { remoteSettingsTowards } from './cfdp-settings.ts'
import {
  type CfdpServiceConfig,
  type Configuration,
  type LinkConfig,
  type RemoteEntityConfig,
  type TowardsRemote,
  YAMCS_CLASS,
} from './configuration.ts'
import { isoTime, longestOutage } from './contact-plan.ts'
import { entityName, settingsTowards, windowsOf } from './entities.ts'
import { carrierOf } from './link-carrier.ts'
import { weatherOf } from './link-options.ts'
import type { Places } from './places.ts'
import type { ConfigWarningCode } from './problems.ts'
import { isLoopback } from './references.ts'

/**
 * @param declaredStreams the streams that were written, not those that follow from having one link
 * @param now             milliseconds since 1970
 */
export function findUnwise(
  configuration: Configuration,
  declaredStreams: ReadonlyMap<string, string>,
  places: Places,
  now: number,
): void {
  const { http, links, services } = configuration
  if (http.tokens.length > 0 && http.tls === undefined && !isLoopback(http.listen.host)) {
    places.warn(
      'plain-token',
      ['http.listen'],
      'tokens cross the network readable by anybody; add tls, or a proxy that has it',
    )
  }
  if (services.length === 0)
    places.warn('no-service', ['services'], 'there is no service, so nothing is transferred')
  for (const link of links) {
    if (services.some(each => each.link === link.name)) continue
    places.warn('unused-link', [`${places.pathOf(link)}.name`], `no service uses link ${link.name}`)
  }
  findStreams(services, declaredStreams, places)
  for (const service of services) {
    const link = links.find(each => each.name === service.link)!
    for (const remote of service.remoteEntities) {
      const judge = new Judge(service, remote, link, places)
      judge.timers()
      judge.sizes()
      judge.losses()
      judge.peer()
      judge.contacts(configuration, now)
    }
  }
}

function findStreams(
  services: readonly CfdpServiceConfig[],
  declared: ReadonlyMap<string, string>,
  places: Places,
): void {
  if (declared.size === 0) return
  const used = services
    .filter(service => service.class === YAMCS_CLASS)
    .flatMap(service => (['inStream', 'outStream'] as const).map(option => ({ service, option })))
  const streams = new Set(used.map(({ service, option }) => service[option]))
  for (const { service, option } of used) {
    const stream = service[option]
    if (declared.has(stream)) continue
    const near = nearest(
      stream,
      [...declared.keys()].filter(each => !streams.has(each)),
    )
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    const text = `stream ${stream} is not listed under streams${hint}; it is taken to be link ${service.link}`
    places.warn('unlisted-stream', [`${places.pathOf(service)}.args.${option}`], text)
  }
  for (const stream of declared.keys()) {
    if (services.some(each => each.inStream === stream || each.outStream === stream)) continue
    places.warn('unused-stream', [`streams.${stream}`], `no service uses stream ${stream}`)
  }
}

/** Judges the settings towards one remote entity. */
class Judge {
  readonly #service: CfdpServiceConfig
  readonly #remote: RemoteEntityConfig
  readonly #link: LinkConfig
  readonly #places: Places
  readonly #settings: TowardsRemote
  readonly #engine: RemoteSettings<unknown>
  readonly #weather: readonly WeatherSettings[]
  readonly #who: string

  constructor(service: CfdpServiceConfig, remote: RemoteEntityConfig, link: LinkConfig, places: Places) {
    this.#service = service
    this.#remote = remote
    this.#link = link
    this.#places = places
    this.#settings = settingsTowards(service, remote)
    this.#engine = remoteSettingsTowards(service, remote, link)
    const weather = weatherOf(link)
    this.#weather = link.impairment === undefined ? [] : [weather.there, weather.back]
    this.#who = entityName(remote)
  }

  timers(): void {
    const settings = this.#settings
    const delays = this.#weather.reduce((total, { delayMs }) => total + delayMs, 0)
    const roundTrip = Math.max(2 * settings.lightTime, delays)
    for (const option of TIMERS) {
      const value = settings[option]
      if (value === 'adaptive' || value > roundTrip || roundTrip === 0) continue
      const text = `${writeDuration(value)} is over before an answer of ${this.#who} can be here: the round trip takes ${writeDuration(roundTrip)}`
      this.#warn('short-timer', option, text)
    }
    const { nakTimeout, sleepBetweenPdus } = settings
    const inactivityTimeout = silenceAllowed(settings)
    if (nakTimeout !== 'adaptive' && inactivityTimeout <= nakTimeout) {
      const text = `${writeDuration(inactivityTimeout)} is over before missing data is asked for again (nakTimeout)`
      this.#warn('short-timer', 'inactivityTimeout', text)
    }
    if (sleepBetweenPdus >= inactivityTimeout) {
      this.#warn(
        'short-timer',
        'sleepBetweenPdus',
        'a receiver with our inactivityTimeout gives up between two PDUs',
      )
    }
    if (settings.nakLimit === 0) {
      this.#warn(
        'nak-limit-zero',
        'nakLimit',
        '0 means no limit here, and no repeat for eofAckLimit and finAckLimit; write -1',
      )
    }
    const { finAckTimeout, finAckLimit } = settings
    const repeats = finAckTimeout === 'adaptive' || finAckLimit < 0 ? 0 : (finAckLimit + 1) * finAckTimeout
    if (this.#service.pendingAfterCompletion <= Math.max(repeats, roundTrip)) {
      const text =
        'a transfer is forgotten while its last PDUs may still be repeated; they will seem to begin another'
      this.#warn('forgets-early', 'pendingAfterCompletion', text)
    }
  }

  sizes(): void {
    const { sleepBetweenPdus, entityIdLength } = this.#settings
    const { maxPduSize } = this.#engine
    const { mtu, rate, overhead, name } = this.#link
    const around = packetOverhead(carrierOf(this.#link))
    const room = Math.min(mtu - around, ...this.#weather.map(each => each.mtuOctets))
    if (maxPduSize > room) {
      const text = `PDUs of ${maxPduSize} octets do not fit link ${name}, ${around === 0 ? 'whose mtu is' : 'whose packets have room for'} ${room}`
      this.#warn('pdu-over-mtu', 'maxPduSize', text)
    }
    const widest = [this.#remote, ...this.#service.localEntities].reduce((one, other) =>
      other.id > one.id ? other : one,
    )
    const needed = octetsNeeded(widest.id)
    if (needed > entityIdLength) {
      const text = `entity id ${widest.id} does not fit ${entityIdLength} octets; ${needed} are used`
      this.#warn('id-too-wide', 'entityIdLength', text)
    }
    if (rate === undefined) {
      if (sleepBetweenPdus > 0 || (this.#remote.profile ?? this.#service.profile) === 'patient') return
      const text = `neither it nor link ${name} sets a pace; 1 Mbit/s is assumed`
      this.#warn('no-pace', 'sleepBetweenPdus', text)
      return
    }
    if (sleepBetweenPdus > 0) {
      const text = `link ${name} has a rate, and waiting between PDUs as well wastes what it carries; leave one of them out`
      this.#warn('two-paces', 'sleepBetweenPdus', text)
    }
    const airTime = ((maxPduSize + around + overhead) * 8000) / rate
    for (const option of ['eofAckTimeout', 'finAckTimeout', 'nakTimeout'] as const) {
      const value = this.#settings[option]
      if (value === 'adaptive' || value > airTime) continue
      const text = `${writeDuration(value)} is less than the ${Math.ceil(airTime)} ms that one PDU takes on link ${name}`
      this.#warn('slow-link', option, text)
    }
  }

  losses(): void {
    const { defaultClass, checksumType, crcOnTransmit } = this.#settings
    const lossy = this.#weather.some(
      each => each.loss > 0 || each.burstStart > 0 || each.corruption > 0 || each.outages.length > 0,
    )
    if (defaultClass === 1 && lossy) {
      const text = `class 1 repairs nothing, and link ${this.#link.name} loses datagrams`
      this.#warn('unrepaired-loss', 'defaultClass', text)
    }
    if (checksumType === 'NULL' && !crcOnTransmit) {
      this.#warn(
        'unchecked-data',
        'checksumType',
        'with no checksum, and no CRC on PDUs, nobody notices damaged data',
      )
    }
  }

  peer(): void {
    const { limits } = this.#engine
    const { defaultClass, closureRequested, dialect } = this.#settings
    const { checksumType, crcOnTransmit, maxPduSize, entityIdLength, sequenceLength } = this.#engine
    const found: [option: string, isBeyond: boolean | undefined, what: string][] = [
      ['defaultClass', limits.unacknowledgedOnly && defaultClass === 2, 'knows class 1 only'],
      ['closureRequested', limits.noClosure && closureRequested, 'sends no Finished in class 1'],
      ['crcOnTransmit', limits.noCrc && crcOnTransmit, 'reads no PDU with a CRC'],
      ['checksumType', limits.checksumTypes?.includes(checksumType) === false, 'does not know this checksum'],
      [
        'maxPduSize',
        maxPduSize > (limits.pduOctetsMax ?? Infinity),
        `reads PDUs of ${limits.pduOctetsMax} octets at most`,
      ],
      [
        'entityIdLength',
        limits.widths?.includes(entityIdLength) === false,
        `reads no ids of ${entityIdLength} octets`,
      ],
      [
        'sequenceNrLength',
        limits.widths?.includes(sequenceLength) === false,
        `reads no sequence numbers of ${sequenceLength} octets`,
      ],
    ]
    for (const [option, isBeyond, what] of found) {
      if (isBeyond === true) this.#warn('beyond-peer', option, `${this.#who} (${dialect}) ${what}`)
    }
  }

  contacts({ contacts }: Configuration, now: number): void {
    // What is adaptive suspends, and goes on by itself.
    const isPatient = this.#settings.inactivityTimeout === 'adaptive'
    const inactivityTimeout = isPatient ? Infinity : silenceAllowed(this.#settings)
    const windows = windowsOf(contacts, this.#remote)
    const planned = windows === undefined ? 0 : longestOutage(windows)
    const rehearsed = this.#weather.flatMap(each => each.outages).map(each => each.to - each.from)
    const longest = Math.max(planned, ...rehearsed)
    if (inactivityTimeout < longest) {
      const text = `${writeDuration(inactivityTimeout)} is shorter than an outage of ${writeDuration(longest)} towards ${this.#who}; an end that does not know the plan gives up in it`
      this.#warn('long-outage', 'inactivityTimeout', text)
    }
    if (windows !== undefined && !windows.some(each => each.to > now)) {
      const last = windows.at(-1)
      const text = `the contact plan of ${this.#who} ${last === undefined ? 'has no window' : `ended ${isoTime(last.to)}`}: transfers will wait for ever`
      this.#places.warn('past-contacts', ['contacts'], text)
    }
  }

  /** At the entity's own option where it has one, else the service's. */
  #warn(code: ConfigWarningCode, option: string, text: string): void {
    const service = this.#places.pathOf(this.#service)
    const inner = this.#service.class === YAMCS_CLASS ? `${service}.args` : service
    const own = `${this.#places.pathOf(this.#remote)}.${option}`
    this.#places.warn(code, [own, `${service}.args.${option}`, `${inner}.${option}`], text)
  }
}

const TIMERS = [
  'eofAckTimeout',
  'finAckTimeout',
  'nakTimeout',
  'inactivityTimeout',
  'checkAckTimeout',
] as const
