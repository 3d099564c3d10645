// A Bluesky PDS with its PLC directory, both in memory or under TMPDIR, on the loopback only.
// PORT and PLC_PORT choose the ports; RATE_LIMITS=1 turns the PDS's own rate limits on.
import dns from 'node:dns'
import net from 'node:net'

dns.setDefaultResultOrder('ipv4first')

// The packages listen on every interface and offer no way to say otherwise.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (options, ...rest) {
  const where = typeof options === 'object' ? options : { port: Number(options) }
  const callbacks = rest.filter((argument) => typeof argument === 'function')
  return listen.call(this, { ...where, host: '127.0.0.1' }, ...callbacks)
}

const { TestPds, TestPlc } = await import('@atproto/dev-env')

const plc = await TestPlc.create({ port: Number(process.env.PLC_PORT) })
const pds = await TestPds.create({
  port: Number(process.env.PORT),
  didPlcUrl: plc.url,
  rateLimitsEnabled: process.env.RATE_LIMITS === '1',
})
console.log('READY')

process.on('SIGTERM', async () => {
  await pds.close()
  await plc.close()
  process.exit(0)
})
