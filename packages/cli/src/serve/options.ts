/** Options of `serve`, as commander hands them over. */
import type { Command } from 'commander'

export interface RawServeOptions {
  readonly config?: string
  readonly printConfig?: boolean
  readonly as?: string
  readonly dataDir?: string
  readonly http?: string
  readonly listen?: string
  readonly peer?: string
  readonly impaired?: boolean
  readonly json?: boolean
}

export function addStationServeOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'what it is made of (YAML); without it, the ground station of the default pair',
    )
    .option('--print-config', 'show the whole effective configuration, with comments, and end')
    .option('--as <ground|craft>', 'an end of the default pair, in the place of a configuration')
    .option('--data-dir <dir>', 'journals, history and buckets (./data)')
    .option('--http <host:port>', 'where its API is (127.0.0.1:8090)')
    .option('--listen <host:port>', 'where its link listens (127.0.0.1:5111)')
    .option('--peer <host:port>', 'where the other end of its link listens (127.0.0.1:5222)')
    .option('--impaired', 'its link is an emulated one: 10 Mbit/s, 40 ms, 2 % loss; the API turns its knobs')
    .option('--json', 'one JSON object per line on stdout, also on a terminal')
}
