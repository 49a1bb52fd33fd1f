/** Forms with files (multipart/form-data, RFC 7578), read as they come: a file may be larger than memory. */
import { YamcsError } from './wire.ts'

const HEADERS_MAX_OCTETS = 16 * 1024

/**
 * Hands over each file of a form while it is read. Parts that are no files are passed over.
 * @returns how many files there were
 */
export async function readForm(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  file: (name: string, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<number> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  if (boundary === null) throw new YamcsError(400, 'the form names no boundary')
  const parts = new FormReader(body[Symbol.asyncIterator](), boundary[1] ?? boundary[2]!)
  let files = 0
  while (await parts.next()) {
    const headers = await parts.headers()
    const name = filenameOf(headers)
    if (name === undefined) {
      for await (const _ of parts.content()) {
        // Read past: what stands behind it matters.
      }
      continue
    }
    files += 1
    if (files > 1) return files
    await file(name, parts.content())
  }
  return files
}

/** Cuts a stream at the lines of its boundary. */
class FormReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Buffer
  /** The first boundary has no line before it; one is imagined. */
  #buffer: Buffer = Buffer.from('\r\n')
  #hasEnded = false

  constructor(source: AsyncIterator<Uint8Array>, boundary: string) {
    this.#source = source
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
  }

  /** Goes to the next part. @returns false behind the last one */
  async next(): Promise<boolean> {
    for await (const _ of this.content()) {
      // What stands before the first part, or was left of the last.
    }
    this.#buffer = this.#buffer.subarray(this.#delimiter.length)
    while (this.#buffer.length < 2) if (!(await this.#more())) return false
    const isLast = this.#buffer.subarray(0, 2).toString('latin1') === '--'
    if (!isLast) this.#buffer = this.#buffer.subarray(2)
    return !isLast
  }

  async headers(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end >= 0) {
        const text = this.#buffer.subarray(0, end).toString('utf8')
        this.#buffer = this.#buffer.subarray(end + 4)
        return text
      }
      if (this.#buffer.length > HEADERS_MAX_OCTETS || !(await this.#more())) {
        throw new YamcsError(400, 'a part of the form has no end to its headers')
      }
    }
  }

  /** Octets up to the next boundary, which stays in the buffer. */
  async *content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const end = this.#buffer.indexOf(this.#delimiter)
      // A boundary may begin in this piece and end in the next.
      const safe = end >= 0 ? end : Math.max(0, this.#buffer.length - this.#delimiter.length + 1)
      if (safe > 0) {
        const piece = this.#buffer.subarray(0, safe)
        this.#buffer = this.#buffer.subarray(safe)
        yield piece
      }
      if (end >= 0) return
      if (!(await this.#more())) throw new YamcsError(400, 'the form ends in the middle')
    }
  }

  async #more(): Promise<boolean> {
    if (this.#hasEnded) return false
    const { value, done } = await this.#source.next()
    if (done === true) {
      this.#hasEnded = true
      return false
    }
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value])
    return true
  }
}

/** Of a part that is a file: quotes and line ends in it come percent-encoded. */
function filenameOf(headers: string): string | undefined {
  const line = headers.split('\r\n').find(each => /^content-disposition:/i.test(each)) ?? ''
  const extended = /;\s*filename\*=(?:utf-8|UTF-8)''([^;\s]+)/.exec(line)
  if (extended !== null) return decodeURIComponent(extended[1]!)
  const plain = /;\s*filename="([^"]*)"/i.exec(line)
  return plain?.[1]?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n')
}
