/** `--contacts FILE`: when the peer can be reached, a window a line: `2026-11-24T18:00:00Z 2026-11-24T18:09:30Z`. */
import { readFileSync } from 'node:fs'
import { CONTACT_WINDOWS_MAX, type EntityId, type LinkRequest } from '@skyferry/cfdp'
import type { Millis } from '@skyferry/engine'
import { UsageError } from '../usage.ts'

/** Milliseconds since 1970. */
export interface PlannedContact {
  readonly from: number
  readonly to: number
}

/**
 * Reads a plan. Blank lines, and what follows a `#`, say nothing; a time without a zone is UTC.
 * @throws {UsageError} naming the line
 */
export function parseContacts(text: string): PlannedContact[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*/, '').trim()
    if (words === '') return []
    const times = words.split(/\s+/).map(parseTime)
    const [from, to] = times
    if (times.length !== 2 || from === undefined || to === undefined)
      throw new UsageError(`line ${index + 1}: '${words}' is not FROM TO, two times as 2026-11-24T18:00:00Z`)
    if (from >= to) throw new UsageError(`line ${index + 1}: the contact ends before it begins`)
    return [{ from, to }]
  })
}

function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.test(text)) return undefined
  const time = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(time) ? undefined : time
}

/**
 * The plan as the engine wants it, on its own clock.
 * @param wallMs the time it is, milliseconds since 1970, when the engine's clock says `now`
 * @throws {UsageError} when more is planned than an engine keeps
 */
export function linkRequests(
  contacts: readonly PlannedContact[],
  remotes: readonly bigint[],
  wallMs: number,
  now: Millis,
): LinkRequest[] {
  const ahead = contacts.filter(({ to }) => to > wallMs)
  if (ahead.length > CONTACT_WINDOWS_MAX)
    throw new UsageError(`${ahead.length} contacts are ahead, an engine keeps ${CONTACT_WINDOWS_MAX}`)
  const onClock = (time: number): Millis => (now + time - wallMs) as Millis
  const windows = ahead.map(({ from, to }) => ({ from: onClock(from), to: onClock(to) }))
  return remotes.map(remote => ({ kind: 'contacts', remote: remote as EntityId, windows }))
}

/** @throws {UsageError} when the file cannot be read, or understood */
export function readContacts(file: string): PlannedContact[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--contacts: cannot read ${file}: ${(error as Error).message}`)
  }
  try {
    return parseContacts(text)
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`--contacts: ${file}, ${error.message}`) : error
  }
}
