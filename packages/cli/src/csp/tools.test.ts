import { type CspAddress, encodeCmp, SERVICE_DEFAULTS, ServicePort, type Transact } from '@skyferry/csp'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import type { Answer, CspTools } from './ports.ts'
import { ident, ifstat, number, ping, processes, scan } from './tools.ts'

const question = { to: 20 as CspAddress, timeoutMs: 1000, crc32: true }
const u32 = (value: number): Uint8Array => Uint8Array.of(0, 0, value >> 8, value & 255)

let findings: Finding[]
let output: Output
let asked: Transact[]
beforeEach(() => {
  findings = []
  asked = []
  const nothing = (): void => {}
  output = {
    event: nothing,
    progress: nothing,
    result: nothing,
    error: nothing,
    close: nothing,
    finding: finding => findings.push(finding),
  }
})

/** A network of which `answer` says what comes back. */
function tools(answer: (request: Transact) => Uint8Array | undefined, isInterrupted = false): CspTools {
  return {
    ask: request => {
      asked.push(request)
      const payload = answer(request)
      const answers: Answer[] =
        payload === undefined ? [] : [{ from: request.to, payload, roundTripMs: 12.3456 }]
      return Promise.resolve(answers)
    },
    pause: () => Promise.resolve(),
    isInterrupted,
  }
}

const identity = encodeCmp({ code: 'ident', isReply: true, identity: SERVICE_DEFAULTS.identity })

describe('ping', () => {
  it('counts what came back, and succeeds if anything did', async () => {
    let count = 0
    const exit = await ping(
      { octets: 4, count: 3, intervalMs: 10 },
      question,
      tools(({ payload }) => (count++ === 1 ? undefined : payload)),
      output,
    )
    expect(exit).toBe(0)
    expect(findings.map(({ fields }) => fields.state ?? fields.answered)).toEqual([
      'answered',
      'timeout',
      'answered',
      2,
    ])
    expect(findings[0]!.text).toBe('20: 4 octets in 12.346 ms')
    expect(asked[0]).toMatchObject({ port: ServicePort.Ping, crc32: true, replyOctets: 4 })
  })

  it('fails when nothing did, and ends when it is interrupted', async () => {
    const plan = { octets: 1, count: 2, intervalMs: 1 }
    expect(
      await ping(
        plan,
        question,
        tools(() => undefined),
        output,
      ),
    ).toBe(3)
    expect(
      await ping(
        plan,
        question,
        tools(() => undefined, true),
        output,
      ),
    ).toBe(130)
  })
})

describe('the other tools', () => {
  it('say the number that they are asked for', async () => {
    await number(
      'memfree',
      question,
      tools(() => u32(2048)),
      output,
    )
    await number(
      'bufs',
      question,
      tools(() => u32(15)),
      output,
    )
    await number(
      'uptime',
      question,
      tools(() => u32(90)),
      output,
    )
    expect(findings.map(({ text }) => text)).toEqual([
      '20: 2.00 KiB free',
      '20: 15 buffers free',
      '20: up for 1 m 30 s',
    ])
    expect(findings[2]).toMatchObject({ type: 'uptime', fields: { node: 20, seconds: 90 } })
  })

  it('say who a node is, its processes and its counters', async () => {
    await ident(
      question,
      false,
      tools(() => identity),
      output,
    )
    await processes(
      question,
      tools(() => new TextEncoder().encode('init\nshell\n\0')),
      output,
    )
    const counters = {
      tx: 1,
      rx: 2,
      txError: 0,
      rxError: 0,
      drop: 3,
      authError: 0,
      frame: 0,
      txOctets: 9,
      rxOctets: 8,
      irq: 0,
    }
    const statistics = encodeCmp({ code: 'interface', isReply: true, interface: 'CAN', counters })
    await ifstat(
      'CAN',
      question,
      tools(() => statistics),
      output,
    )
    expect(findings.map(({ text }) => text.split('\n')[0])).toEqual([
      '   20  skyferry, Skyferry, 0.1.0',
      'init',
      '20 CAN',
    ])
    expect(findings[2]!.fields).toMatchObject({ interface: 'CAN', drop: 3, rxOctets: 8 })
    expect(asked.map(({ collects }) => collects ?? false)).toEqual([false, true, false])
  })

  it('fail by name when nobody answers', async () => {
    const silence = tools(() => undefined)
    await expect(number('bufs', question, silence, output)).rejects.toMatchObject({
      code: 'no-answer',
      exit: 3,
    })
    await expect(ifstat('CAN', question, silence, output)).rejects.toThrow(/no interface 'CAN'/)
  })

  it('find the nodes of a range', async () => {
    const there = new Set([3, 40])
    const network = tools(({ to, port, payload }) =>
      !there.has(to) ? undefined : port === ServicePort.Ping ? payload : to === 3 ? identity : undefined,
    )
    expect(await scan({ from: 1, to: 64 }, question, network, output)).toBe(0)
    expect(findings.map(({ fields }) => fields.node ?? fields.found)).toEqual([3, 40, 2])
    expect(findings[1]!.text).toContain('says no more')
  })
})
