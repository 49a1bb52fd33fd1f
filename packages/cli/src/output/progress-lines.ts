/** Progress where nobody watches: one line at the start, then one now and then. */

import type { Sink } from './output.ts'
import { describeProgress, type ProgressView } from './text.ts'

const LINE_EVERY_MS = 5000

/** @param now milliseconds of a clock that never runs backwards */
export function progressLines(stderr: Sink, now: () => number): ProgressView {
  const lastShown = new Map<string, number>()
  return {
    show: progress => {
      const last = lastShown.get(progress.transaction)
      const whole = progress.octets === progress.size
      if (last !== undefined && !whole && now() - last < LINE_EVERY_MS) return
      lastShown.set(progress.transaction, now())
      stderr.write(`${progress.transaction}  ${describeProgress(progress)}\n`)
    },
    say: text => stderr.write(`${text}\n`),
    done: transaction => {
      lastShown.delete(transaction)
    },
    close: () => {},
  }
}
