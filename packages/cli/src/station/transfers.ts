/** `transfers` and `transfer …`: look at them and steer them. */
import { routes, TRANSFER_STATES, type Transfer, type TransferGaps, type TransferPage } from '@skyferry/api'
import { onInterrupt } from '../interrupts.ts'
import type { Output } from '../output/output.ts'
import { parseCount } from '../units.ts'
import { Exit, oneOf, option, UsageError } from '../usage.ts'
import type { StationClient } from './client.ts'
import { type RawStationOptions, withStation } from './options.ts'
import { LOOK_MS, type Pace, realPace } from './watch.ts'
import { describeTransfer, describeWhole } from './words.ts'

export interface RawTransfersOptions extends RawStationOptions {
  readonly watch?: boolean
  readonly state?: readonly string[]
  readonly limit?: string
}

export async function transfersCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawTransfersOptions
  const states = (raw.state ?? []).map(text => option('--state', text, each => oneOf(each, TRANSFER_STATES))!)
  const limit = option('--limit', raw.limit, text => parseCount(text, 1, 1000)) ?? 100
  const query = new URLSearchParams({ limit: String(limit) })
  for (const state of states) query.append('state', state)
  const route = `${routes.transfers}?${query}`
  return withStation(raw, async (client, output) => {
    if (raw.watch !== true) {
      for (const transfer of await listed(route, client)) tell(transfer, output)
      return Exit.Done
    }
    let isOver = false
    onInterrupt(() => {
      isOver = true
    })
    return watch(route, client, output, realPace, () => isOver)
  })
}

/** Every transfer once, and again whenever something about it has changed. */
export async function watch(
  route: string,
  client: StationClient,
  output: Output,
  pace: Pace,
  isOver: () => boolean,
): Promise<Exit> {
  const told = new Map<string, string>()
  for (;;) {
    for (const transfer of await listed(route, client)) {
      const text = JSON.stringify(transfer)
      if (told.get(transfer.id) === text) continue
      told.set(transfer.id, text)
      tell(transfer, output)
    }
    if (isOver()) return Exit.Interrupted
    await pace.wait(LOOK_MS)
  }
}

/** Oldest first, as lines are read from above. */
async function listed(route: string, client: StationClient): Promise<Transfer[]> {
  return [...(await client.get<TransferPage>(route)).transfers].reverse()
}

function tell(transfer: Transfer, output: Output): void {
  output.finding({ type: 'transfer', fields: { ...transfer }, text: describeTransfer(transfer) })
}

const ACTIONS = ['show', 'pause', 'resume', 'cancel', 'retry', 'explain', 'report'] as const

export async function transferCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const action = oneOf(String(operands[0]), ACTIONS)
  const id = String(operands[1])
  if (!/^\d{1,15}$/.test(id)) throw new UsageError(`ID: '${id}' is not the id of a transfer`)
  return withStation(options as RawStationOptions, async (client, output) => {
    const isLook = action === 'show' || action === 'explain' || action === 'report'
    const transfer = isLook
      ? await client.get<Transfer>(routes.transfer(id))
      : await client.post<Transfer>(routes.action(id, action))
    const fields = { ...transfer }
    if (action === 'explain') {
      const { explanation, state } = transfer
      output.finding({ type: 'explanation', fields: { id, state, explanation }, text: explanation })
    } else if (action === 'report') {
      const gaps = await client.get<TransferGaps>(routes.gaps(id))
      const text = [describeWhole(transfer), ...gaps.gaps.map(([from, to]) => `missing      ${from}–${to}`)]
      output.finding({ type: 'transfer', fields: { ...fields, missing: gaps.gaps }, text: text.join('\n') })
    } else {
      const text = action === 'show' ? describeWhole(transfer) : describeTransfer(transfer)
      output.finding({ type: 'transfer', fields, text })
    }
    return Exit.Done
  })
}
