import type { FilestoreRejection } from '@skyferry/cfdp'

type Code = FilestoreRejection['code']

const CODES: Readonly<Record<string, Code>> = {
  ENOENT: 'does-not-exist',
  ENXIO: 'does-not-exist',
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  EROFS: 'not-allowed',
  ELOOP: 'not-allowed',
  ENOTDIR: 'not-allowed',
  EISDIR: 'not-allowed',
  ENAMETOOLONG: 'not-allowed',
  EXDEV: 'not-allowed',
  ETXTBSY: 'not-allowed',
  EBUSY: 'not-allowed',
  EEXIST: 'already-exists',
  ENOTEMPTY: 'already-exists',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'the file system does not permit it',
  EROFS: 'the file system is read-only',
  ELOOP: 'a symbolic link is in the way',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'the path is too long',
  EXDEV: 'its directory is on another file system',
  EEXIST: 'something has that name already',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file system does not take files that large',
  EIO: 'the disk reports an input/output error',
  EMFILE: 'this process has too many files open',
  ENFILE: 'the system has too many files open',
}

export function reject(code: Code, reason: string): FilestoreRejection {
  return { kind: 'rejected', code, reason }
}

/** The system's own word for what went wrong, such as `ENOSPC`; undefined for anything but an error of the system. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/**
 * What a failed call to the disk means to the protocol. An error that is not the system's is a mistake of ours and
 * is thrown again, except an argument that no system takes (a name with NUL in it).
 * @param doing what was tried, with the file's name: "cannot write /data/a.bin"
 */
export function rejectionOf(error: unknown, doing: string): FilestoreRejection {
  const code = systemCode(error)
  if (code === undefined) throw error
  if (code === 'ERR_INVALID_ARG_VALUE') return reject('not-allowed', `${doing}: no file can have that name`)
  if (code.startsWith('ERR_')) throw error
  return reject(CODES[code] ?? 'io-error', `${doing}: ${WORDS[code] ?? code}`)
}
