/** Where a command's words go: JSON lines on stdout, or text on stdout and stderr for people. */
import type { CommandError } from '../usage.ts'
import type { Event, Finding, Progress, Result } from './lines.ts'

/** A stream of text, as far as a command needs one. */
export interface Sink {
  write(text: string): void
}

export interface Output {
  event(event: Event): void
  progress(progress: Progress): void
  result(result: Result): void
  finding(finding: Finding): void
  /** The command ends because of this. */
  error(error: CommandError): void
  /** Takes a progress bar off the screen. Nothing is said afterwards. */
  close(): void
}
