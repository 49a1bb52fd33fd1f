import type { Millis } from '@skyferry/engine'
import type { TransactionReport } from '../indications.ts'
import type { Header } from '../pdu/model.ts'
import type { CfdpRecord, ReceiverFacts } from '../records.ts'

/** What late PDUs of an ended reception need (10.11 of our reference), and what an operator may still ask. */
export interface EndedReception {
  readonly key: string
  /** The flags of its headers never change. */
  readonly header: Pick<Header, 'mode' | 'largeFile' | 'crc'>
  readonly opened: ReceiverFacts['opened']
  readonly report: TransactionReport
  /** Until when it is remembered, and what was dark by then as far as that is known: it adds to the time. */
  readonly until: Millis
  readonly dark: number
}

/**
 * Receptions that are over, remembered so that late PDUs are answered and never open them anew. At most so many: then the
 * one that ended first is forgotten for the one that ended last.
 */
export class EndedReceptions {
  readonly #max: number
  /** Oldest first. */
  readonly #byKey: Map<string, EndedReception> = new Map()

  constructor(max: number) {
    this.#max = max
  }

  get(key: string): EndedReception | undefined {
    return this.#byKey.get(key)
  }

  values(): IterableIterator<EndedReception> {
    return this.#byKey.values()
  }

  /** @returns the one that had to be forgotten for it */
  add(ended: EndedReception): EndedReception | undefined {
    this.#byKey.delete(ended.key)
    this.#byKey.set(ended.key, ended)
    return this.#byKey.size > this.#max ? this.#takeOldest() : undefined
  }

  /** When the oldest has been remembered long enough. */
  deadline(): Millis {
    return this.#oldest()?.until ?? (Infinity as Millis)
  }

  /**
   * Forgets one that has been remembered long enough.
   * @param darkSoFar how long its sender could not be heard by now, in all: what that repeats comes after the dark
   */
  expire(now: Millis, darkSoFar: (ended: EndedReception) => number): EndedReception | undefined {
    for (let oldest = this.#oldest(); oldest !== undefined && oldest.until <= now; oldest = this.#oldest()) {
      this.#takeOldest()
      const dark = darkSoFar(oldest)
      if (dark <= oldest.dark) return oldest
      const until = (now + dark - oldest.dark) as Millis
      this.#byKey.set(oldest.key, { ...oldest, until, dark })
    }
    return undefined
  }

  #oldest(): EndedReception | undefined {
    return this.#byKey.values().next().value
  }

  #takeOldest(): EndedReception | undefined {
    const oldest = this.#oldest()
    if (oldest !== undefined) this.#byKey.delete(oldest.key)
    return oldest
  }
}

/** The records that restore it: that it was, and how it ended. */
export function recordsOf({ opened, report }: EndedReception): CfdpRecord[] {
  if (report.ending === undefined) return []
  return [opened, { transaction: opened.transaction, role: 'receiver', kind: 'ended', ending: report.ending }]
}
