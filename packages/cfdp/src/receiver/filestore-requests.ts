/** Filestore requests (section 4.9): in order, after the file is in its place, until the first that fails. */
import { assert } from '@skyferry/engine'
import { type FileActions, type FileCopy, type FilestoreRejection, isRejection } from '../filestore.ts'
import { FilestoreAction, type FilestoreRequest, type FilestoreResponse, type PduOf } from '../pdu/model.ts'
import type { FilestoreOutcome } from '../records.ts'

/** The standard has one word for whatever nobody tried. */
const NOT_PERFORMED = 15
const DONE: FilestoreOutcome = { status: 0, message: '' }

/** Our own words: a reason of the host may name its directories. */
const WORDS: Readonly<Record<FilestoreRejection['code'], string>> = {
  'does-not-exist': '',
  'not-allowed': 'not allowed here',
  'already-exists': 'something is in the way',
  'no-space': 'no space left',
  changed: 'it has changed meanwhile',
  'io-error': 'the disk reports an error',
}

export function filestoreRequests(metadata: PduOf<'metadata'> | undefined): FilestoreRequest[] {
  return (metadata?.options ?? []).flatMap(option => {
    if (option.tlv !== 'filestore-request') return []
    const { action, firstName, secondName } = option
    return [{ action, firstName, ...(secondName === undefined ? {} : { secondName }) }]
  })
}

/** One response per request; those beyond the outcomes were not performed. */
export function filestoreResponses(
  requests: readonly FilestoreRequest[],
  outcomes: readonly FilestoreOutcome[],
): FilestoreResponse[] {
  return requests.map((request, index) => ({
    ...request,
    ...(outcomes[index] ?? { status: NOT_PERFORMED, message: '' }),
  }))
}

/** The first failure ends it. */
export function hasFailed(outcomes: readonly FilestoreOutcome[]): boolean {
  return (outcomes.at(-1)?.status ?? 0) !== 0
}

/**
 * Carries out one request at a time. A request that an earlier life had in hand, of which nobody knows how far it
 * got, is carried out so that its effect is there once: what it wanted gone may be gone, what it wanted made may be
 * there, and what it appended is appended behind the octets that were there before.
 */
export class Performer {
  /** The request in hand was begun in this life. */
  #isFresh = false
  #copy: FileCopy | undefined

  /** @returns what is to be recorded before the request is carried out: octets of its first file */
  begin(actions: FileActions, { action, firstName }: FilestoreRequest): number {
    this.#isFresh = true
    const size = action === FilestoreAction.AppendFile ? actions.sizeOf(firstName) : 0
    return typeof size === 'number' ? size : 0
  }

  /** @returns undefined: there is more to do */
  step(actions: FileActions, request: FilestoreRequest, before: number): FilestoreOutcome | undefined {
    const outcome = this.#isCopy(request)
      ? this.#stepCopy(actions, request, before)
      : act(actions, request, !this.#isFresh)
    if (outcome !== undefined) {
      this.#copy = undefined
      this.#isFresh = false
    }
    return outcome
  }

  #isCopy({ action }: FilestoreRequest): boolean {
    return action === FilestoreAction.AppendFile || action === FilestoreAction.ReplaceFile
  }

  #stepCopy(
    actions: FileActions,
    { action, firstName, secondName = '' }: FilestoreRequest,
    before: number,
  ): FilestoreOutcome | undefined {
    if (this.#copy === undefined) {
      if (isMissing(actions.sizeOf(firstName))) return failed(1)
      if (isMissing(actions.sizeOf(secondName))) return failed(2)
      const copy =
        action === FilestoreAction.AppendFile
          ? actions.appendFile(firstName, secondName, before)
          : actions.replaceFile(firstName, secondName)
      if (isRejection(copy)) return failed(3, copy)
      this.#copy = copy
    }
    const done = this.#copy.step()
    if (isRejection(done)) return failed(3, done)
    return done ? DONE : undefined
  }
}

/** @param isRepeated an earlier life may have done it already */
function act(
  actions: FileActions,
  { action, firstName, secondName = '' }: FilestoreRequest,
  isRepeated: boolean,
): FilestoreOutcome {
  switch (action) {
    case FilestoreAction.CreateFile: {
      // Tried all the same: an earlier life may have made it, and not lived to make it durable.
      const rejection = actions.createFile(firstName)
      const isMade = isRepeated && rejection?.code === 'already-exists' && actions.sizeOf(firstName) === 0
      return isMade ? DONE : outcomeOf(rejection, 1, 1)
    }
    case FilestoreAction.DeleteFile: {
      const rejection = actions.removeFile(firstName)
      return isRepeated && rejection?.code === 'does-not-exist' ? DONE : outcomeOf(rejection, 2, 1)
    }
    case FilestoreAction.RenameFile: {
      const rejection = actions.renameFile(firstName, secondName)
      if (
        rejection?.code === 'does-not-exist' &&
        isRepeated &&
        typeof actions.sizeOf(secondName) === 'number'
      )
        return DONE
      return rejection?.code === 'already-exists' ? failed(2) : outcomeOf(rejection, 3, 1)
    }
    case FilestoreAction.CreateDirectory: {
      const rejection = actions.createDirectory(firstName)
      const isMade = isRepeated && rejection !== undefined && actions.sizeOf(firstName) === 'directory'
      return isMade ? DONE : outcomeOf(rejection, 1, 1)
    }
    case FilestoreAction.RemoveDirectory: {
      const rejection = actions.removeDirectory(firstName)
      return isRepeated && rejection?.code === 'does-not-exist' ? DONE : outcomeOf(rejection, 2, 1)
    }
    case FilestoreAction.DenyFile: {
      return outcomeOf(actions.removeFile(firstName), 2, 0)
    }
    case FilestoreAction.DenyDirectory: {
      return outcomeOf(actions.removeDirectory(firstName), 2, 0)
    }
    case FilestoreAction.AppendFile:
    case FilestoreAction.ReplaceFile:
      assert(false, 'files are joined and replaced step by step')
  }
}

function isMissing(size: ReturnType<FileActions['sizeOf']>): boolean {
  return size === undefined
}

/** The statuses of one action (table 5-18): for a missing name, and for everything else that is refused. */
function outcomeOf(
  rejection: FilestoreRejection | undefined,
  refused: number,
  missing: number,
): FilestoreOutcome {
  if (rejection === undefined) return DONE
  return rejection.code === 'does-not-exist' ? { status: missing, message: '' } : failed(refused, rejection)
}

function failed(status: number, rejection?: FilestoreRejection): FilestoreOutcome {
  return { status, message: rejection === undefined ? '' : WORDS[rejection.code] }
}
