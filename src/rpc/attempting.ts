import type { HandlerContext } from '@connectrpc/connect'
import { RationedLog } from '../log/rationed-log.ts'
import { StoreUnavailableError } from '../store/store.ts'
import { storeUnavailable } from '../wire/errors.ts'
import type { RpcContext } from './context.ts'

type Attempt = <T>(call: HandlerContext, write: Promise<T>) => Promise<T>

/**
 * For the writes of one kind of call: where the store does not serve one, tells the log of it, and the caller whether it may
 * have happened nevertheless.
 */
export function attempting({ log, onStoreUnavailable }: RpcContext): Attempt {
  const failures = new RationedLog(log, 'error')
  return async (call, write) => {
    try {
      return await write
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      onStoreUnavailable?.()
      const method = `${call.service.typeName}/${call.method.name}`
      failures.tell({ method, err: error }, 'a write failed, for the store cannot serve it')
      throw storeUnavailable(error, error.isInDoubt ? 'whether the write happened is not known' : 'nothing was written')
    }
  }
}
