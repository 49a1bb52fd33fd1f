/**
 * `npm run interop [-- PEER…]`: our command line against foreign programs on the loopback, one exchange at a time.
 *
 *   npm run interop -- cfdp-py               one peer only
 *   npm run interop -- --filter 'class 1'    only exchanges whose title holds the text
 *   npm run interop -- --self-test           the peer against itself, to try the harness
 *
 * A peer that is not installed is skipped by name, with the command that brings it. An exchange that ended badly and
 * shows the traces of one of the peer's known defects passes and says so. The last line is
 * `N passed, N failed, N skipped`; the exit status is 1 when anything failed.
 */
import { parseArgs } from 'node:util'
import * as cfdpPy from './cfdp-py/scenarios.mjs'
import * as pyzmq from './pyzmq/scenarios.mjs'
import * as satdeploy from './satdeploy/scenarios.mjs'
import * as tshark from './tshark.mjs'

const PEERS = [cfdpPy, pyzmq, satdeploy, tshark]
/** So many failures in a row have one cause; waiting for the rest of them would only take long. */
const ENOUGH = 12
const MARKS = { passed: '✓', known: '≈', failed: '✗' }

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { filter: { type: 'string', default: '' }, 'self-test': { type: 'boolean', default: false } },
})
const total = { passed: 0, failed: 0, skipped: 0 }

const unknown = wanted.filter(name => !PEERS.some(peer => peer.name === name))
if (unknown.length > 0) {
  process.stdout.write(
    `no such peer: ${unknown.join(', ')}; there are ${PEERS.map(peer => peer.name).join(', ')}\n`,
  )
  total.failed += 1
}
for (const peer of PEERS) {
  if (wanted.length === 0 || wanted.includes(peer.name)) await meet(peer)
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed === 0 ? 0 : 1

async function meet(peer) {
  const lack = peer.lacking()
  if (lack !== undefined) {
    process.stdout.write(`\n– ${peer.name} skipped: ${lack.why}\n  to enable: ${lack.enable}\n`)
    total.skipped += 1
    return
  }
  process.stdout.write(`\n${peer.name}\n`)
  const exchanges = peer.exchanges({ selfTest: options['self-test'] })
  const chosen = exchanges.filter(exchange => exchange.title.includes(options.filter))
  const width = Math.max(0, ...chosen.map(exchange => exchange.title.length))
  const seen = new Set()
  let inARow = 0
  for (const [index, exchange] of chosen.entries()) {
    if (inARow === ENOUGH) {
      const left = chosen.length - index
      process.stdout.write(
        `– ${left} exchanges skipped: ${ENOUGH} failed in a row\n  to enable: repair those\n`,
      )
      total.skipped += left
      break
    }
    const { state, seconds, notes } = await peer.run(exchange)
    total[state === 'failed' ? 'failed' : 'passed'] += 1
    inARow = state === 'failed' ? inARow + 1 : 0
    const [first = '', ...rest] = state === 'failed' ? ['', ...notes] : notes
    process.stdout.write(
      `${MARKS[state]} ${exchange.title.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s  ${first}\n`.trimEnd() +
        '\n',
    )
    for (const note of rest) process.stdout.write(`    ${note}\n`)
    if (state === 'known') for (const note of notes) seen.add(note.replace('known: ', ''))
  }
  for (const line of peer.legend()) {
    if (seen.has(line.split(':')[0])) process.stdout.write(`  ≈ ${line}\n`)
  }
}
