/** A payload that says whose it is, which it is, and how long it is, so that any mistake shows. */
export interface Letter {
  /** Of which end of which connection. */
  readonly thread: number
  readonly number: number
}

const HEAD_OCTETS = 12

export function letter({ thread, number }: Letter, padding: number): Uint8Array {
  const octets = new Uint8Array(HEAD_OCTETS + padding)
  const view = new DataView(octets.buffer)
  view.setUint32(0, thread)
  view.setUint32(4, number)
  view.setUint32(8, octets.length)
  octets.fill(number, HEAD_OCTETS)
  return octets
}

/** Undefined for octets that are not one whole letter. An empty payload is nobody's letter. */
export function readLetter(octets: Uint8Array): Letter | undefined {
  if (octets.length < HEAD_OCTETS) return undefined
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const number = view.getUint32(4)
  if (view.getUint32(8) !== octets.length) return undefined
  for (let index = HEAD_OCTETS; index < octets.length; index++) {
    if (octets[index] !== (number & 0xff)) return undefined
  }
  return { thread: view.getUint32(0), number }
}
