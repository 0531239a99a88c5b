import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Store } from '../../src/store/store.ts'

/** For processes of their own; see store-writer.ts. */
export function openStore(url: string): Promise<Store> {
  return openMongoStore(url)
}
