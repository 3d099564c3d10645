// A Bluesky PDS with its PLC directory, both in memory or under TMPDIR, on the loopback only.
// PORT and PLC_PORT choose the ports; RATE_LIMITS=1 turns the PDS's own rate limits on.
// POSTGRES_URL adds an AppView, which indexes what the PDS holds: notifications, search, counts.
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

const { mockNetworkUtilities, TestBsky, TestBsync, TestPds, TestPlc } = await import(
  '@atproto/dev-env'
)

const { PORT, PLC_PORT, POSTGRES_URL, RATE_LIMITS } = process.env
const port = Number(PORT)
const plc = await TestPlc.create({ port: Number(PLC_PORT) })

// The AppView's private state (mutes, what was seen) comes to it through a service of its own.
async function createAppView() {
  const bsync = await TestBsync.create({
    apiKeys: ['bsync'],
    dbUrl: POSTGRES_URL,
    dbSchema: 'bsync',
  })
  return TestBsky.create({
    bsyncApiKey: 'bsync',
    bsyncUrl: bsync.url,
    dbPostgresSchema: 'appview',
    dbPostgresUrl: POSTGRES_URL,
    pdsPort: port,
    plcUrl: plc.url,
    repoProvider: `ws://localhost:${port}`,
  })
}

const appView = POSTGRES_URL ? await createAppView() : undefined
const pds = await TestPds.create({
  port,
  didPlcUrl: plc.url,
  rateLimitsEnabled: RATE_LIMITS === '1',
  ...(appView && { bskyAppViewUrl: appView.url, bskyAppViewDid: appView.ctx.cfg.serverDid }),
})
mockNetworkUtilities(pds, appView)
console.log('READY')
