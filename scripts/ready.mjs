/**
 * Makes a clone ready to run: installs what is missing, builds what is stale. Node's own modules only, since this
 * is the first thing that runs in a fresh clone.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the clone. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const STAMP = join(ROOT, 'node_modules', '.skyferry-stamp')
const OLDEST_NODE = [20, 19]

/** Something that must be repaired by a person; the message is all they need. */
export class NotReady extends Error {
  name = 'NotReady'
}

/**
 * What this module does from start to end. Everything it says goes to stderr, so that a command run after it has
 * stdout for itself.
 *
 * @param {{ quiet?: boolean }} options quiet: the compiler and npm are heard only when they fail
 * @returns {Promise<{ installed: boolean, pruned: number }>} whether packages were installed, and how many stale outputs went
 * @throws {NotReady} when npm or the compiler failed, or Node is too old
 */
export async function ensureReady({ quiet = false } = {}) {
  const installed = await install({ quiet })
  const pruned = await build({ quiet })
  return { installed, pruned }
}

/**
 * `npm ci`, when node_modules is missing or was made from another lock file or for another Node.
 *
 * Modification times say nothing after a checkout, so the stamp is a hash of what matters. Install scripts stay off:
 * every native part that we use comes prebuilt inside its package.
 *
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function install({ quiet = false } = {}) {
  refuseOldNode()
  const wanted = stamp()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return false
  process.stderr.write('installing packages (npm ci) …\n')
  const npm = npmCommand()
  await run(npm.command, [...npm.args, 'ci', '--ignore-scripts'], { quiet, what: 'npm ci' })
  writeFileSync(STAMP, wanted)
  return true
}

/**
 * `tsc -b`, which compiles only what changed, after taking away outputs whose sources are gone (tsc keeps them).
 *
 * @returns {Promise<number>} how many stale outputs were removed
 */
export async function build({ quiet = false } = {}) {
  const pruned = projects().reduce((count, project) => count + prune(join(ROOT, project)), 0)
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-b'], { quiet, what: 'tsc -b' })
  return pruned
}

/** Runs a program of ours to its end; its output goes to stderr, or nowhere when quiet and it succeeds. */
async function run(command, args, { quiet, what }) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2] })
  const said = []
  child.stdout?.on('data', chunk => said.push(chunk))
  child.stderr?.on('data', chunk => said.push(chunk))
  const status = await new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => settle(code ?? signal))
  }).catch(error => error.message)
  if (status === 0) return
  process.stderr.write(Buffer.concat(said))
  throw new NotReady(`${what} failed (${status})`)
}

/** npm as it was called, when a `npm run` brought us here; otherwise the one on the path. */
function npmCommand() {
  const script = process.env.npm_execpath
  if (script !== undefined && /\.c?js$/.test(script)) return { command: process.execPath, args: [script] }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] }
}

function stamp() {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(ROOT, 'package-lock.json')))
  hash.update(`${process.versions.node.split('.')[0]} ${process.platform} ${process.arch}`)
  return hash.digest('hex')
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new NotReady(`Node.js ${OLDEST_NODE.join('.')} or later is needed; this is ${process.versions.node}`)
}

/** The folders that the root tsconfig builds. */
function projects() {
  const config = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
  return config.references.map(reference => reference.path)
}

/** Removes what tsc once made in `project/dist` from sources that are no longer in `project/src`. */
function prune(project) {
  const dist = join(project, 'dist')
  if (!existsSync(dist)) return 0
  let removed = 0
  for (const entry of readdirSync(dist, { recursive: true })) {
    const output = /^(.*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(entry)
    if (output === null || existsSync(join(project, 'src', `${output[1]}.ts`))) continue
    rmSync(join(dist, entry), { force: true })
    removed += 1
  }
  if (removed > 0) removeEmptyFolders(dist)
  return removed
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name))
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await ensureReady()
  } catch (error) {
    if (!(error instanceof NotReady)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
