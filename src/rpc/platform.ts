import { SpecialType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { DEFAULT_PLATFORM } from '../domain/platform.ts'

/** The platform that a request is about; undefined means all of them. */
export function platformOf(request: { platform?: string | undefined; specialType: SpecialType }): string | undefined {
  if (request.specialType === SpecialType.ALL_PLATFORMS) return undefined
  return request.platform ?? DEFAULT_PLATFORM
}
