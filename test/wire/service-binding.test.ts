import { expect, it } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { bind, handlerOf } from '../../src/wire/service-binding.ts'

it('a method is answered by the handler of its name, as a part of what implements the service', () => {
  const implementation = {
    own: { totalStreams: 7n },
    getStreamsSummary() {
      return this.own
    },
  }
  const gate = () => {}
  const binding = bind(ChatApi, implementation, { gate })
  expect(binding).toMatchObject({ service: ChatApi, gate })
  const handler = handlerOf(binding, ChatApi.method.getStreamsSummary) as () => unknown
  expect(handler()).toBe(implementation.own)
  expect(handlerOf(binding, ChatApi.method.getStream)).toBeUndefined()
})
