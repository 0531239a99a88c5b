import { expect, onTestFinished, test } from 'vitest'
import { intGroup, intUser } from '../support/maibot-collection.ts'
import { mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { clientOf, startService, wires } from '../support/service.ts'

test.skipIf(mongodMissing())(
  'what a bot writes shows in totals for which MongoDB does not count',
  async () => {
    const servers = await startReplicaSet()
    onTestFinished(() => servers.stop())
    const db = servers.admin.db('MegBot')
    const streams = db.collection('chat_streams')
    await streams.insertMany([intGroup(1, 1), intGroup(2, 2), intUser(3, 3)])
    const service = await startService({ storeUrl: servers.url('MegBot'), reads: 'store' })
    const client = clientOf(wires['gRPC on the gRPC port']!(service))
    const summary = async () => {
      const { totalStreams, groupStreams, privateStreams } = await client.getStreamsSummary({})
      return [totalStreams, groupStreams, privateStreams].map(Number)
    }
    const counts = db.collection('system.profile')
    const timesCounted = () =>
      counts.countDocuments({ 'command.aggregate': 'chat_streams', 'command.pipeline.$group': { $exists: true } })

    await db.command({ profile: 2 })
    expect(await summary()).toEqual([3, 2, 1])
    await expect
      .poll(async () => {
        const before = await timesCounted()
        await summary()
        return (await timesCounted()) - before
      })
      .toBe(0)
    const before = await timesCounted()

    await streams.insertOne(intGroup(4, 4))
    await expect.poll(summary).toEqual([4, 3, 1])
    await streams.updateOne({ stream_id: 'int-group-4' }, { $set: { group_info: null } })
    await expect.poll(summary).toEqual([4, 2, 2])
    await streams.deleteOne({ stream_id: 'int-user-3' })
    await expect.poll(summary).toEqual([3, 2, 1])
    await client.openStream({ platform: 'telegram', groupId: '7' })
    expect(await summary()).toEqual([4, 3, 1])
    expect(await client.getAllStreams({ platform: 'telegram' })).toMatchObject({ totalSize: 1 })
    expect(await timesCounted()).toBe(before)
  },
  60_000,
)
