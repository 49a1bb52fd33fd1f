/** Options of `cdp listen` and `cdp connect`, understood. Pure. */
import type { Settings, Validation } from '@skyferry/cdp'
import { parseDuration, parseHostPort, parsePeer } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { Mode } from './cat.ts'

export interface RawCatOptions {
  readonly mode?: string
  readonly line?: boolean
  readonly validation?: string
  readonly idle?: string
  readonly giveUp?: string
  readonly cookie?: boolean
  readonly json?: boolean
}

export interface CatPlan {
  readonly listen: { readonly host: string; readonly port: number }
  /** Absent for a server. */
  readonly peer: { readonly host: string; readonly port: number } | undefined
  readonly mode: Mode
  readonly byLine: boolean
  readonly validation: Validation | undefined
  readonly answersChallenges: boolean
  readonly settings: Partial<Settings>
  readonly isJson: boolean
}

const MODES: readonly Mode[] = ['stream', 'exchange']
const VALIDATIONS: readonly Validation[] = ['none', 'limit', 'cookie']

/** @throws {UsageError} */
export function parseCat(verb: 'listen' | 'connect', where: string, raw: RawCatOptions): CatPlan {
  const isServer = verb === 'listen'
  const at = isServer ? parseHostPort(where) : parsePeer(where)
  const validation = option('--validation', raw.validation, text => oneOf(text, VALIDATIONS))
  if (isServer && validation === undefined && !isLoopback(at.host)) {
    throw new UsageError(
      `--validation: say none, limit or cookie to listen on ${at.host}, which others can reach (CDP has no authentication)`,
    )
  }
  const giveUpAfter = option('--give-up', raw.giveUp, parseDuration)
  const idle = option('--idle', raw.idle, parseDuration)
  return {
    listen: isServer ? at : { host: at.host.includes(':') ? '::' : '0.0.0.0', port: 0 },
    peer: isServer ? undefined : at,
    mode: option('--mode', raw.mode, text => oneOf(text, MODES)) ?? 'stream',
    byLine: raw.line ?? false,
    validation,
    answersChallenges: raw.cookie ?? false,
    settings: {
      ...(giveUpAfter === undefined ? {} : { giveUpAfter }),
      ...(idle === undefined ? {} : { idle }),
    },
    isJson: raw.json ?? false,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
