/** Where the sources are, for the tests that read them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest, Source } from './floors.ts'

/** The folder of the checkout. */
export const ROOT: string = fileURLToPath(new URL('../../../..', import.meta.url))

/** Every package: its short name and its folder. */
export function rooms(): { room: string; folder: string }[] {
  const packages = join(ROOT, 'packages')
  return [...readdirSync(packages).map(room => ({ room, folder: join(packages, room) })), BENCH].filter(
    ({ folder }) => existsSync(join(folder, 'package.json')),
  )
}
const BENCH = { room: 'bench', folder: join(ROOT, 'bench') }

/** What a package ships: its sources without their tests. */
export function sourcesOf(room: string, folder: string): Source[] {
  const src = join(folder, 'src')
  if (!existsSync(src)) return []
  return (readdirSync(src, { recursive: true }) as string[])
    .filter(path => /\.[cm]?tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map(path => ({
      room,
      path: path.split(sep).join('/'),
      text: readFileSync(join(src, path), 'utf8'),
    }))
}

/** What the two settings files say, as far as the floors go. */
interface Settings {
  readonly dependencies?: object
  readonly optionalDependencies?: object
  readonly peerDependencies?: object
  readonly compilerOptions?: Manifest['compiler']
}

export function manifestOf(room: string, folder: string): Manifest {
  const read = (name: string): Settings => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const { dependencies, optionalDependencies, peerDependencies } = read('package.json')
  const all = { ...dependencies, ...optionalDependencies, ...peerDependencies }
  return { room, dependencies: Object.keys(all), compiler: read('tsconfig.json').compilerOptions ?? {} }
}

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.venv', 'coverage', 'data', 'tmp'])
const LARGEST_TEXT = 2_000_000

/** Every text file that could be committed, as `[path, text]`. */
export function* texts(folder: string = ROOT): Generator<readonly [path: string, text: string]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) yield* texts(path)
    if (!entry.isFile() || statSync(path).size > LARGEST_TEXT) continue
    const text = readFileSync(path, 'utf8')
    if (!text.includes('\0')) yield [relative(ROOT, path), text]
  }
}
