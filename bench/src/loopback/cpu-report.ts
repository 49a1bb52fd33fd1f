/** Preloaded into a child (`node --import`): as it ends, says on stderr what it cost. */
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const peakOctets = process.resourceUsage().maxRSS * 1024
  process.stderr.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakOctets })}\n`)
})
