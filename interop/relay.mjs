/** A bad link with no chance in it: a UDP relay between two ports that loses every n-th datagram towards the receiver. */
import { createSocket } from 'node:dgram'

/**
 * @param {{ sender: number, receiver: number, near: number, far: number, loseEvery: number }} ports
 *   the two ends, the relay's port facing the sender (`near`) and the one facing the receiver (`far`)
 * @returns {Promise<{ close: () => void }>}
 */
export async function relay({ sender, receiver, near, far, loseEvery }) {
  const [nearSocket, farSocket] = await Promise.all([bound(near), bound(far)])
  let count = 0
  nearSocket.on('message', datagram => {
    count += 1
    if (loseEvery === 0 || count % loseEvery !== 0) farSocket.send(datagram, receiver, '127.0.0.1')
  })
  farSocket.on('message', datagram => nearSocket.send(datagram, sender, '127.0.0.1'))
  return {
    close: () => {
      nearSocket.close()
      farSocket.close()
    },
  }
}

function bound(port) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  // An end that has gone away answers with ECONNREFUSED; to a radio that is silence.
  socket.on('error', () => {})
  return new Promise(settle => socket.bind(port, '127.0.0.1', () => settle(socket)))
}
