/** Runs the bare stream's two processes. */
import { statSync } from 'node:fs'
import { Program } from '../../program.ts'
import type { Contender } from '../transfer.ts'

/**
 * The window is what a receive buffer of 4 MiB surely holds: 3,640 datagrams of 1 KiB, but of 8 KiB fewer than 400.
 */
export function windowFor(datagramOctets: number): number {
  return datagramOctets <= 2048 ? 512 : 256
}

/** @param isSynced whether the file is on the disk, and not only written, before the last acknowledgement */
export function bareStream(isSynced: boolean): Contender {
  return {
    name: isSynced ? 'synced stream' : 'bare stream',
    async transfer(source, target, pduOctets) {
      const size = String(statSync(source).size)
      const receiver = Program.module(new URL('receiver.js', import.meta.url), [
        target,
        size,
        String(pduOctets),
        ...(isSynced ? ['synced'] : []),
      ])
      try {
        const { port } = await receiver.line(line => 'port' in line)
        const args = [source, String(port), String(pduOctets), String(windowFor(pduOctets))]
        const sender = Program.module(new URL('sender.js', import.meta.url), args)
        try {
          const sent = await sender.line(line => 'seconds' in line)
          const received = await receiver.line(line => 'octets' in line)
          return {
            seconds: Number(sent.seconds),
            octets: Number(sent.octets),
            cpuSeconds: Number(sent.cpuSeconds) + Number(received.cpuSeconds),
            sentOverNeeded: Number(sent.sent) / Number(sent.datagrams),
          }
        } finally {
          sender.stop()
        }
      } finally {
        receiver.stop()
      }
    },
  }
}
