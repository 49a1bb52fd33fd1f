/** Questions about the entities of a service that several rooms ask. */
import type { REMOTE_DEFAULTS } from '@skyferry/cfdp'
import type {
  CfdpServiceConfig,
  ContactsConfig,
  ContactWindow,
  LocalEntityConfig,
  RemoteEntityConfig,
  TowardsRemote,
} from './configuration.ts'
import { towardsRemote } from './entity-options.ts'
import { completed } from './option-table.ts'

/** What an entity is called: its name, else its id. */
export function entityName(entity: LocalEntityConfig | RemoteEntityConfig): string {
  return entity.name ?? entity.id.toString()
}

/** The settings that hold towards a remote entity: its own, then those of its profile if it names one, else the service's. */
export function settingsTowards(service: CfdpServiceConfig, remote: RemoteEntityConfig): TowardsRemote {
  const own = Object.fromEntries(
    Object.keys(OPTIONS)
      .map(name => [name, remote[name as keyof TowardsRemote]])
      .filter(([, value]) => value !== undefined),
  )
  const base = remote.profile === undefined ? pick(service) : profileSettings(remote.profile, service)
  return { ...base, ...own } as TowardsRemote
}

const OPTIONS = towardsRemote('patient')

function pick(service: CfdpServiceConfig): TowardsRemote {
  return Object.fromEntries(
    Object.keys(OPTIONS).map(name => [name, service[name as keyof TowardsRemote]]),
  ) as unknown as TowardsRemote
}

/** Widths, sizes and the pace belong to the service's numbers unless a profile states its own. */
function profileSettings(profile: keyof typeof REMOTE_DEFAULTS, service: CfdpServiceConfig): TowardsRemote {
  const usual = completed<TowardsRemote>({}, towardsRemote(profile))
  return { ...usual, sleepBetweenPdus: usual.sleepBetweenPdus ?? service.sleepBetweenPdus }
}

/** The windows in which an entity can be reached; undefined: always. */
export function windowsOf(
  contacts: ContactsConfig | undefined,
  remote: RemoteEntityConfig,
): readonly ContactWindow[] | undefined {
  if (contacts === undefined) return undefined
  for (const name of contactNames(remote)) {
    const windows = contacts.plan.get(name)
    if (windows !== undefined) return windows
  }
  return undefined
}

/** What the contact plan may call an entity. */
export function contactNames(remote: RemoteEntityConfig): readonly string[] {
  if (remote.contact !== undefined) return [remote.contact]
  const id = remote.id.toString()
  return remote.name === undefined ? [id] : [remote.name, id]
}
