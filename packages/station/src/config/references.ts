/** What is wrong between parts of a configuration: names given twice, names of nothing, what cannot be together. */
import { suggestion, writeHostPort } from '@skyferry/units'
import { packetOverhead } from '../bindings/carrier.ts'
import type { CfdpServiceConfig, Configuration, LinkConfig } from './configuration.ts'
import { contactNames, entityName, settingsTowards } from './entities.ts'
import { calls, carrierOf, hasPackets, isStream } from './link-carrier.ts'
import { LINK } from './link-options.ts'
import type { Places } from './places.ts'
import { unknownLink } from './read-service.ts'

export function checkReferences(configuration: Configuration, places: Places): void {
  checkHttp(configuration, places)
  checkNames(configuration, places)
  for (const link of configuration.links) checkLink(link, places)
  checkStreams(configuration, places)
  checkContacts(configuration, places)
  for (const service of configuration.services) {
    checkEntities(service, places)
    checkAddresses(service, configuration, places)
    checkPduSizes(service, places)
  }
  checkSharedLinks(configuration, places)
}

function checkHttp({ http }: Configuration, places: Places): void {
  if (http.tokens.length > 0 || isLoopback(http.listen.host) || places.isDamaged('http')) return
  const text = `${writeHostPort(http.listen)} can be reached from other machines, and there are no tokens; add some, or listen on 127.0.0.1`
  places.error('config-public-without-token', ['http.listen'], text)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host)
}

function checkNames({ buckets, links, services }: Configuration, places: Places): void {
  checkTwice('the name', 'name', buckets, each => each.name, places)
  checkTwice('the name', 'name', links, each => each.name, places)
  checkTwice('the name', 'name', services, each => each.name, places)
  checkTwice('the folder', 'path', buckets, each => each.path, places)
  const portOf = ({ listen }: LinkConfig): string | undefined =>
    listen === undefined || listen.port === 0 ? undefined : writeHostPort(listen)
  const [streams, others] = [links.filter(isStream), links.filter(link => !isStream(link))]
  for (const each of [streams, others]) checkTwice('the address', 'listen', each, portOf, places)
}

/** A PDU with a header, and a NAK in it: what a link has to carry. */
const PDU_OCTETS_MIN = 42
const PACKET_OPTIONS = ['apid', 'packetType', 'packetHeader', 'packetCrc'] as const

/** What its type needs, and what it has no use for. */
function checkLink(link: LinkConfig, places: Places): void {
  const path = places.pathOf(link)
  const needed = calls(link) ? 'peer' : 'listen'
  if (link[needed] === undefined && !places.isDamaged(`${path}.${needed}`)) {
    places.error('config-missing', [`${path}.${needed}`], `is missing: ${LINK[needed].about}`)
  }
  if (calls(link) && link.listen !== undefined) {
    const text = `${link.type} calls its peer; to be called, ${link.type}-listen`
    places.error('config-bad-value', [`${path}.listen`], text)
  }
  for (const option of PACKET_OPTIONS) {
    if (hasPackets(link) || link[option] === undefined) continue
    places.error('config-bad-value', [`${path}.${option}`], `${link.type} has no space packets`)
  }
  if (link.mtu - packetOverhead(carrierOf(link)) >= PDU_OCTETS_MIN) return
  places.error('config-bad-value', [`${path}.mtu`], `${link.mtu} octets have no room for a packet and a PDU`)
}

/** Reports every value that an earlier item has already. */
function checkTwice<Item extends object>(
  what: string,
  option: string,
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
  places: Places,
): void {
  const seen = new Map<string, Item>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const before = seen.get(key)
    if (before === undefined) {
      seen.set(key, item)
      continue
    }
    const line = places.lineOf(`${places.pathOf(before)}.${option}`)
    places.error(
      'config-duplicate',
      [`${places.pathOf(item)}.${option}`],
      `${what} ${key} is taken, in line ${line}`,
    )
  }
}

function checkStreams({ streams, links }: Configuration, places: Places): void {
  if (places.isDamaged('links')) return
  for (const [stream, link] of streams) {
    if (links.some(each => each.name === link)) continue
    places.error('config-unknown-reference', [`streams.${stream}`], unknownLink(link, links))
  }
}

function checkContacts({ contacts, services }: Configuration, places: Places): void {
  if (places.isDamaged('services')) return
  const remotes = services.flatMap(service => service.remoteEntities)
  const known = new Set(remotes.flatMap(contactNames))
  for (const name of contacts?.plan.keys() ?? []) {
    if (known.has(name)) continue
    const option = contacts?.file === undefined ? `contacts.${name}` : 'contacts'
    const text = `${name} is not a remote entity of any service: ${suggestion(name, [...known])}`
    places.error('config-unknown-reference', [option], text)
  }
  for (const remote of remotes) {
    const { contact } = remote
    if (contact === undefined || contacts?.plan.has(contact) === true) continue
    const names = [...(contacts?.plan.keys() ?? [])]
    const hint = names.length === 0 ? 'there is no contact plan' : suggestion(contact, names)
    const text = `the contact plan does not name ${contact}: ${hint}`
    places.error('config-unknown-reference', [`${places.pathOf(remote)}.contact`], text)
  }
}

function checkEntities(service: CfdpServiceConfig, places: Places): void {
  const path = places.pathOf(service)
  for (const kind of ['localEntities', 'remoteEntities'] as const) {
    const entities = service[kind]
    if (entities.length === 0) {
      const options = [`${path}.args.${kind}`, `${path}.${kind}`]
      if (options.some(each => places.isDamaged(each))) continue
      places.error('config-missing', options, 'is empty: nothing can be sent or received')
    }
    checkTwice('the id', 'id', entities, each => each.id.toString(), places)
    checkTwice('the name', 'name', entities, each => each.name, places)
    for (const entity of entities) {
      const other = entities.find(each => each !== entity && each.id.toString() === entity.name)
      if (other === undefined) continue
      const text = `the name ${entity.name} is the id of another entity`
      places.error('config-duplicate', [`${places.pathOf(entity)}.name`], text)
    }
  }
  for (const remote of service.remoteEntities) {
    const local = service.localEntities.find(
      each => each.id === remote.id || entityName(each) === remote.name,
    )
    if (local === undefined) continue
    const option = local.id === remote.id ? 'id' : 'name'
    const text = `${local.id === remote.id ? remote.id : remote.name} is one of the local entities`
    places.error('config-duplicate', [`${places.pathOf(remote)}.${option}`], text)
  }
}

function checkAddresses(service: CfdpServiceConfig, { links }: Configuration, places: Places): void {
  const link = links.find(each => each.name === service.link)
  if (link === undefined) return
  for (const remote of service.remoteEntities) {
    if (isStream(link)) {
      if (remote.address === undefined) continue
      const text = `link ${link.name} is a stream, which has one other end, whoever it is for`
      places.error('config-bad-value', [`${places.pathOf(remote)}.address`], text)
      continue
    }
    if (link.peer !== undefined || remote.address !== undefined) continue
    const text = `${entityName(remote)} has no address, and link ${link.name} has no peer`
    places.error('config-missing', [`${places.pathOf(remote)}.address`], text)
  }
}

/** A PDU has room for a header, a NAK with one request of 64-bit offsets, and a CRC. */
function checkPduSizes(service: CfdpServiceConfig, places: Places): void {
  const path = places.pathOf(service)
  for (const remote of service.remoteEntities) {
    const { maxPduSize, entityIdLength, sequenceNrLength } = settingsTowards(service, remote)
    const least = 4 + 2 * entityIdLength + sequenceNrLength + 1 + 4 * 8 + 2
    if (maxPduSize >= least) continue
    const options = [`${places.pathOf(remote)}.maxPduSize`, `${path}.args.maxPduSize`, `${path}.maxPduSize`]
    places.error('config-bad-value', options, `${maxPduSize} is below ${least}, what a header and a NAK need`)
    return
  }
}

/** Several services may share a link, as long as a PDU says by its entity whose it is. */
function checkSharedLinks({ services }: Configuration, places: Places): void {
  for (const [index, service] of services.entries()) {
    for (const earlier of services.slice(0, index)) {
      if (earlier.link !== service.link || service.link === '') continue
      for (const local of service.localEntities) {
        if (!earlier.localEntities.some(each => each.id === local.id)) continue
        const text = `entity ${local.id} is also one of service ${earlier.name}, on the same link ${service.link}`
        places.error('config-duplicate', [`${places.pathOf(local)}.id`], text)
      }
    }
  }
}
