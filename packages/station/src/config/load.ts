/** A configuration from the disk. */
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Configuration } from './configuration.ts'
import type { Problem } from './problems.ts'
import type { Reading } from './read-configuration.ts'

/** What a station starts with. */
export interface LoadedConfiguration {
  readonly kind: 'configuration'
  readonly configuration: Configuration
  readonly warnings: readonly Problem[]
  /** Paths in the configuration are relative to this folder. */
  readonly folder: string
}
export type Loading = LoadedConfiguration | Extract<Reading, { kind: 'refused' }>

/** Twice what `readTree` takes as characters: larger files are not even read. */
const FILE_OCTETS_MAX = 4 * 1024 * 1024

/**
 * Never rejects for what a file is or says: that comes back as problems with file, line and option.
 *
 * @param file its path; undefined for none, which gives the usual configuration of the present folder
 * @param now  milliseconds since 1970, by the wall clock
 */
export async function loadConfiguration(file: string | undefined, now: number): Promise<Loading> {
  // The parser takes longer to load than a small file takes to send: only whoever has a configuration waits for it.
  const { readConfiguration } = await import('./read-configuration.ts')
  const folder = file === undefined ? process.cwd() : path.dirname(path.resolve(file))
  const text = file === undefined ? '' : readText(file)
  if (typeof text !== 'string') {
    const place = { file: file!, line: 1, column: 1 }
    const problem = {
      severity: 'error',
      code: 'config-unreadable',
      place,
      option: '',
      text: text.wrong,
    } as const
    return { kind: 'refused', problems: [problem] }
  }
  const reading = readConfiguration(text, {
    file: file ?? 'default',
    readFile: name => readText(path.resolve(folder, name)),
    now,
  })
  return reading.kind === 'refused' ? reading : { ...reading, folder }
}

/** The text of a file, or why there is none, as the rest of a sentence that begins with its name. */
function readText(file: string): string | { readonly wrong: string } {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) return { wrong: 'is not a file' }
    if (stats.size > FILE_OCTETS_MAX) return { wrong: 'is far longer than a configuration' }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { wrong: 'cannot be read: there is no such file' }
    if (code === 'EACCES' || code === 'EPERM') return { wrong: 'cannot be read: it is not allowed' }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { wrong: 'is not text in UTF-8' }
    return { wrong: `cannot be read: ${(error as Error).message}` }
  }
}
