/**
 * The usual way to write this service: connect-node's gRPC, and a MongoDB query for each call. Prints its port.
 * Arguments: the database URL.
 */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { type Document, MongoClient } from 'mongodb'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'

const client = await new MongoClient(process.argv[2]!).connect()
const collection = client.db().collection('chat_streams')

function toTimestamp(time: number) {
  const seconds = Math.floor(time)
  return { seconds: BigInt(seconds), nanos: Math.round((time - seconds) * 1e9) }
}

function toMessage(document: Document) {
  const user = document.user_info
  const group = document.group_info
  return {
    streamId: document.stream_id,
    platform: document.platform,
    ...(user && {
      userInfo: {
        platform: user.platform,
        userId: String(user.user_id),
        userNickname: user.user_nickname,
        userCardname: user.user_cardname,
      },
    }),
    ...(group && {
      groupInfo: { platform: group.platform, groupId: String(group.group_id), groupName: group.group_name },
    }),
    createTime: toTimestamp(document.create_time),
    lastActiveTime: toTimestamp(document.last_active_time),
  }
}

const handler = connectNodeAdapter({
  routes: (router) =>
    router.service(ChatApi, {
      async getStreamByGroupId({ groupId, platform = 'qq' }) {
        const document = await collection.findOne({ platform, 'group_info.group_id': groupId })
        return document ? { stream: toMessage(document) } : {}
      },
      async getAllStreams({ platform = 'qq' }) {
        const documents = await collection.find({ platform }).toArray()
        return { streams: documents.map(toMessage), totalSize: documents.length }
      },
    }),
})
const server = createServer({ maxSessionMemory: 1_000 }, handler)
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
