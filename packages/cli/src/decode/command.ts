/** `decode` with the real decoder, files and stdin. */
import { readFileSync, statSync } from 'node:fs'
import { openOutput } from '../output/open.ts'
import { CommandError, Exit } from '../usage.ts'
import { type Decoding, type Found, runDecode } from './decode.ts'
import { isPcap, packetData, parseDecode, pdusOfText, protocolOf, type Source } from './inputs.ts'

export async function decodeCommand(operands: readonly unknown[], options: object): Promise<Exit> {
  const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true
  const sources = parseDecode(operands[0] as readonly string[], isFile)
  const output = await openOutput((options as { readonly json?: boolean }).json ?? false)
  try {
    const found: Found[] = []
    for (const source of sources) found.push(...(await read(source)))
    const protocol = protocolOf(operands[0] as readonly string[], isFile)
    return runDecode(found, await (protocol === 'cdp' ? cdpDecoder() : cfdpDecoder()), output)
  } finally {
    output.close()
  }
}

async function cfdpDecoder(): Promise<(octets: Uint8Array) => Decoding> {
  const { CFDP_FAULTS, decodePdu, describePdu } = await import('@skyferry/cfdp')
  return octets => {
    const { fields, fault } = describePdu(octets)
    if (fault === undefined) return { fields, pdu: decodePdu(octets), fault: undefined }
    const { code, offset } = fault
    return { fields, pdu: undefined, fault: { code, offset, text: CFDP_FAULTS[code] } }
  }
}

async function cdpDecoder(): Promise<(octets: Uint8Array) => Decoding> {
  const { describe } = await import('@skyferry/cdp')
  return octets => {
    const { fields, message, fault } = describe(octets)
    if (fault !== undefined) {
      const { code, offset, text } = fault
      return { fields, pdu: undefined, fault: { code, offset, text } }
    }
    const { kind, ...rest } = message!
    const data = 'data' in rest ? { data: Buffer.from(rest.data).toString('hex') } : {}
    return { fields, pdu: { kind, ...rest, ...data }, fault: undefined }
  }
}

async function read(source: Source): Promise<Found[]> {
  switch (source.kind) {
    case 'hex':
      return [{ octets: source.octets, where: undefined }]
    case 'file':
      return inside(readFile(source.path), source.path)
    case 'stdin': {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return inside(Buffer.concat(chunks), 'stdin')
    }
  }
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new CommandError(
      'unreadable',
      `${path} cannot be read: ${(error as Error).message}`,
      Exit.Usage,
      error,
    )
  }
}

async function inside(content: Uint8Array, where: string): Promise<Found[]> {
  if (!isPcap(content)) return pdusOfText(content).map(octets => ({ octets, where }))
  const { formatUdpAddress, readPcap } = await import('@skyferry/link')
  try {
    return Array.from(readPcap(content), ({ payload, timeMs, from, to, dissector }) => ({
      octets: dissector === 'ccsds' ? packetData(payload) : payload,
      where,
      atMs: timeMs,
      from: formatUdpAddress(from),
      to: formatUdpAddress(to),
    }))
  } catch (error) {
    throw new CommandError('unreadable', `${where}: ${(error as Error).message}`, Exit.Usage, error)
  }
}
