/** Prompt (section 5.2.7): answer with a NAK or with a Keep Alive. */
import type { PduOf } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'

const KEEP_ALIVE = 0x80

export function decodePrompt(reader: PduReader): PduOf<'prompt'> {
  return { kind: 'prompt', response: (reader.u8() & KEEP_ALIVE) === 0 ? 'nak' : 'keep-alive' }
}

export function encodePrompt(writer: PduWriter, pdu: PduOf<'prompt'>): void {
  writer.u8(pdu.response === 'nak' ? 0 : KEEP_ALIVE)
}
