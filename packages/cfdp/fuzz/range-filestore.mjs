/**
 * A disk that keeps only what was written, wherever a stranger says it stands: no offset and no size makes it allocate,
 * and it is full after one mebibyte.
 */

const FULL_OCTETS = 1024 * 1024
const NO_SPACE = { kind: 'rejected', code: 'no-space', reason: 'the disk is full' }
const MISSING = { kind: 'rejected', code: 'does-not-exist', reason: 'there is no such file' }

export class RangeFilestore {
  #sources
  /** By key: pieces of a file being received. */
  #incoming = new Map()
  #placed = new Map()
  #octets = 0

  /** @param {Uint8Array} content of `file`; `small` is its beginning and `empty` has none of it */
  constructor(content) {
    this.#sources = new Map([
      ['file', content],
      ['small', content.subarray(0, 100)],
      ['empty', content.subarray(0, 0)],
    ])
  }

  /** Another disk with the same on it. */
  fork() {
    const copy = new RangeFilestore(this.#sources.get('file'))
    for (const [key, pieces] of this.#incoming) copy.#incoming.set(key, [...pieces])
    copy.#placed = new Map(this.#placed)
    copy.#octets = this.#octets
    return copy
  }

  /** Keys of files that are being received still. */
  incomplete() {
    return new Set(this.#incoming.keys())
  }

  openSource(name) {
    const content = this.#sources.get(name)
    if (content === undefined) return MISSING
    return {
      size: content.length,
      stamp: name,
      read: (offset, target, at, length) => target.set(content.subarray(offset, offset + length), at),
      close: () => {},
    }
  }

  openTarget(key) {
    return {
      write: (offset, data) => this.#write(key, offset, data),
      read: (offset, target, at, length) => this.#read(key, offset, target, at, length),
      place: name => {
        this.#discard(key)
        if (!this.#placed.has(key)) this.#placed.set(key, name)
        return { kind: 'placed', name: this.#placed.get(key) }
      },
      discard: () => this.#discard(key),
      close: () => {},
    }
  }

  #write(key, offset, data) {
    if (this.#octets + data.length > FULL_OCTETS) return NO_SPACE
    this.#octets += data.length
    const pieces = this.#incoming.get(key)
    if (pieces === undefined) this.#incoming.set(key, [{ offset, data: data.slice() }])
    else pieces.push({ offset, data: data.slice() })
    return undefined
  }

  #read(key, offset, target, at, length) {
    target.fill(0, at, at + length)
    for (const piece of this.#incoming.get(key) ?? []) {
      const from = Math.max(offset, piece.offset)
      const to = Math.min(offset + length, piece.offset + piece.data.length)
      if (from < to)
        target.set(piece.data.subarray(from - piece.offset, to - piece.offset), at + from - offset)
    }
    return undefined
  }

  #discard(key) {
    for (const { data } of this.#incoming.get(key) ?? []) this.#octets -= data.length
    this.#incoming.delete(key)
  }
}
