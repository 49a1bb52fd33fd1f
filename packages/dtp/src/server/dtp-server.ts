/** The server module as a library: payloads by id, and a word when something is sent. */
import type { Driven } from '@skyferry/engine'
import type { NodeAddress, Run } from '../common/port.ts'
import type { Server, ServerIndication, ServerReply, ServerRequest } from './server.ts'

export interface ServerHooks {
  readonly started?: (what: Extract<ServerIndication, { kind: 'started' }>) => void
  readonly ended?: (what: Extract<ServerIndication, { kind: 'ended' }>) => void
  readonly refused?: (what: Extract<ServerIndication, { kind: 'refused' }>) => void
}

/**
 * ```ts
 * const payloads = new PayloadRegistry()
 * payloads.addOctets(1, image)
 * const server = new DtpServer(new Server({ payloads }), run, { ended: ({ node, sent }) => log(node, sent) })
 * ```
 */
export class DtpServer {
  readonly #server: Server
  readonly #driven: Driven<ServerRequest, ServerReply>

  constructor(
    server: Server,
    run: Run<ServerRequest, ServerReply, ServerIndication, never>,
    hooks: ServerHooks = {},
  ) {
    this.#server = server
    this.#driven = run(server, what => {
      if (what.kind === 'started') hooks.started?.(what)
      else if (what.kind === 'ended') hooks.ended?.(what)
      else hooks.refused?.(what)
    })
  }

  /** Transfers under way. */
  get transfers(): number {
    return this.#server.transfers
  }

  /** Ends what is being sent to a node; false when nothing is. */
  stopSending(node: number): boolean {
    return this.#driven.request({ kind: 'stop', node: node as NodeAddress }).kind === 'accepted'
  }

  stop(): void {
    this.#driven.stop()
  }
}
