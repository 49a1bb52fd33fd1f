/** `--filestore-request ACTION:NAME[:NAME]` (section 5.4.1). */
import { FilestoreAction, type FilestoreRequest } from '@skyferry/cfdp'
import { nearest, UsageError } from '../usage.ts'

const ACTIONS: ReadonlyMap<string, FilestoreAction> = new Map<string, FilestoreAction>([
  ['create', FilestoreAction.CreateFile],
  ['delete', FilestoreAction.DeleteFile],
  ['rename', FilestoreAction.RenameFile],
  ['append', FilestoreAction.AppendFile],
  ['replace', FilestoreAction.ReplaceFile],
  ['create-directory', FilestoreAction.CreateDirectory],
  ['mkdir', FilestoreAction.CreateDirectory],
  ['remove-directory', FilestoreAction.RemoveDirectory],
  ['rmdir', FilestoreAction.RemoveDirectory],
  ['deny', FilestoreAction.DenyFile],
  ['deny-directory', FilestoreAction.DenyDirectory],
])

const WITH_TWO_NAMES: ReadonlySet<FilestoreAction> = new Set<FilestoreAction>([
  FilestoreAction.RenameFile,
  FilestoreAction.AppendFile,
  FilestoreAction.ReplaceFile,
])

/** A name is one length-prefixed value: at most 255 octets of UTF-8. */
const NAME_OCTETS_MAX = 255

/** `delete:old.txt`, `rename:old:new`; a colon inside a name is written `\:`. */
export function parseFilestoreRequest(text: string): FilestoreRequest {
  const [word, ...names] = text.split(/(?<!\\):/).map(part => part.replaceAll('\\:', ':'))
  const action = ACTIONS.get(word!)
  if (action === undefined) {
    const near = nearest(word!, ACTIONS.keys())
    const hint = near === undefined ? `one of ${[...ACTIONS.keys()].join(', ')}` : `did you mean '${near}'?`
    throw new UsageError(`filestore action '${word}' is not known: ${hint}`)
  }
  const wanted = WITH_TWO_NAMES.has(action) ? 2 : 1
  const [firstName, secondName] = names
  if (names.length !== wanted || firstName === undefined || names.includes('')) {
    const form = wanted === 2 ? `${word}:FIRST:SECOND` : `${word}:NAME`
    throw new UsageError(`'${text}' is not ${form} (write \\: for a colon inside a name)`)
  }
  for (const name of names) {
    if (new TextEncoder().encode(name).length > NAME_OCTETS_MAX) {
      throw new UsageError(`the name '${name.slice(0, 40)}…' is longer than ${NAME_OCTETS_MAX} octets`)
    }
  }
  return secondName === undefined ? { action, firstName } : { action, firstName, secondName }
}
