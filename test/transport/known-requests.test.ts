import { create, type DescMethod, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import {
  ChatApi,
  GetStreamByGroupIdRequestSchema,
  GetStreamByUserIdRequestSchema,
  GetStreamRequestSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { validate } from '../../src/rpc/validate.ts'
import { KnownRequests } from '../../src/transport/known-requests.ts'
import { jsonFormat, protoFormat } from '../../src/transport/protocols/format.ts'
import { routesOf } from '../../src/transport/route.ts'
import { bind } from '../../src/wire/service-binding.ts'

const proto = protoFormat(4_096)
const json = jsonFormat(4_096, undefined)

const handler = () => ({})
const implementation = Object.fromEntries(ChatApi.methods.map(({ localName }) => [localName, handler]))

/** The routes of the service, and what was validated for them. */
function newRoutes() {
  const validated: string[] = []
  const binding = bind(ChatApi, implementation, {
    validate(message, { input, name }) {
      validated.push(name)
      validate(input, message)
    },
  })
  const routes = routesOf([binding])
  const routeOf = ({ parent, name }: DescMethod) => routes.get(`/${parent.typeName}/${name}`)!
  return { routeOf, validated }
}

function lookup(groupId: string): Uint8Array {
  return toBinary(GetStreamByGroupIdRequestSchema, create(GetStreamByGroupIdRequestSchema, { groupId }))
}

describe('known requests', () => {
  test('a request that comes again is neither decoded nor validated again, and cannot be changed', () => {
    const { routeOf, validated } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamByGroupId)
    const known = new KnownRequests()
    const first = known.read(route, proto, lookup('7'))
    expect(first).toMatchObject({ $typeName: GetStreamByGroupIdRequestSchema.typeName, groupId: '7' })
    expect(known.read(route, proto, lookup('7'))).toBe(first)
    expect(known.read(route, proto, lookup('8'))).toMatchObject({ groupId: '8' })
    expect(validated).toEqual(['GetStreamByGroupId', 'GetStreamByGroupId'])
    expect(() => Object.assign(first, { groupId: '9' })).toThrow(TypeError)
  })

  test('does not read its buffer again, which its owner may use for other bytes', () => {
    const { routeOf } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamByGroupId)
    const known = new KnownRequests()
    const buffer = Buffer.from(lookup('7'))
    known.read(route, proto, buffer)
    lookup('8').forEach((byte, index) => {
      buffer[index] = byte
    })
    expect(known.read(route, proto, buffer)).toMatchObject({ groupId: '8' })
    expect(known.read(route, proto, lookup('7'))).toMatchObject({ groupId: '7' })
  })

  test('the same bytes ask each method for something of its own', () => {
    const { routeOf } = newRoutes()
    const known = new KnownRequests()
    const bytes = lookup('7')
    for (let time = 0; time < 2; time++) {
      const [group, user, stream] = [
        ChatApi.method.getStreamByGroupId,
        ChatApi.method.getStreamByUserId,
        ChatApi.method.getStream,
      ].map((method) => known.read(routeOf(method), proto, bytes))
      expect(group).toMatchObject({ $typeName: GetStreamByGroupIdRequestSchema.typeName, groupId: '7' })
      expect(user).toMatchObject({ $typeName: GetStreamByUserIdRequestSchema.typeName, userId: '7' })
      expect(stream).toMatchObject({ $typeName: GetStreamRequestSchema.typeName, streamId: '7' })
    }
  })

  test('the same bytes are read by the format in which they come', () => {
    const { routeOf } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamsSummary)
    const known = new KnownRequests()
    expect(() => known.read(route, proto, Buffer.from('{}'))).toThrow('not a valid')
    expect(known.read(route, json, Buffer.from('{}'))).toMatchObject({ atLeastRevision: '' })
    expect(() => known.read(route, proto, Buffer.from('{}'))).toThrow('not a valid')
  })

  test('a request that is not valid is refused whenever it comes', () => {
    const { routeOf } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamByGroupId)
    const known = new KnownRequests()
    for (let time = 0; time < 3; time++) {
      expect(() => known.read(route, proto, lookup(''))).toThrow('group_id')
    }
  })

  test('traffic that never repeats itself displaces nothing', () => {
    const { routeOf, validated } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamByGroupId)
    const known = new KnownRequests()
    const first = known.read(route, proto, lookup('7'))
    for (let index = 0; index < 20_000; index++) known.read(route, proto, lookup(`never again ${index}`))
    expect(known.read(route, proto, lookup('7'))).toBe(first)
    // Where all places are taken, what comes twice in a row gets one.
    known.read(route, proto, lookup('new'))
    const second = known.read(route, proto, lookup('new'))
    validated.length = 0
    expect(known.read(route, proto, lookup('new'))).toBe(second)
    expect(validated).toEqual([])
  })

  test('a long request is decoded whenever it comes', () => {
    const { routeOf, validated } = newRoutes()
    const route = routeOf(ChatApi.method.getStreamByGroupId)
    const known = new KnownRequests()
    const bytes = lookup('7'.repeat(200))
    expect(known.read(route, proto, bytes)).not.toBe(known.read(route, proto, bytes))
    expect(validated).toHaveLength(2)
  })
})
