import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import type { ChatApi, FinishImportRequest } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { ChatApiError, invalidFields } from '../domain/errors.ts'
import { type DetectOptions, openSource } from '../importers/detect.ts'
import { type ImportReport, importRows, type Remark } from '../importers/import-rows.ts'
import type { Source } from '../importers/source.ts'
import { attempting } from './attempting.ts'
import type { RpcContext } from './context.ts'
import { settled } from './settled.ts'

type Imports = Pick<ServiceImpl<typeof ChatApi>, 'createImport' | 'uploadImportChunk' | 'finishImport'>

/** As many refused rows, and as many altered ones, as fit an answer of 4 MiB with the longest ids and reasons that rows have. */
const MAX_LISTED_ROWS = 1_000
const MAX_WHY_LENGTH = 1_000

interface Imported extends ImportReport {
  readonly source: string
}

/** A file that comes in pieces, and what becomes of its rows. */
export function imports(context: RpcContext): Imports {
  const { gate, uploads } = context
  const attempt = attempting(context)
  return {
    async createImport({ sizeBytes }, call) {
      return { importId: await uploads.create(gate.callerOf(call).name, Number(sizeBytes)) }
    },

    async uploadImportChunk({ importId, offset, data }, call) {
      const { name } = gate.callerOf(call)
      return { receivedBytes: BigInt(await uploads.add(name, importId, Number(offset), data)) }
    },

    async finishImport(request, call) {
      assertTimeZone(request.timeZone)
      const { importId, sha256, dryRun } = request
      const { name } = gate.callerOf(call)
      const report = await uploads.use(name, importId, sha256, async (path) => {
        const result = await attempt(call, bringIn(context, path, request, call))
        return { result, isDone: !dryRun && !result.isInterrupted }
      })
      if (report.isInterrupted) call.signal.throwIfAborted()
      return {
        source: report.source,
        read: BigInt(report.read),
        created: BigInt(report.created),
        updated: BigInt(report.updated),
        unchanged: BigInt(report.unchanged),
        refused: BigInt(report.refused),
        refusedRows: report.refusals.map(listedRow),
        altered: BigInt(report.altered),
        alteredRows: report.alterations.map(listedRow),
        revision: await settled(context, { revision: report.revision, seen: 0n }, [], call),
      }
    },
  }
}

function listedRow({ place, streamId = '', why }: Remark) {
  return { place, streamId, why: why.slice(0, MAX_WHY_LENGTH) }
}

async function bringIn(
  { gate }: RpcContext,
  path: string,
  { dryRun, timeZone }: FinishImportRequest,
  call: HandlerContext,
): Promise<Imported> {
  const { signal } = call
  const source = await openUpload(path, { signal, ...(timeZone !== '' && { timeZone }) })
  try {
    const { commands } = gate.directoryOf(call)
    const report = await importRows(source, commands, { dryRun, signal, maxListed: MAX_LISTED_ROWS })
    return { ...report, source: source.kind }
  } finally {
    await source.close()
  }
}

/** What is wrong with the file is the caller's affair, and where the server keeps it is not. */
async function openUpload(path: string, options: DetectOptions): Promise<Source> {
  try {
    return await openSource(path, options)
  } catch (error) {
    const { name, message } = error as Error
    if (name !== 'SourceError' && name !== 'StoreUnusableError') throw error
    throw new ChatApiError('IMPORT_INVALID', message.replaceAll(path, 'the file'), { cause: error })
  }
}

function assertTimeZone(timeZone: string): void {
  if (timeZone === '') return
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    const description = `${JSON.stringify(timeZone)} is no time zone; expected one such as Asia/Shanghai or UTC`
    throw invalidFields([{ field: 'time_zone', description }])
  }
}
