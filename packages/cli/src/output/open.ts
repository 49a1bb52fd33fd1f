/** Chooses where a command's words go: what was asked for, and what stderr is. */
import { jsonOutput } from './json.ts'
import type { Output } from './output.ts'
import { progressLines } from './progress-lines.ts'
import { textOutput } from './text.ts'

export async function openOutput(json: boolean): Promise<Output> {
  const { stdout, stderr } = process
  // Whoever reads us may leave first (`… | head`): that ends the telling, not the transfer.
  stdout.on('error', () => {})
  stderr.on('error', () => {})
  if (json) return jsonOutput(stdout, stderr)
  if (!stderr.isTTY)
    return textOutput(
      stdout,
      progressLines(stderr, () => performance.now()),
    )
  const { progressBar } = await import('./progress-bar.ts')
  return textOutput(stdout, progressBar(stderr))
}
