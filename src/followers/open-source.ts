import { isMongoUrl, maskUrl, type StoreLocation } from '../config/store-url.ts'
import { SourceError } from '../importers/source.ts'
import { MaibotSource, type MaibotSourceOptions } from './maibot-source.ts'
import type { FollowedSource } from './source.ts'

/**
 * What a person named to be followed. Throws `SourceError` where it is there and cannot be followed; a file that is not there yet is
 * waited for later.
 *
 * @param store where what is followed goes
 */
export async function openFollowed(
  name: string,
  store: StoreLocation,
  options: MaibotSourceOptions,
): Promise<FollowedSource> {
  const source = await sourceOf(name, options)
  await source.refuseStore(store)
  await source.check()
  return source
}

async function sourceOf(name: string, options: MaibotSourceOptions) {
  if (isMongoUrl(name)) {
    const { MongoSource } = await import('./mongo-source.ts')
    return new MongoSource(name, options.lookIntervalMs)
  }
  const shown = maskUrl(name)
  if (shown !== name) {
    throw new SourceError(`${JSON.stringify(shown)} is neither a file nor mongodb://HOST/DATABASE`)
  }
  return new MaibotSource(name.replace(/^sqlite:/, ''), options)
}
