/** The file that is moved, and the proof that it arrived. */
import { randomFillSync } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

const BLOCK = 4 * 1024 * 1024

/** Octets nobody can guess or compress. */
export function makeFile(path: string, octets: number): void {
  const descriptor = openSync(path, 'w')
  const block = Buffer.allocUnsafe(BLOCK)
  for (let left = octets; left > 0; left -= BLOCK) {
    randomFillSync(block)
    writeSync(descriptor, block, 0, Math.min(left, BLOCK))
  }
  closeSync(descriptor)
}

/** Reads both whole; also leaves both in the page cache, the same for every contender. */
export function sameOctets(one: string, other: string): boolean {
  const files = [openSync(one, 'r'), openSync(other, 'r')] as const
  try {
    if (fstatSync(files[0]).size !== fstatSync(files[1]).size) return false
    const blocks = [Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK)] as const
    for (;;) {
      const read = readSync(files[0], blocks[0], 0, BLOCK, null)
      if (readSync(files[1], blocks[1], 0, BLOCK, null) !== read) return false
      if (read === 0) return true
      if (blocks[0].compare(blocks[1], 0, read, 0, read) !== 0) return false
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}
