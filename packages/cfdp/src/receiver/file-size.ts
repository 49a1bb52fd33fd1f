/** What is too large: bounds on what a sender may claim, looked at before anything is allocated. */

/** Octets of the longest file whose PDUs do not carry the large file flag. */
const SMALL_FILE_MAX = 0xffff_ffff

/**
 * Why file data up to `end` is a File Size error, in words; it is one, if it goes beyond either bound.
 * @param size what EOF said; undefined before
 */
export function tooFar(end: number, size: number | undefined): string {
  if (size !== undefined && end > size) return `file data up to ${end} in a file of ${size} octets`
  return `file data up to ${end}, more than allowed`
}

/** Nothing we could ask or report about such a file has room for these octets: no sender made them. */
export function isBeyondHeader(end: number, largeFile: boolean): boolean {
  return end > SMALL_FILE_MAX && !largeFile
}
