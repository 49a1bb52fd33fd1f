/** Starts the ends of an exchange, collects what they print, and lets none of them run past its time. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, readFileSync } from 'node:fs'

/**
 * A program of one end, running.
 *
 * @typedef {object} Running
 * @property {() => boolean} alive
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {Promise<Ended>} ended
 *
 * @typedef {object} Ended
 * @property {number | string} status exit code, or the signal that ended it, or `out of time`
 * @property {object[]} lines the JSON objects it printed on stdout, one per line
 * @property {object | undefined} result the last of them with type `result`
 * @property {string} stderr the end of what it said there
 */

/**
 * @param {{ command: string, args: string[], cwd?: string }} program
 * @param {number} limitMs killed, by its own id, when it takes longer
 * @returns {Running}
 */
export function start({ command, args, cwd }, limitMs) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  let stderr = ''
  let outOfTime = false
  child.stdout.on('data', chunk => output.push(chunk))
  child.stderr.on('data', chunk => {
    stderr = (stderr + chunk).slice(-2000)
  })
  const timer = setTimeout(() => {
    outOfTime = true
    child.kill('SIGKILL')
  }, limitMs)
  const ended = new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const lines = jsonLines(Buffer.concat(output).toString())
      const status = outOfTime ? 'out of time' : (code ?? signal)
      settle({ status, lines, result: lines.findLast(line => line.type === 'result'), stderr: stderr.trim() })
    })
  })
  return {
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: name => child.kill(name),
    ended,
  }
}

/** What parses; a program's other lines are noise. */
function jsonLines(text) {
  return text.split('\n').flatMap(line => {
    try {
      const value = JSON.parse(line)
      return typeof value === 'object' && value !== null ? [value] : []
    } catch {
      return []
    }
  })
}

/** Ports of the loopback that nobody uses now, all different. */
export async function freePorts(count) {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'))
  const ports = await Promise.all(
    sockets.map(
      socket => new Promise(settle => socket.bind(0, '127.0.0.1', () => settle(socket.address().port))),
    ),
  )
  await Promise.all(sockets.map(socket => new Promise(settle => socket.close(settle))))
  return ports
}

/** Waits until somebody listens on this port, or until `running` ended, or ten seconds. */
export async function listening(port, running) {
  for (let waitedMs = 0; waitedMs < 10_000 && running.alive() && !isBound(port); waitedMs += 20)
    await pause(20)
}

function isBound(port) {
  const tables = ['udp', 'udp6', 'tcp', 'tcp6'].map(name => `/proc/net/${name}`).filter(existsSync)
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `
  return tables.some(table => readFileSync(table, 'utf8').includes(local))
}

export function pause(ms) {
  return new Promise(settle => setTimeout(settle, ms))
}
