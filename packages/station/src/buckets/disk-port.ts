import fs from 'node:fs'

/** The calls of `node:fs` that a filestore makes; tests hand in others that fail, die or keep a log. */
export type DiskPort = Pick<
  typeof fs,
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'ftruncateSync'
  | 'fstatSync'
  | 'lstatSync'
  | 'realpathSync'
  | 'readdirSync'
  | 'opendirSync'
  | 'readFileSync'
  | 'mkdirSync'
  | 'rmdirSync'
  | 'linkSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'fsyncSync'
  | 'fdatasync'
  | 'fsync'
>

export const realDisk: DiskPort = fs

/** Which file it is, whatever its name: inode numbers of some file systems exceed 2^53. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

/** What a name stands for, itself and not what it may point to; undefined where there is nothing. */
export function statOf(disk: DiskPort, path: string): fs.BigIntStats | undefined {
  return disk.lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

/** Writes all of it, however many calls that takes. */
export function writeFully(disk: DiskPort, fd: number, data: Uint8Array, offset: number): void {
  for (let done = 0; done < data.length; ) {
    done += disk.writeSync(fd, data, done, data.length - done, offset + done)
  }
}

/** Reads until `length` octets or the end of the file. @returns how many there were */
export function readFully(
  disk: DiskPort,
  fd: number,
  target: Uint8Array,
  at: number,
  length: number,
  offset: number,
): number {
  let done = 0
  while (done < length) {
    const read = disk.readSync(fd, target, at + done, length - done, offset + done)
    if (read === 0) break
    done += read
  }
  return done
}

/** Removes a file. Its absence is what was wanted. */
export function removeIfThere(disk: DiskPort, path: string): void {
  try {
    disk.unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
