/** `links`: delivery time over each of the ten links, against the ideal protocol that meets the same losses. */
import { type Bench, countOf, namesOf, type Say, shareOf, type Values } from '../bench.ts'
import { ratioAtLeast } from '../figures.ts'
import { Fates } from './fates.ts'
import { fly, segmentOctets } from './flight.ts'
import { type NakMode, runIdeal } from './ideal.ts'
import { boundMs, deliveryOver, type LinkCase, TEN_LINKS } from './ten-links.ts'

const MODES: readonly NakMode[] = ['immediate', 'deferred']

export const bench: Bench = {
  name: 'links',
  options: {
    link: { type: 'string' },
    mode: { type: 'string' },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    scale: { type: 'string' },
    'return-loss': { type: 'string' },
  },
  help: [
    "--link NAMES     some of the ten, by comma: 'GEO,Mars far'",
    '--mode MODES     immediate, deferred (both)',
    '--seeds N        per link and mode (5 up to 1 GB; 20 up to 1 MB; 2 above 1 GB)',
    '--seed N         the first seed (1)',
    '--scale N        an Nth of the file and of the rate on files of 1 GB and more: quicker, and not the link it names',
    "--return-loss P  of what the receiver says, instead of the link's: 0 shows what lost answers cost",
  ],
  async run(values, say) {
    const names = namesOf(
      values,
      'link',
      TEN_LINKS.map(link => link.name),
    )
    const modes = namesOf(values, 'mode', MODES)
    const scale = countOf(values, 'scale', 1)
    for (const link of TEN_LINKS.filter(each => names.includes(each.name))) {
      for (const mode of modes) measure(values, say, link, mode, scale)
    }
  },
}

function measure(values: Values, say: Say, link: LinkCase, mode: NakMode, scale: number): void {
  const flown = scale > 1 && link.fileOctets >= 1e9 ? scaled(link, scale) : link
  const delivery = deliveryOver(flown, segmentOctets(flown))
  const first = countOf(values, 'seed', 1)
  const returnLoss = shareOf(values, 'return-loss', flown.loss)
  const seeds = countOf(values, 'seeds', usualSeeds(flown))
  const ours: number[] = []
  const ideal: number[] = []
  const sent: number[] = []
  const answers: number[] = []
  const started = performance.now()
  for (let seed = first; seed < first + seeds; seed++) {
    const best = runIdeal(mode, delivery, new Fates(seed, flown.loss))
    const flight = fly(flown, mode, seed, returnLoss)
    ours.push(flight.ms / 1000)
    ideal.push(best.ms / 1000)
    sent.push(flight.sent / best.sent)
    answers.push(flight.answerOctets / flown.fileOctets)
  }
  const elapsed = (performance.now() - started) / 1000
  const virtual = ours.reduce((sum, seconds) => sum + seconds, 0)
  say.progress(
    `${link.name} ${mode}: ${seeds} seeds, ${virtual.toFixed(0)} virtual s in ${elapsed.toFixed(1)} s`,
  )
  const about = { case: `${link.name}, ${mode}`, ...noteOf(link, flown, scale) }
  const idealMean = mean(ideal)
  const bound = boundMs(delivery) / 1000
  say.figure({
    ...about,
    figure: 'delivery time',
    unit: 's',
    samples: ours,
    // Of times, less is better: the ratio is the ideal's time over ours.
    baseline: { name: 'ideal', value: idealMean },
    ratios: ideal.map((seconds, run) => seconds / ours[run]!),
    goal: ratioAtLeast(0.97),
  })
  say.figure({
    ...about,
    figure: 'bound over mean time',
    unit: '',
    samples: [bound / mean(ours)],
    baseline: { name: 'ideal', value: bound / idealMean },
  })
  say.figure({ ...about, figure: 'PDUs sent over needed', unit: '', samples: sent })
  say.figure({ ...about, figure: 'answers, octets over file', unit: '', samples: answers })
}

/** Time on the link and losses per round trip stay as they are; the number of datagrams, and so of rounds, does not. */
function scaled(link: LinkCase, scale: number): LinkCase {
  return { ...link, fileOctets: link.fileOctets / scale, rateBps: link.rateBps / scale }
}

function noteOf(link: LinkCase, flown: LinkCase, scale: number): { readonly note?: string } {
  if (flown === link) return {}
  return {
    note: `flown with 1/${scale} of the file and of the rate: fewer losses, so fewer rounds than the link named has`,
  }
}

/** Small files are all luck, large ones all time. */
function usualSeeds({ fileOctets }: LinkCase): number {
  if (fileOctets > 1e9) return 2
  return fileOctets < 1e6 ? 20 : 5
}

const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, each) => sum + each, 0) / samples.length
