/** Runs our own two command lines, as a user would. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Line, Program } from '../program.ts'
import { freePort } from './free-port.ts'
import type { Contender } from './transfer.ts'

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/skyferry.js', import.meta.url))
const CPU_REPORT = new URL('cpu-report.js', import.meta.url).href
const SEGMENT_HEADER_OCTETS = 16

function command(args: readonly string[]): Program {
  return new Program(process.execPath, ['--import', CPU_REPORT, BIN, 'cfdp', ...args])
}

/** @param extra options for both ends, such as `--checksum`'s sibling options of the sender: see `sendExtra` */
export function skyferry(sendExtra: readonly string[] = []): Contender {
  return {
    name: 'skyferry',
    async transfer(source, target, pduOctets) {
      const [ground, craft] = [await freePort(), await freePort()]
      const dir = join(dirname(target), 'arriving')
      mkdirSync(dir, { recursive: true })
      const pdu = ['--pdu-size', String(pduOctets), '--json']
      const receiver = command([
        ...['receive', '--local', '5', '--dir', dir, '--count', '1'],
        ...['--listen', `127.0.0.1:${craft}`, '--peer', `127.0.0.1:${ground}`, ...pdu],
      ])
      try {
        await receiver.line(line => line.type !== undefined)
        const sender = command([
          ...['send', source, '--local', '11', '--to', '5', ...sendExtra],
          ...['--listen', `127.0.0.1:${ground}`, '--peer', `127.0.0.1:${craft}`, ...pdu],
        ])
        try {
          const result = await sender.line(isResult)
          await receiver.line(isResult)
          const cpu = [await cpuOf(sender), await cpuOf(receiver)]
          renameSync(join(dir, basename(source)), target)
          return toTransfer(result, cpu, pduOctets)
        } finally {
          sender.stop()
        }
      } finally {
        receiver.stop()
        rmSync(dir, { recursive: true, force: true })
      }
    },
  }
}

const isResult = (line: Line): boolean => line.type === 'result' || line.type === 'error'

async function cpuOf(program: Program): Promise<number> {
  await program.end()
  return Number((await program.line(line => 'cpuSeconds' in line)).cpuSeconds)
}

function toTransfer(
  result: Line,
  cpu: readonly number[],
  pduOctets: number,
): Awaited<ReturnType<Contender['transfer']>> {
  if (result.state !== 'completed') throw new Error(`skyferry did not complete: ${JSON.stringify(result)}`)
  const octets = Number(result.octets)
  const pdus = result.pdus
  const needed = Math.ceil(octets / (pduOctets - SEGMENT_HEADER_OCTETS))
  return {
    seconds: Number(result.seconds),
    octets,
    cpuSeconds: cpu.reduce((sum, seconds) => sum + seconds, 0),
    sentOverNeeded: pdus === undefined ? undefined : pdus.sent / needed,
  }
}
