/** The whole effective configuration as YAML that explains itself, and that reads the same again. */
import { asItem, explain, writeField, writeFields } from './composite-types.ts'
import { type CfdpServiceConfig, type Configuration, YAMCS_CLASS } from './configuration.ts'
import { writeContactPlan } from './contact-plan.ts'
import { optionsOf, type Table, type Writing } from './option-table.ts'
import { SECTIONS } from './sections.ts'
import { SERVICE_LINK, SERVICE_NAME, serviceOptions } from './service-options.ts'
import { yamlText } from './value-types.ts'

const HEAD = [
  '# The effective configuration of a Skyferry station: every option that holds, what it is, and where its usual',
  '# value comes from. Saved as skyferry.yaml it means the same. The reference page is docs/operating/configuration.md.',
]

/** @returns lines that end with a newline; tokens appear as digests */
export function printConfiguration(configuration: Configuration): string {
  const writing: Writing = { style: 'units', explained: new Set() }
  const { services, contacts, ...others } = configuration
  const lines = [...HEAD]
  for (const [name, option] of optionsOf(SECTIONS)) {
    lines.push('', ...explain(option, writing))
    if (name === 'services') lines.push(...writeServices(services))
    else if (name === 'contacts') lines.push(...writeContacts(contacts))
    else {
      const written = option.type.write(others[name as keyof typeof others], writing)
      lines.push(...writeField(name, written))
    }
  }
  return `${lines.join('\n')}\n`
}

function writeContacts(contacts: Configuration['contacts']): string[] {
  if (contacts === undefined) return ['# contacts: contacts.yaml']
  if (contacts.file !== undefined) return [`contacts: ${yamlText(contacts.file)}`]
  if (contacts.plan.size === 0) return ['contacts: {}']
  return ['contacts:', ...writeContactPlan(contacts.plan).map(line => `  ${line}`)]
}

function writeServices(services: readonly CfdpServiceConfig[]): string[] {
  if (services.length === 0) return ['services: []']
  const lines = services.flatMap(service => asItem({ kind: 'block', lines: writeService(service) }))
  return ['services:', ...lines.map(line => `  ${line}`)]
}

function writeService(service: CfdpServiceConfig): string[] {
  const isYamcs = service.class === YAMCS_CLASS
  const writing: Writing = { style: isYamcs ? 'yamcs' : 'units', explained: new Set() }
  const head: Table<{ name: string; link?: string }> = {
    name: SERVICE_NAME[service.class],
    link: SERVICE_LINK,
  }
  const { name, link } = service
  const outer = writeFields(isYamcs ? { name } : { name, link }, head, writing)
  const options = writeFields(service, serviceOptions(service.profile), writing)
  const first = [`class: ${service.class}`, ...outer]
  return isYamcs ? [...first, 'args:', ...options.map(line => `  ${line}`)] : [...first, ...options]
}
