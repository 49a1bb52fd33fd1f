/** SIGINT: the first asks a command to come to an end, the second ends the process at once. */
import { Exit } from './usage.ts'

/** @param call what the first SIGINT does; several commands' parts may each have one */
export function onInterrupt(call: () => void): void {
  calls.push(call)
  if (calls.length > 1) return
  process.on('SIGINT', () => {
    interrupts += 1
    if (interrupts > 1) process.exit(Exit.Interrupted)
    for (const each of calls) each()
  })
}

// The process has one SIGINT, so this is the one place where a module keeps state.
const calls: (() => void)[] = []
let interrupts = 0
