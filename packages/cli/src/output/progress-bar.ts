/** Progress on a terminal: one bar per open transaction, redrawn in place on stderr. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Progress } from './lines.ts'
import { describeProgress, type ProgressView } from './text.ts'

const BAR_CELLS = 24

/** @param stderr a terminal */
export function progressBar(stderr: NodeJS.WriteStream): ProgressView {
  let bars: MultiBar | undefined
  const open = new Map<string, SingleBar>()

  const screen = (): MultiBar => {
    bars ??= new MultiBar(
      {
        stream: stderr,
        hideCursor: true,
        clearOnComplete: true,
        // Ours is the only handler of SIGINT: the transaction is cancelled first.
        gracefulExit: false,
        emptyOnZero: true,
        format: (_options, state, payload: { progress?: Progress }) =>
          payload.progress === undefined ? '' : drawBar(payload.progress, state.progress),
      },
      Presets.rect,
    )
    return bars
  }
  const close = (): void => {
    bars?.stop()
    bars = undefined
    open.clear()
  }
  return {
    show: progress => {
      let bar = open.get(progress.transaction)
      if (bar === undefined) {
        bar = screen().create(1, 0, { progress })
        open.set(progress.transaction, bar)
      }
      bar.setTotal(Math.max(1, progress.size ?? 1))
      bar.update(progress.size === null ? 0 : progress.octets, { progress })
    },
    say: text => {
      if (bars === undefined) stderr.write(`${text}\n`)
      else bars.log(`${text}\n`)
    },
    done: transaction => {
      const bar = open.get(transaction)
      if (bar === undefined) return
      bars?.remove(bar)
      open.delete(transaction)
      if (open.size === 0) close()
    },
    close,
  }
}

/** @param share from 0 to 1 */
export function drawBar(progress: Progress, share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${describeProgress(progress)}`
}
