/** Reads TypeScript as text, just well enough to tell code from what is only said about it. */

/** Every module named by an import, an export-from, a dynamic import or a require. */
export function importsOf(source: string): string[] {
  const forms = [
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*(?:(?:'( *)')|(?:"( *)"))/dg,
    /\bimport\s*(?:(?:'( *)')|(?:"( *)"))/dg,
    /\b(?:import|require)\s*\(\s*(?:(?:'( *)')|(?:"( *)")|(?:`( *)`))/dg,
  ]
  const code = codeOnly(source)
  // A specifier is a string, blank here and still in its place in the source; what only looks like one is inside another.
  return forms.flatMap(form =>
    [...code.matchAll(form)].map(match => {
      const [from, to] = match.indices!.slice(1).find(range => range !== undefined)!
      return source.slice(from, to)
    }),
  )
}

const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|yield|await))\s*$/

/** The source with comments, the contents of strings, template text and regular expressions blanked, all else in its place. */
export function codeOnly(source: string): string {
  let out = ''
  let at = 0
  /** For each open template, how many braces are open inside its current `${`. */
  const templates: number[] = []
  const hide = (to: number): void => {
    out += source.slice(at, to).replace(/[^\n]/g, ' ')
    at = to
  }
  /** Up to `to`, with the quotes at both ends left standing. */
  const quoted = (to: number): void => {
    out += source[at]
    at += 1
    hide(Math.max(at, to - 1))
    out += source.slice(at, to)
    at = Math.max(at, to)
  }
  /** Template text from `at`, up to its end or its next `${`. */
  const templateText = (): void => {
    let end = at
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1
    }
    hide(Math.min(end, source.length))
    if (source[at] === '`') templates.pop()
    else templates[templates.length - 1] = 0
    const mark = source[at] === '`' ? 1 : 2
    out += source.slice(at, at + mark)
    at += mark
  }
  while (at < source.length) {
    const char = source[at]!
    const depth = templates.at(-1)
    if (source.startsWith('//', at)) hide(endOf(source, '\n', at, 0))
    else if (source.startsWith('/*', at)) hide(endOf(source, '*/', at + 2, 2))
    else if (char === "'" || char === '"') quoted(endOfQuoted(source, at, char))
    else if (char === '/' && BEFORE_REGEX.test(out.slice(-80))) hide(endOfRegex(source, at))
    else {
      out += char
      at += 1
      if (char === '`') {
        templates.push(0)
        templateText()
      } else if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1
      else if (depth === 0 && char === '}') templateText()
      else if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1
    }
  }
  return out
}

function endOf(source: string, mark: string, from: number, past: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found + past
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let end = from + 1
  while (end < source.length && source[end] !== quote && source[end] !== '\n') {
    end += source[end] === '\\' ? 2 : 1
  }
  return Math.min(end + 1, source.length)
}

function endOfRegex(source: string, from: number): number {
  let end = from + 1
  let inClass = false
  while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
    if (source[end] === '[') inClass = true
    else if (source[end] === ']') inClass = false
    end += source[end] === '\\' ? 2 : 1
  }
  return Math.min(end + 1, source.length)
}
