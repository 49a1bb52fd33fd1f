import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '@skyferry/engine'
import { afterEach, expect, it } from 'vitest'
import { main as decodeAPdu } from '../../../../examples/01-decode-a-pdu.ts'
import { main as twoEntities } from '../../../../examples/02-two-entities-in-memory.ts'
import { main as inSpacePackets } from '../../../../examples/03-cfdp-in-space-packets.ts'
import { main as overUdp } from '../../../../examples/04-cfdp-over-udp.ts'
import { main as dtpOverCsp } from '../../../../examples/05-dtp-over-csp.ts'
import { freeAddresses } from '../journeys/processes.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** With a directory for each end. */
function twoEnds(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-example-'))
  folders.push(folder)
  for (const end of ['ground', 'craft']) mkdirSync(join(folder, end))
  return folder
}

it('example 01 says what a NAK lacks', () => {
  expect(decodeAPdu()).toBe('transaction 1:1 lacks Metadata and 40–60')
})

it('example 02 brings the file over, octet for octet', async () => {
  const content = new Uint8Array(300_000)
  new Random(7).fill(content)
  expect(Buffer.from((await twoEntities(content)) ?? []).equals(content)).toBe(true)
})

it('example 03 brings a file up in space packets', async () => {
  const content = new Uint8Array(100_000)
  new Random(7).fill(content)
  expect(readFileSync(await inSpacePackets(twoEnds(), content)).equals(content)).toBe(true)
})

it('example 04 brings a file down over UDP', async () => {
  const content = new Uint8Array(100_000)
  new Random(7).fill(content)
  const [craft, ground] = (await freeAddresses(2)).map(address => Number(address.split(':')[1]))
  const path = await overUdp(twoEnds(), content, { craft: craft!, ground: ground! })
  expect(readFileSync(path).equals(content)).toBe(true)
})

it('example 05 fetches a payload over CSP, octet for octet', async () => {
  const content = new Uint8Array(300_000)
  new Random(8).fill(content)
  expect(Buffer.from(await dtpOverCsp(content)).equals(content)).toBe(true)
})
