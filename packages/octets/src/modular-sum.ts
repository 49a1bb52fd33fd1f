/** The modular checksum (CCSDS 727.0-B-5 section 4.2.2, SANA type 0): order and segmentation do not matter to it. */

/**
 * What `bytes[from…to)` contribute to the modular checksum of the file in which they stand at `fileOffset`: the sum of
 * its big-endian 32-bit words modulo 2^32, where everything else is zero. Add up contributions with `addModular`,
 * each octet once.
 *
 * @param view the same buffer as `bytes`, from the same start
 * @returns unsigned 32 bits
 */
export function modularSum(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  fileOffset: number,
): number {
  let at = from
  let sum = 0
  // Octets before the file's next whole word. `&` cuts an offset to 32 bits, but these two are always among them.
  for (let place = fileOffset & 3; place !== 0 && at < to; place = (place + 1) & 3) {
    sum = (sum + (bytes[at]! << (24 - 8 * place))) | 0
    at += 1
  }
  // Four sums, so that no addition waits for the one before; a DataView reads words wherever they stand.
  let second = 0
  let third = 0
  let fourth = 0
  for (const last = to - 32; at <= last; at += 32) {
    sum = (sum + view.getInt32(at) + view.getInt32(at + 16)) | 0
    second = (second + view.getInt32(at + 4) + view.getInt32(at + 20)) | 0
    third = (third + view.getInt32(at + 8) + view.getInt32(at + 24)) | 0
    fourth = (fourth + view.getInt32(at + 12) + view.getInt32(at + 28)) | 0
  }
  sum += second + third + fourth
  for (; at + 4 <= to; at += 4) sum = (sum + view.getInt32(at)) | 0
  for (let shift = 24; at < to; at++, shift -= 8) sum = (sum + (bytes[at]! << shift)) | 0
  return sum >>> 0
}

/** The modular checksum of two parts of a file together. */
export function addModular(a: number, b: number): number {
  return (a + b) >>> 0
}
