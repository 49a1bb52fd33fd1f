/** What a Prometheus server scrapes: counts and states, in its text format. */
import { TRANSFER_STATES } from '@skyferry/api'
import type { Station } from '../station/station.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

export function metricsOf(station: Station): string {
  const states = new Map<string, number>(TRANSFER_STATES.map(state => [state, 0]))
  for (const [state, count] of station.transfers.openCounts()) states.set(state, count)
  for (const [state, count] of Object.entries(station.transfers.endedCounts())) states.set(state, count)
  const links = station.links()
  const services = station.services().map(service => service.status())
  const ofLinks = (value: (link: (typeof links)[number]) => number): Sample[] =>
    links.map(link => [{ link: link.name }, value(link)])
  return [
    family(
      'transfers',
      'gauge',
      'Transfers known, by state',
      [...states].map(([state, n]) => [{ state }, n]),
    ),
    family(
      'link_up',
      'gauge',
      'Whether a link is up',
      ofLinks(({ state }) => (state === 'up' ? 1 : 0)),
    ),
    family(
      'link_connected',
      'gauge',
      'Whether a stream has its connection',
      links.flatMap(({ name, connected }): Sample[] =>
        connected === null ? [] : [[{ link: name }, connected ? 1 : 0]],
      ),
    ),
    family(
      'link_sent_datagrams_total',
      'counter',
      'Datagrams sent',
      ofLinks(link => link.datagramsOut),
    ),
    family(
      'link_received_datagrams_total',
      'counter',
      'Datagrams received',
      ofLinks(link => link.datagramsIn),
    ),
    family(
      'link_sent_octets_total',
      'counter',
      'Octets sent',
      ofLinks(link => link.octetsOut),
    ),
    family(
      'link_received_octets_total',
      'counter',
      'Octets received',
      ofLinks(link => link.octetsIn),
    ),
    family(
      'link_errors_total',
      'counter',
      'Errors of the medium',
      ofLinks(link => link.errors),
    ),
    family(
      'link_dropped_total',
      'counter',
      'Datagrams that were no packet of ours, by reason',
      links.flatMap(({ name, dropped }) =>
        Object.entries(dropped).map(([reason, n]): Sample => [{ link: name, reason }, n]),
      ),
    ),
    family(
      'dropped_pdus_total',
      'counter',
      'PDUs dropped, by reason',
      services.flatMap(({ name, dropped }) =>
        Object.entries(dropped).map(([reason, n]): Sample => [{ service: name, reason }, n]),
      ),
    ),
    family(
      'bucket_octets',
      'gauge',
      'Octets in a bucket, as last counted',
      station.buckets.all().map(({ name, usage }) => [{ bucket: name }, usage.octets]),
    ),
    family('events_total', 'counter', 'Events said', [[{}, station.events.last]]),
    family('build_info', 'gauge', 'Who answers', [
      [{ station: station.info.name, version: station.info.version }, 1],
    ]),
  ].join('')
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const full = `skyferry_${name}`
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    return `${full}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
  })
  return `# HELP ${full} ${help}.\n# TYPE ${full} ${type}\n${lines.join('')}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
