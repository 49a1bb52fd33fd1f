/** What an operator hears of datagrams that were dropped: once a minute for each reason, with how many there were. */

export interface Drops {
  /** A code of the engine. */
  readonly reason: string
  /** Since the last time this was said. */
  readonly count: number
}

const MINUTE_MS = 60_000

export class DropWatch {
  readonly #said: Map<string, { count: number; at: number }> = new Map()

  /**
   * What is to be said now: reasons with new drops, of which nothing was said for a minute.
   * @param dropped counted so far, by reason
   */
  look(dropped: ReadonlyMap<string, number>, nowMs: number): Drops[] {
    const news: Drops[] = []
    for (const [reason, count] of dropped) {
      const said = this.#said.get(reason)
      if (count === (said?.count ?? 0)) continue
      if (said !== undefined && nowMs - said.at < MINUTE_MS) continue
      this.#said.set(reason, { count, at: nowMs })
      news.push({ reason, count: count - (said?.count ?? 0) })
    }
    return news
  }
}
