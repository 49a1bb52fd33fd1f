/**
 * What a document demands, sentence by sentence. A test that proves one has it for a title: `it(seed('nak-limit'), …)`.
 * `npm run conformance` finds those calls and writes `docs/conformance/`; a sentence no test names is a gap there.
 */

export interface Sentence {
  /** Where in its document: a heading, an option, a section of the standard. */
  readonly at: string
  readonly text: string
}

export type Sentences = Readonly<Record<string, Sentence>>

/** @returns a function from the id of a sentence to the sentence, for titles of tests */
export function titles<const S extends Sentences>(sentences: S): (id: keyof S & string) => string {
  return id => sentences[id]!.text
}

/** Shortens the writing of many sentences from one place. */
export function under<const T extends Readonly<Record<string, string>>>(
  at: string,
  texts: T,
): { readonly [Id in keyof T]: Sentence } {
  return Object.fromEntries(Object.entries(texts).map(([id, text]) => [id, { at, text }])) as {
    [Id in keyof T]: Sentence
  }
}
