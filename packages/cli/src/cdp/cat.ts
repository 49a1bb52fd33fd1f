/** What the cat-like tool does with a conversation, a source and a sink (reference section 19.5). */
import type { Conversation } from '@skyferry/cdp'

/** `stream`: one turn that ends with Close. `exchange`: one turn each way. */
export type Mode = 'stream' | 'exchange'

/** Where octets come from and go to. */
export interface Voice {
  readonly input: AsyncIterable<Uint8Array | string>
  payload(data: Uint8Array): void
}

/** Octets of a payload when the input has no lines to keep. */
const PAYLOAD_OCTETS = 1198
const NEWLINE = 10

/** Sends the whole input: as payloads, or as one turn that gives control at its end. */
export async function sendAll(
  conversation: Conversation,
  voice: Voice,
  { mode, byLine }: { readonly mode: Mode; readonly byLine: boolean },
): Promise<void> {
  let last: Uint8Array | undefined
  for await (const payload of payloadsOf(voice.input, byLine)) {
    if (last !== undefined) await conversation.send(last)
    last = payload
  }
  if (mode === 'exchange') await conversation.give(last)
  else if (last !== undefined) await conversation.send(last)
}

/** Hands every payload of the peer's turn over. */
export async function takeAll(conversation: Conversation, voice: Voice): Promise<void> {
  for await (const payload of conversation) voice.payload(payload)
}

/** Takes one turn, answers with the whole input, and ends with Close. */
export async function answerTurn(conversation: Conversation, voice: Voice): Promise<void> {
  await takeAll(conversation, voice)
  if (!conversation.hasControl) return
  await sendAll(conversation, voice, { mode: 'stream', byLine: false })
  await conversation.close()
}

async function* payloadsOf(
  input: AsyncIterable<Uint8Array | string>,
  byLine: boolean,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0)
  for await (const chunk of input) {
    rest = joined(rest, typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
    for (;;) {
      const line = byLine ? rest.indexOf(NEWLINE) + 1 : 0
      const size =
        line > 0 ? Math.min(line, PAYLOAD_OCTETS) : rest.length >= PAYLOAD_OCTETS ? PAYLOAD_OCTETS : 0
      if (size === 0) break
      yield rest.slice(0, size)
      rest = rest.slice(size)
    }
  }
  if (rest.length > 0) yield rest
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(one.length + other.length)
  whole.set(one)
  whole.set(other, one.length)
  return whole
}
