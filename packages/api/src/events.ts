/** What an operator should hear, once. */

export type Severity = 'info' | 'warning' | 'error'

export interface StationEvent {
  /** Counts up; a client that missed some asks for those after its last. */
  readonly seq: number
  readonly time: string
  /** Stable; docs/operating/codes.md says what to do about it. */
  readonly code: string
  readonly severity: Severity
  readonly text: string
  /** The service, link or other part of the station it comes from. */
  readonly source: string
  /** The transfer it is about; null when it is about none. */
  readonly transfer: string | null
  /** Present when a client said it, not the station. */
  readonly given?: GivenEvent
}

/** What a client said of an event of its own, in the words of the Yamcs API. */
export interface GivenEvent {
  readonly by: string
  readonly severity: string
  readonly type?: string
  readonly time?: string
  readonly sequence?: number
  readonly extra?: Readonly<Record<string, string>>
}
