import type { Millis } from '@skyferry/engine'
import { grouped, inSeconds } from './last-words.ts'

/** What is known about a world at the moment it failed. */
export interface FailureFacts {
  /** The sentence that turned out false. */
  readonly claim: string
  /** In which way, if more can be said. */
  readonly detail: string
  readonly seed: number
  readonly at: Millis
  readonly step: number
  /** The weather and what else was done to the nodes, in words. */
  readonly weather: string
  readonly lastWords: readonly string[]
}

/** A world in which something that must hold did not. */
export class WorldFailure extends Error {
  override readonly name = 'WorldFailure'
  readonly facts: FailureFacts

  constructor(facts: FailureFacts, cause?: unknown) {
    super(
      `${facts.claim}: false ${whenAndHow(facts)} (seed ${seedInHex(facts.seed)}; ${facts.weather})`,
      cause === undefined ? undefined : { cause },
    )
    this.facts = facts
  }
}

/** Which world it was, and what to type to see it again. */
export interface ReportHeading {
  readonly name: string
  readonly title: string
  /** Of the sources, if known. */
  readonly commit?: string | undefined
}

/** What is needed to see a failure again, and nothing else. */
export function failureReport(facts: FailureFacts, heading: ReportHeading): string {
  const commit = heading.commit === undefined ? '' : `        (commit ${heading.commit})`
  const lines = [
    `✗ ${heading.title} — ${facts.claim}`,
    `  ${whenAndHow(facts)}`,
    `  replay   npm run world -- ${heading.name} --seed ${seedInHex(facts.seed)}${commit}`,
    `  weather  ${facts.weather}`,
  ]
  if (facts.lastWords.length > 0) {
    lines.push('  last words', ...facts.lastWords.map(line => `    ${line}`))
  }
  return lines.join('\n')
}

function whenAndHow(facts: FailureFacts): string {
  const when = `after ${inSeconds(facts.at)} s of virtual time, step ${grouped(facts.step)}`
  return facts.detail === '' ? when : `${when}; ${facts.detail}`
}

/** A seed as the command line takes it. */
export function seedInHex(seed: number): string {
  return `0x${seed.toString(16).padStart(8, '0')}`
}
