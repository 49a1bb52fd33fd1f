/** Options of `serve`, as commander hands them over. */
import type { Command } from 'commander'

export interface RawServeOptions {
  readonly as?: string
  readonly dataDir?: string
  readonly http?: string
  readonly listen?: string
  readonly peer?: string
  readonly impaired?: boolean
  readonly json?: boolean
}

export function addServeOptions(command: Command): Command {
  return command
    .option('--as <ground|craft>', 'which end of the default pair it is: entity 11 or entity 5 (ground)')
    .option('--data-dir <dir>', 'journals, history and buckets (./data)')
    .option('--http <host:port>', 'where its API is (127.0.0.1:8090)')
    .option('--listen <host:port>', 'where its link listens (127.0.0.1:5111)')
    .option('--peer <host:port>', 'where the other end of its link listens (127.0.0.1:5222)')
    .option('--impaired', 'its link is an emulated one: 10 Mbit/s, 40 ms, 2 % loss; the API turns its knobs')
    .option('--json', 'one JSON object per line on stdout, also on a terminal')
}
