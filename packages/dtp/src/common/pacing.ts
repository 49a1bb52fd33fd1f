/** The C library's pacing (reference section 4), which both of its ends compute from the request. Ours only has to know it. */

/** A round: so many packets back to back, then silence until it is over. */
export interface CRounds {
  readonly roundMs: number
  readonly packetsPerRound: number
}

/** The largest share by which a shortened round may change the rate. */
const DEVIATION_MAX = 0.05
const ROUND_MS_MIN = 10

/**
 * What a C server makes of a request, integer division throughout.
 *
 * @param throughput octets of payload per second, at least 1
 * @param chunk      octets of data per packet, at least 1
 */
export function cRounds(throughput: number, chunk: number): CRounds {
  const packetsPerSecond = Math.floor(throughput / chunk)
  const secondsPerPacket = Math.floor(chunk / throughput)
  const isSlow = secondsPerPacket > packetsPerSecond
  const whole: CRounds = {
    roundMs: isSlow ? secondsPerPacket * 1000 : 1000,
    packetsPerRound: isSlow ? 1 : packetsPerSecond,
  }
  let rounds = whole
  for (let factor = 10; ; factor *= 10) {
    const packetsPerRound = Math.floor(whole.packetsPerRound / factor)
    const roundMs = Math.floor(whole.roundMs / factor)
    if (roundMs < ROUND_MS_MIN) return rounds
    const rate = Math.floor((packetsPerRound * chunk) / roundMs) * 1000
    if (Math.abs(throughput - rate) / throughput >= DEVIATION_MAX) return rounds
    rounds = { roundMs, packetsPerRound }
  }
}

/**
 * A throughput near `throughput`, not above it, that a C server keeps in even rounds of 10 ms: a multiple of 100 packets
 * per second. Below that every choice is uneven, and the wish stays as it is.
 */
export function evenThroughput(throughput: number, chunk: number): number {
  const step = 100 * chunk
  return throughput < step ? Math.max(1, Math.floor(throughput)) : Math.floor(throughput / step) * step
}
