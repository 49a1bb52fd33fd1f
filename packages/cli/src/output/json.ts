/** One JSON object per line, each with `type` and `time` (ISO 8601, UTC). */
import type { Output, Sink } from './output.ts'

/**
 * @param stderr where reasons of failure go a second time, for people who read along
 * @param now    the wall clock; a parameter so that a test can hold it still
 */
export function jsonOutput(stdout: Sink, stderr: Sink, now: () => Date = () => new Date()): Output {
  const line = (type: string, fields: object): void => {
    stdout.write(`${JSON.stringify({ type, time: now().toISOString(), ...fields }, plain)}\n`)
  }
  return {
    event: ({ fields, ...event }) => line('event', { ...event, ...fields }),
    progress: progress => line('progress', { ...progress, rate: Math.round(progress.rate) }),
    result: result => {
      line('result', { ...result, seconds: Number(result.seconds.toFixed(3)) })
      if (result.reason !== null) stderr.write(`${result.state}: ${result.reason}\n`)
    },
    finding: finding => line(finding.type, finding.fields),
    error: error => {
      line('error', { code: error.code, text: error.message, ...error.fields })
      stderr.write(`error: ${error.message}\n`)
    },
    close: () => {},
  }
}

/** Ids may exceed 2^53, which JSON numbers do not carry: they are strings; octets are hexadecimal. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) {
    return Array.from(value, octet => octet.toString(16).padStart(2, '0')).join('')
  }
  return value
}
