import { describe, expect, it } from 'vitest'
import type { Event, Finding } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import { Exit } from '../usage.ts'
import { type Decoding, runDecode } from './decode.ts'
import { type Field, table } from './table.ts'

const fields: readonly Field[] = [
  {
    name: 'PDU header',
    value: '',
    octets: { from: 0, to: 2 },
    section: '5.1',
    fields: [
      { name: 'Version', value: '1', octets: { from: 0, to: 1 }, bits: '7-5', section: '5.1' },
      {
        name: 'PDU type',
        value: 'file directive',
        octets: { from: 0, to: 1 },
        bits: '4',
        section: '5.1',
        note: 'odd',
      },
    ],
  },
  { name: 'EOF', value: 'No error', octets: { from: 2, to: 12 }, section: '5.2.2' },
]

function listen(): { output: Output; findings: Finding[]; events: Event[] } {
  const findings: Finding[] = []
  const events: Event[] = []
  const nothing = (): void => {}
  const rest = { progress: nothing, result: nothing, error: nothing, close: nothing }
  return {
    output: { ...rest, event: event => events.push(event), finding: finding => findings.push(finding) },
    findings,
    events,
  }
}

describe('decode', () => {
  it('shows fields in columns, what they are made of indented, notes behind', () => {
    expect(table(fields)).toBe(
      [
        'octets  bits  field       value           section',
        '0-1           PDU header                  5.1',
        '0       7-5     Version   1               5.1',
        '0       4       PDU type  file directive  5.1      ! odd',
        '2-11          EOF         No error        5.2.2',
      ].join('\n'),
    )
  })

  it('gives one object per PDU, with what was decoded and every field', () => {
    const { output, findings } = listen()
    const good: Decoding = { fields, pdu: { header: { version: 1 }, pdu: { kind: 'eof' } }, fault: undefined }
    const found = {
      octets: new Uint8Array(12),
      where: 'a.pcap',
      atMs: 0,
      from: '127.0.0.1:1',
      to: '127.0.0.1:2',
    }
    expect(runDecode([found], () => good, output)).toBe(Exit.Done)
    expect(findings).toMatchObject([
      {
        type: 'pdu',
        fields: {
          index: 0,
          octets: 12,
          captured: '1970-01-01T00:00:00.000Z',
          from: '127.0.0.1:1',
          pdu: { kind: 'eof' },
          fields,
        },
      },
    ])
  })

  it('describes what is refused as far as it goes, says why, and exits 1', () => {
    const { output, findings, events } = listen()
    const fault = { code: 'truncated', offset: 2, text: 'ends before a field that must be there' }
    const bad: Decoding = { fields, pdu: undefined, fault }
    const found = { octets: new Uint8Array(2), where: undefined }
    expect(runDecode([found, found], () => bad, output)).toBe(Exit.Failed)
    expect(findings[0]?.text).toMatch(/^2 octets {2}refused \(truncated at octet 2\): ends before/)
    expect(findings[0]?.fields.fault).toEqual(fault)
    expect(events.map(event => event.text)).toEqual(['2 of 2 are refused'])
  })

  it('says when there is nothing', () => {
    const { output, events } = listen()
    expect(runDecode([], () => ({ fields, pdu: undefined, fault: undefined }), output)).toBe(Exit.Done)
    expect(events.map(event => event.code)).toEqual(['nothing'])
  })
})
