import type { Weather, WeatherSettings } from './settings.ts'

/** A weather as one would say it: `loss 20 %, reorder 5 %, one-way 900 ms`; `calm` when nothing is wrong with it. */
export function weatherInWords(weather: Weather): string {
  const there = directionInWords(weather.there)
  const back = directionInWords(weather.back)
  return there === back ? there : `there ${there}; back ${back}`
}

/** One direction of it. */
export function directionInWords(settings: WeatherSettings): string {
  const words: string[] = []
  const { loss, burstStart, burstEnd, burstLoss, outages } = settings
  if (loss > 0) words.push(`loss ${percent(loss)}`)
  if (burstStart > 0) {
    const length = burstEnd > 0 ? `of ${short(1 / burstEnd)}` : 'without end'
    words.push(`bursts ${length} every ${short(1 / burstStart)} (loss ${percent(burstLoss)})`)
  }
  if (settings.duplication > 0) words.push(`duplicate ${percent(settings.duplication)}`)
  if (settings.reordering > 0) {
    words.push(`reorder ${percent(settings.reordering)} by ${short(settings.reorderingMs)} ms`)
  }
  if (settings.corruption > 0) words.push(`corrupt ${percent(settings.corruption)}`)
  if (settings.jitterMs > 0) words.push(`jitter ${short(settings.jitterMs)} ms`)
  if (settings.delayMs > 0) words.push(`one-way ${short(settings.delayMs)} ms`)
  if (settings.rateBps !== Infinity) words.push(rate(settings.rateBps))
  if (settings.rateBps !== Infinity && settings.queueOctets !== Infinity) {
    words.push(`queue ${short(settings.queueOctets)} octets`)
  }
  if (settings.mtuOctets !== Infinity) words.push(`MTU ${short(settings.mtuOctets)}`)
  for (const { from, to } of outages) words.push(`dark ${short(from / 1000)}–${short(to / 1000)} s`)
  return words.length === 0 ? 'calm' : words.join(', ')
}

function percent(probability: number): string {
  return `${short(probability * 100)} %`
}

/** Three significant digits, no trailing zeros, no exponent. */
function short(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}

function rate(bps: number): string {
  if (bps >= 1_000_000) return `${short(bps / 1_000_000)} Mbit/s`
  return bps >= 1000 ? `${short(bps / 1000)} kbit/s` : `${short(bps)} bit/s`
}
