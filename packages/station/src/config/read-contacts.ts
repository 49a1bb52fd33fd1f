/** The section `contacts:`, which may be a file of its own. */
import { asMap } from './composite-types.ts'
import type { ContactsConfig } from './configuration.ts'
import { readContactPlan } from './contact-plan.ts'
import type { Problems } from './problems.ts'
import { refuseType, text } from './value-types.ts'
import { readTree, type Tree } from './yaml-tree.ts'

/** The plan of `contacts:`, from its file where it names one. */
export function readContacts(
  tree: Tree,
  readFile: (path: string) => string | { readonly wrong: string },
  problems: Problems,
): ContactsConfig | undefined {
  if (tree.kind === 'map') {
    const plan = readContactPlan(tree, problems)
    return plan === undefined ? undefined : { plan }
  }
  if (tree.kind === 'list') return refuseType(tree, 'a file name or a map', problems)
  const file = text('a file', 1024).read(tree, problems)
  if (file === undefined) return undefined
  const content = readFile(file)
  if (typeof content !== 'string') {
    problems.error('config-unreadable', tree.place, tree.path, `${file} ${content.wrong}`)
    return undefined
  }
  const inside = readTree(content, file, problems)
  const map =
    inside === undefined ? undefined : asMap(inside, 'a map from remote entities to windows', problems)
  const plan = map === undefined ? undefined : readContactPlan(map, problems)
  return plan === undefined ? undefined : { file, plan }
}
