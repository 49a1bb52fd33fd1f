import { Worker } from 'node:worker_threads'
import { type JournalContent, JournalDatabase, type JournalOrder } from './journal-database.ts'
import { StoreError, type StoreErrorCode } from './store-error.ts'

/** An open journal database, wherever it runs. One call at a time. */
export interface JournalWriter {
  readonly content: JournalContent
  call(order: JournalOrder): Promise<void>
  /** Lets go of the file. */
  close(): Promise<void>
}

/** What the worker says: first that it is open, or why not; then one answer for each order. */
export type JournalAnswer =
  | { readonly content: JournalContent | undefined }
  | { readonly code: StoreErrorCode; readonly reason: string }

/**
 * Opens a journal database in a thread of its own, where a slow disk holds nobody up. Run from its sources, for which
 * no thread can be started without a loader, it stays in this one.
 */
export function openJournalWriter(file: string): Promise<JournalWriter> {
  return import.meta.url.endsWith('.ts') ? openHere(file) : openInWorker(file)
}

async function openHere(file: string): Promise<JournalWriter> {
  const database = await JournalDatabase.open(file)
  return {
    content: database.content,
    call: async order => database.carryOut(order),
    close: async () => database.close(),
  }
}

async function openInWorker(file: string): Promise<JournalWriter> {
  const thread = new JournalThread(file)
  try {
    const content = (await thread.answer())!
    const close = async (): Promise<void> => {
      await thread.call({ do: 'finish' }).finally(() => thread.end())
    }
    return { content, call: order => thread.call(order), close }
  } catch (error) {
    // Its end closes what it could not let go of, before anybody moves the file.
    await thread.end()
    throw error
  }
}

/** The worker, spoken to in turns. It keeps the process alive only while an answer is awaited. */
class JournalThread {
  readonly #worker: Worker
  /** Orders follow each other, so that the next answer is always to the last order. */
  #last: Promise<unknown> = Promise.resolve()
  #settle: ((said: JournalAnswer) => void) | undefined
  #hasEnded = false

  constructor(file: string) {
    const program = new URL('./journal-worker.js', import.meta.url)
    // Flags that this process was started with are not meant for it.
    this.#worker = new Worker(program, { workerData: file, execArgv: [] })
    this.#worker.on('message', (said: JournalAnswer) => this.#settle?.(said))
    this.#worker.on('error', error => this.#ended(String(error)))
    this.#worker.on('exit', () => this.#ended('it was stopped'))
  }

  answer(): Promise<JournalContent | undefined> {
    return new Promise((resolve, reject) => {
      this.#worker.ref()
      this.#settle = said => {
        this.#settle = undefined
        this.#worker.unref()
        if ('code' in said) reject(new StoreError(said.code, said.reason))
        else resolve(said.content)
      }
      if (this.#hasEnded) this.#ended('it ended earlier')
    })
  }

  call(order: JournalOrder): Promise<void> {
    const answered = this.#last.then(async () => {
      const answer = this.answer()
      this.#worker.postMessage(order)
      await answer
    })
    this.#last = answered.catch(() => {})
    return answered
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #ended(why: string): void {
    this.#hasEnded = true
    this.#settle?.({ code: 'io-error', reason: `the journal's thread does not answer: ${why}` })
  }
}
