import { Random } from '@skyferry/engine'
import { expect, it } from 'vitest'
import { main as decodeAPdu } from '../../../../examples/01-decode-a-pdu.ts'
import { main as twoEntities } from '../../../../examples/02-two-entities-in-memory.ts'
import { main as dtpOverCsp } from '../../../../examples/05-dtp-over-csp.ts'

it('example 01 says what a NAK lacks', () => {
  expect(decodeAPdu()).toBe('transaction 1:1 lacks Metadata and 40–60')
})

it('example 02 brings the file over, octet for octet', async () => {
  const content = new Uint8Array(300_000)
  new Random(7).fill(content)
  expect(Buffer.from((await twoEntities(content)) ?? []).equals(content)).toBe(true)
})

it('example 05 fetches a payload over CSP, octet for octet', async () => {
  const content = new Uint8Array(300_000)
  new Random(8).fill(content)
  expect(Buffer.from(await dtpOverCsp(content)).equals(content)).toBe(true)
})
