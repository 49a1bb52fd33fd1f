/** A process of its own that hears datagrams and says nothing: prints `{"port":…}`. */
import { createSocket } from 'node:dgram'

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
socket.on('message', () => {})
// Whoever started it is gone: so is the need for it.
process.stdin.on('end', () => process.exit()).resume()
socket.bind(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: socket.address().port })}\n`)
})
