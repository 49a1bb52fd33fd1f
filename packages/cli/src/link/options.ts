/** The options of `link emulate`, as typed. */
import { type Command, Option } from 'commander'
import { gather } from '../cfdp/options.ts'
import { DIRECTIONS, KNOBS } from './knobs.ts'

export interface RawEmulateOptions {
  readonly a: string
  readonly b: string
  readonly listenA?: string
  readonly listenB?: string
  readonly seed?: string
  readonly control?: boolean
  readonly json?: boolean
  /** The knobs, in camel case: `loss`, `lossAb` … */
  readonly [knob: string]: unknown
}

/** For a link with two directions that is steered from stdin. */
export function addKnobOptions(command: Command): Command {
  addWeatherOptions(command)
  for (const direction of DIRECTIONS) {
    for (const [name, { value }] of Object.entries(KNOBS)) {
      command.addOption(new Option(`--${name}-${direction} ${value}`).hideHelp())
    }
    command.addOption(new Option(`--outage-${direction} <from-to>`).argParser(gather).hideHelp())
  }
  return addRunOptions(command).option('--control', 'obey lines on stdin')
}

/** What happens to everything that passes. */
export function addWeatherOptions(command: Command): Command {
  command.optionsGroup('Weather:')
  for (const [name, { value, description }] of Object.entries(KNOBS)) {
    command.option(`--${name} ${value}`, description)
  }
  return command.option(
    '--outage <from-to>',
    'dark from then to then, counted from the start (repeatable)',
    gather,
  )
}

export function addRunOptions(command: Command): Command {
  return command
    .optionsGroup('This run:')
    .option('--seed <number>', 'the same seed and the same traffic have the same fate (chosen, and said)')
    .option('--json', 'one JSON object per line on stdout')
}
