/** Reads configurations for tests. */
import { readFileSync } from 'node:fs'
import type { Configuration } from '../../src/config/configuration.ts'
import { describeProblem, type Problem } from '../../src/config/problems.ts'
import { type Reading, readConfiguration } from '../../src/config/read-configuration.ts'

/** The example of the seed's documentation, character for character (as text, so that no formatter mends it). */
export const SEED_SERVICES: string = readFileSync(
  new URL('./fixtures/seed-services.txt', import.meta.url),
  'utf8',
)

export const ONE_LINK = 'links: [{ name: cfdp, type: udp, listen: 127.0.0.1:5111, peer: 127.0.0.1:5222 }]\n'

/** 2030-01-01, noon. */
export const NOW: number = Date.UTC(2030, 0, 1, 12)

export function read(text: string, files: Readonly<Record<string, string>> = {}): Reading {
  return readConfiguration(text, {
    file: 'f.yaml',
    readFile: path => files[path] ?? { wrong: 'cannot be read: there is no such file' },
    now: NOW,
  })
}

/** The configuration, or a failure that says what is wrong with it. */
export function good(text: string, files?: Readonly<Record<string, string>>): Configuration {
  const reading = read(text, files)
  if (reading.kind === 'refused') throw new Error(reading.problems.map(describeProblem).join('\n'))
  return reading.configuration
}

/** Every problem with its code: `config-missing f.yaml:1:1: …`. */
export function problems(text: string, files?: Readonly<Record<string, string>>): string[] {
  const reading = read(text, files)
  const list: readonly Problem[] = reading.kind === 'refused' ? reading.problems : reading.warnings
  return list.map(each => `${each.code} ${describeProblem(each)}`)
}

/** A native service, with more of it in flow style. */
export function native(more: string = '', remote: string = ''): string {
  return `${ONE_LINK}services: [{ class: cfdp, localEntities: [{ id: 11 }], remoteEntities: [{ id: 5, name: craft${remote === '' ? '' : `, ${remote}`} }]${more === '' ? '' : `, ${more}`} }]\n`
}

/** Every problem with what stands at its place: `config-bad-value 2 «9» services[0].entityIdLength: …`. */
export function pointed(text: string): string[] {
  const reading = read(text)
  const list: readonly Problem[] = reading.kind === 'refused' ? reading.problems : reading.warnings
  return list.map(({ code, place, option, text: said }) => {
    const there = text.split('\n')[place.line - 1]?.slice(place.column - 1) ?? ''
    const word = /^[^\s,\]}]*/.exec(there)![0]
    return `${code} ${place.line} «${word}» ${option}: ${said}`
  })
}
