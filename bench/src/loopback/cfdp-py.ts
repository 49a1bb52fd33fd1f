/** Runs the Python library `cfdp-py` at both ends, where `interop/cfdp-py` has it installed. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Line, Program } from '../program.ts'
import { freePort } from './free-port.ts'
import { type Contender, rateOf, type Transfer } from './transfer.ts'

const FOLDER = fileURLToPath(new URL('../../../interop/cfdp-py', import.meta.url))
const PYTHON = join(FOLDER, '.venv/bin/python')
const PEER = join(FOLDER, 'peer.py')
const SEGMENT_HEADER_OCTETS = 16

/** It has no flow control and sends at the rate it is told; which one suits it best, we do not decide for it. */
const RATES_BPS = [60e6, 200e6, 1e9]

export function isInstalled(): boolean {
  return existsSync(PYTHON) && existsSync(PEER)
}

/** Each transfer is made at several rates, and the fastest counts. */
export function cfdpPy(): Contender {
  return {
    name: 'cfdp-py',
    async transfer(source, target, pduOctets) {
      let best: Transfer | undefined
      for (const rateBps of RATES_BPS) {
        const transfer = await once(source, target, pduOctets, rateBps)
        if (best === undefined || rateOf(transfer) > rateOf(best)) best = transfer
      }
      return best!
    },
  }
}

async function once(source: string, target: string, pduOctets: number, rateBps: number): Promise<Transfer> {
  const [near, far] = [await freePort(), await freePort()]
  const dir = join(dirname(target), 'arriving')
  mkdirSync(dir, { recursive: true })
  const receiver = peer('receive', [near, far], 2, pduOctets, ['--dir', dir])
  try {
    await receiver.line(line => line.type === 'ready')
    const segment = ['--segment', String(pduOctets - SEGMENT_HEADER_OCTETS), '--rate', String(rateBps)]
    const sender = peer('send', [far, near], 1, pduOctets, [source, '--to', basename(source), ...segment])
    try {
      const result = await sender.line(isResult)
      if (result.state !== 'completed') throw new Error(`cfdp-py did not complete: ${JSON.stringify(result)}`)
      await receiver.line(isResult)
      renameSync(join(dir, basename(source)), target)
      const { octets, seconds } = result
      return { octets: octets!, seconds: seconds!, cpuSeconds: undefined, sentOverNeeded: undefined }
    } finally {
      sender.stop()
    }
  } finally {
    receiver.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** @param ports the other end's, and its own */
function peer(
  verb: 'send' | 'receive',
  [other, own]: readonly [number, number],
  id: 1 | 2,
  pduOctets: number,
  args: readonly string[],
): Program {
  return new Program(PYTHON, [
    ...[PEER, verb, ...args, '--listen', `127.0.0.1:${own}`, '--peer', `127.0.0.1:${other}`],
    ...['--local-id', String(id), '--remote-id', String(3 - id), '--max-packet', String(pduOctets)],
  ])
}

const isResult = (line: Line): boolean => line.type === 'result'
