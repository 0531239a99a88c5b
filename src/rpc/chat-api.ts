import type { Message } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { whenThere } from '../directory/when-there.ts'
import type { Access } from '../domain/access.ts'
import { invalidFields } from '../domain/errors.ts'
import { laterOf, parseRevision } from '../domain/revision.ts'
import { type AccessOf, bind, type Checks, type ServiceBinding } from '../wire/service-binding.ts'
import type { RpcContext } from './context.ts'
import { deleteStream } from './delete-stream.ts'
import { exportStreams } from './export-streams.ts'
import { imports } from './imports.ts'
import { listDuplicates } from './list-duplicates.ts'
import { lists } from './lists.ts'
import { lookups } from './lookups.ts'
import { mergeStreams } from './merge-streams.ts'
import { openStream } from './open-stream.ts'
import { queryStreams } from './query-streams.ts'
import { recordActivity } from './record-activity.ts'
import { resolveStream } from './resolve-stream.ts'
import { serverInfo } from './server-info.ts'
import { streamsById } from './streams-by-id.ts'
import { summary } from './summary.ts'
import { typeAndInfo } from './type-and-info.ts'
import { updateStream } from './update-stream.ts'
import { validate } from './validate.ts'
import { watchStreams } from './watch-streams.ts'

const access: AccessOf<typeof ChatApi> = {
  getAllStreams: 'reader',
  getGroupStreams: 'reader',
  getPrivateStreams: 'reader',
  getStreamByGroupId: 'reader',
  getStreamByUserId: 'reader',
  getStreamType: 'reader',
  getStreamInfo: 'reader',
  getStreamsSummary: 'reader',
  getStream: 'reader',
  batchGetStreams: 'reader',
  queryStreams: 'reader',
  resolveStream: 'reader',
  batchResolveStreams: 'reader',
  listDuplicates: 'reader',
  openStream: 'recorder',
  recordActivity: 'recorder',
  exportStreams: 'reader',
  watchStreams: 'reader',
  getServerInfo: 'reader',
  createImport: 'admin',
  uploadImportChunk: 'admin',
  finishImport: 'admin',
  updateStream: 'recorder',
  mergeStreams: 'recorder',
  deleteStream: 'admin',
}

/** The service, and what every call of it has to pass. */
export function chatApi(context: RpcContext): ServiceBinding {
  const handlers: ServiceImpl<typeof ChatApi> = {
    ...lists(context),
    ...lookups(context),
    ...typeAndInfo(context),
    ...summary(context),
    ...streamsById(context),
    ...queryStreams(context),
    ...resolveStream(context),
    ...listDuplicates(context),
    ...openStream(context),
    ...recordActivity(context),
    ...exportStreams(context),
    ...watchStreams(context),
    ...serverInfo(context),
    ...imports(context),
    ...updateStream(context),
    ...mergeStreams(context),
    ...deleteStream(context),
  }
  return bind(ChatApi, handlers, { access, ...checksOf(context) })
}

function checksOf({ gate, peers }: RpcContext): Checks {
  const guard = gate.guard(access)
  function assertReady(call: HandlerContext): void {
    gate.directoryOf(call).reader.assertReady()
    peers?.assertReady()
  }
  return {
    gate(head) {
      return whenThere(guard?.(head), () => assertReady(head))
    },
    validate: (message, { input }) => validate(input, message),
    check(message, call) {
      const { atLeastRevision } = message as Message & { atLeastRevision?: string }
      const asked = atLeastRevision ? toRevision(atLeastRevision) : undefined
      const missing = isRead(call) ? peers?.missing : undefined
      const least = missing === undefined ? asked : laterOf(missing, asked ?? missing)
      return least === undefined ? undefined : gate.directoryOf(call).reader.waitFor(least, call)
    },
  }
}

/** A write is decided by what the store has. */
function isRead({ method }: HandlerContext): boolean {
  return (access as Readonly<Record<string, Access>>)[method.localName] === 'reader'
}

function toRevision(text: string) {
  const revision = parseRevision(text)
  if (revision !== undefined) return revision
  const description = 'must be a revision that a write returned'
  throw invalidFields([{ field: 'at_least_revision', description }])
}
