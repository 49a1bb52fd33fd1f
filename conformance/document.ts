import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sentences } from './sentences.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** One document and the function whose calls mark its tests: `seed('id'`. */
export interface Source {
  readonly heading: string
  readonly mark: string
  readonly sentences: Sentences
}

/** The page for a protocol: a row per sentence with the tests that prove it, gaps shown as gaps. */
export function conformancePage(title: string, about: string, sources: readonly Source[]): string {
  const tests = testFiles().map(file => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }))
  const lines = [`# ${title}`, '', about, '']
  for (const { heading, mark, sentences } of sources) {
    const proofs = new Map<string, string[]>()
    for (const { file, text } of tests) {
      for (const id of marksIn(text, mark)) proofs.set(id, [...(proofs.get(id) ?? []), file])
    }
    const ids = Object.keys(sentences)
    const unknown = [...proofs.keys()].filter(id => !(id in sentences))
    if (unknown.length > 0) throw new Error(`a test names ${mark}('${unknown[0]}'), which is no sentence`)
    const proven = ids.filter(id => proofs.has(id)).length
    lines.push(`## ${heading}`, '', `${proven} of ${ids.length} proven.`, '')
    lines.push('| where | what | proven by |', '| --- | --- | --- |')
    for (const id of ids) {
      const { at, text } = sentences[id]!
      const files = [...new Set(proofs.get(id) ?? [])]
      lines.push(`| ${at} | ${escaped(text)} | ${files.map(link).join('<br>') || '**gap**'} |`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

/** Ids named by calls of `mark` in titles, where the file takes it from here, and in comments beside tests. */
function marksIn(file: string, mark: string): Set<string> {
  const isOurs = /from '[./]*conformance\//.test(file)
  const text = isOurs ? file : [...file.matchAll(/^\s*\/\/.*$/gm)].join('\n')
  return new Set([...text.matchAll(new RegExp(`\\b${mark}\\(\\s*'([^']+)'`, 'g'))].map(match => match[1]!))
}

function testFiles(): string[] {
  const rooms = readdirSync(path.join(ROOT, 'packages')).map(room => `packages/${room}`)
  return [...rooms, 'interop'].flatMap(room =>
    readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter(file => !/(^|\/)(node_modules|dist|\.venv)\//.test(file))
      .filter(file => /\.test\.ts$/.test(file) || (room === 'interop' && file.endsWith('.mjs')))
      .map(file => path.posix.join(room, file.split(path.sep).join('/')))
      .sort(),
  )
}

function escaped(text: string): string {
  return text.replace(/[|<>]/g, each => (each === '|' ? '\\|' : each === '<' ? '&lt;' : '&gt;'))
}

function link(file: string): string {
  const parts = file.split('/')
  return `[${parts.slice(-2).join('/')}](../../${file})`
}
