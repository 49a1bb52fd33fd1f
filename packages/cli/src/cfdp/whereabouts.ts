import { formatHostPort } from '../formats.ts'
import type { CfdpHost } from './ports.ts'
import type { EnginePlan } from './settings.ts'

/** Where an entity is to be found: the first thing every run says. Pure. */
export function whereabouts(
  { local, carrier }: EnginePlan,
  { listening }: Pick<CfdpHost, 'listening'>,
): { readonly text: string; readonly fields: Readonly<Record<string, string>> } {
  const who = `entity ${local.ids[0]}`
  if (listening !== undefined) {
    const listen = formatHostPort(listening)
    return { text: `${who} listens on ${listen}`, fields: { listen } }
  }
  const medium = carrier.type === 'space-packet' ? carrier.over : carrier
  if (medium.type !== 'tcp' || medium.role.kind !== 'client') return { text: who, fields: {} }
  const peer = formatHostPort(medium.role.connect)
  return { text: `${who} calls ${peer}`, fields: { peer } }
}
