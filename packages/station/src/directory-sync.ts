/** What file systems answer that cannot sync a directory; they have no better to offer. */
const NO_SUCH_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'])

/** Whether a failed sync of a directory says that its file system has no such thing, rather than that it failed. */
export function cannotSyncDirectories(error: unknown): boolean {
  return NO_SUCH_SYNC.has((error as NodeJS.ErrnoException).code ?? '')
}
