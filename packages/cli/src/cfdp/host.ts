/** The real host: one entity on what carries its PDUs, with a disk and a journal, as the station assembles it. */
import {
  type EntityId,
  type Indication,
  type RemoteSettings,
  transactionOf,
  UserOperations,
} from '@skyferry/cfdp'
import { LinkError, realClock, wallClockMs } from '@skyferry/link'
import { type CarrierAddress, type CfdpOver, runCfdpOver, StoreError } from '@skyferry/station'
import { CommandError, Exit } from '../usage.ts'
import { linkRequests, readContacts } from './contacts.ts'
import type { CfdpHost, Drops, HostEvents, HostPlan } from './ports.ts'

/** @throws {CommandError} when it cannot listen, or the journal cannot be opened */
export async function openHost(plan: HostPlan, events: HostEvents): Promise<CfdpHost> {
  // A restored entity may speak before anybody can be asked: its words wait.
  const early: Indication[] = []
  let hear = (what: Indication): unknown => early.push(what)
  const running = await open(plan, {
    ...events,
    indicate: what => {
      events.indicate(what)
      hear(what)
    },
  })
  const { entity } = running
  const users = new UserOperations({
    entity: {
      ids: plan.local.ids,
      request: request => running.request(request),
      report: (id, role) => entity.report(id, role),
      remote: id => entity.remote(id),
    },
    filestore: running.filestore,
    tell: what => events.told(what),
    records: running.restored,
  })
  // The same state may have served a receiver that allows more: what that left open is for it to take up.
  if (Object.values(plan.remote.allow).includes(true)) users.start()
  hear = what => users.hear(what)
  for (const what of early) users.hear(what)
  return {
    request: request => running.request(request),
    ask: request => users.request(request),
    reports: () => entity.reports(),
    report: (transaction, role) => entity.report(transactionOf(transaction), role),
    restored: running.restored,
    stampOf: path => running.stampOf(path),
    dropped: drops(entity.dropped, running.carrier.dropped),
    listening: listensAt(plan) ? running.carrier.local : undefined,
    stop: () => running.stop(),
  }
}

async function open(plan: HostPlan, events: HostEvents): Promise<CfdpOver> {
  const settings = (id: bigint): RemoteSettings<CarrierAddress> => ({
    ...plan.remote,
    id: id as EntityId,
    address: undefined,
  })
  const contacts = plan.contacts === undefined ? undefined : readContacts(plan.contacts)
  const clock = realClock()
  const isForAny = plan.remotes.length === 0
  try {
    return await runCfdpOver({
      local: plan.local,
      remotes: plan.remotes.map(settings),
      ...(isForAny ? { anyRemote: settings(0n) } : {}),
      carrier: plan.carrier,
      ...(plan.directory === undefined ? {} : { directory: plan.directory }),
      // Whoever takes files from others may be asked for some: those of the folder.
      sources: plan.directory === undefined ? 'anywhere' : 'directory',
      ...(plan.state === undefined ? {} : { stateDir: plan.state }),
      clock,
      ...(contacts === undefined
        ? {}
        : { links: linkRequests(contacts, plan.remotes, wallClockMs(), clock.now()) }),
      ...(plan.capture === undefined ? {} : { capture: plan.capture }),
      indicate: what => events.indicate(what),
      notice: what => events.notice(what),
      storeFailed: error => events.notice({ code: `store-${error.code}`, text: error.message }),
    })
  } catch (error) {
    throw failureOf(error)
  }
}

/** A client calls, and listens nowhere. */
function listensAt({ carrier }: HostPlan): boolean {
  const medium = carrier.type === 'space-packet' ? carrier.over : carrier
  return medium.type === 'udp' || medium.role.kind === 'server'
}

/** What the packets around PDUs and the entity itself have dropped, as one live map. */
function drops(pdus: Drops, packets: Drops): Drops {
  return {
    *keys() {
      yield* pdus.keys()
      yield* packets.keys()
    },
  }
}

/** In words that name the option at fault. */
function failureOf(error: unknown): unknown {
  if (error instanceof StoreError) {
    return new CommandError(`state-${error.code}`, `--state: ${error.message}`, Exit.Usage, error)
  }
  if (!(error instanceof LinkError)) return error
  switch (error.code) {
    case 'capture-failed':
      return new CommandError(error.code, `--capture: ${error.message}`, Exit.Usage, error)
    case 'host-not-found':
      return new CommandError(error.code, error.message, Exit.Unreachable, error)
    case 'address-in-use':
    case 'address-not-available':
    case 'address-family-mismatch':
    case 'permission-denied':
    case 'system':
      return new CommandError(error.code, `--listen: ${error.message}`, Exit.Usage, error)
  }
}
