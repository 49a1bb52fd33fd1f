/** What a command says, as plain data: with --json each of these is one line on stdout. */

/** How far one transaction is. */
export interface Progress {
  /** `SOURCE:SEQUENCE`, the transaction's name at both ends. */
  readonly transaction: string
  /** Octets the receiving end holds, as far as this end knows. */
  readonly octets: number
  /** Octets of the whole file; null while unknown. */
  readonly size: number | null
  /** Holes in what is held, or still to be sent again. */
  readonly gaps: number
  /** Bits per second over the last few seconds. */
  readonly rate: number
}

/** Something worth telling once; `code` is stable, `text` is for people. */
export interface Event {
  readonly code: string
  readonly text: string
  readonly transaction?: string
  /** What a program would want to read in `text`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** How one transaction ended. */
export interface Result {
  readonly transaction: string
  readonly state: 'completed' | 'failed' | 'cancelled'
  /** Why it was not completed; null when it was. */
  readonly reason: string | null
  readonly octets: number
  /** Since this process began with it. */
  readonly seconds: number
  /** Of the file at this end, hexadecimal; null when there is no whole file at this end. */
  readonly sha256: string | null
  /** The file at this end; null when the transaction has none. */
  readonly path: string | null
  readonly pdus: { readonly sent: number; readonly received: number; readonly resent: number }
  /** Present when the transaction carried filestore requests: what became of each. */
  readonly responses?: readonly string[]
}

/** A line of another type: counters of an emulated link, decoded PDUs, a world's outcome. */
export interface Finding {
  readonly type: string
  readonly fields: Readonly<Record<string, unknown>>
  /** What stdout shows without --json. */
  readonly text: string
}
