/** The thread of a journal: opens the database named by its `workerData`, then carries out one order per message. */
import { parentPort, workerData } from 'node:worker_threads'
import { JournalDatabase, type JournalOrder } from './journal-database.ts'
import type { JournalAnswer } from './journal-writer.ts'
import { storeErrorOf } from './store-error.ts'

function answer(said: JournalAnswer): void {
  parentPort!.postMessage(said)
}

function fail(error: unknown): void {
  const { code, message } = storeErrorOf(error)
  answer({ code, reason: message })
}

try {
  const database = await JournalDatabase.open(String(workerData))
  parentPort!.on('message', (order: JournalOrder) => {
    try {
      database.carryOut(order)
      answer({ content: undefined })
    } catch (error) {
      fail(error)
    }
  })
  answer({ content: database.content })
} catch (error) {
  fail(error)
}
