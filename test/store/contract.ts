import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { closing } from './contract/closing.ts'
import { commits } from './contract/commits.ts'
import { durability } from './contract/durability.ts'
import { following } from './contract/following.ts'
import { lists } from './contract/lists.ts'
import { lookups } from './contract/lookups.ts'
import { merges } from './contract/merges.ts'
import { patience } from './contract/patience.ts'
import { probes } from './contract/probes.ts'
import { restores } from './contract/restores.ts'
import { revisions } from './contract/revisions.ts'
import { signals } from './contract/signals.ts'
import { snapshots } from './contract/snapshots.ts'
import { tombstones } from './contract/tombstones.ts'
import { totals } from './contract/totals.ts'
import { values } from './contract/values.ts'
import { watches } from './contract/watches.ts'
import { withoutWatch } from './contract/without-watch.ts'
import { writers } from './contract/writers.ts'
import type { Scene, StoreHarness, StorePlace, Test } from './harness.ts'

export type { StoreHarness, StorePlace } from './harness.ts'

/** Long enough for a loaded machine; no test waits for time to pass. */
const TEST_TIMEOUT_MS = 60_000

/** Holds an engine to every sentence of src/store/store.ts. */
export function storeContract(name: string, harness: StoreHarness): void {
  const { capabilities } = harness
  const test: Test = (sentence, body) => it(sentence, () => inScene(harness, body))

  describe(`the store contract over ${name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    describe('values', () => values(test))
    describe('lookups', () => lookups(test))
    describe('lists', () => lists(test))
    describe('revisions', () => revisions(test))
    describe('commits', () => commits(test, capabilities))
    describe('merges', () => merges(test))
    describe('tombstones', () => tombstones(test))
    describe('writers', () => writers(test))
    describe('durability', () => durability(test, capabilities))
    describe('snapshots', () => snapshots(test, capabilities))
    describe('totals', () => totals(test, capabilities))
    describe('watches', () => (capabilities.watch ? watches(test, capabilities) : withoutWatch(test)))
    describe('signals', () => signals(test, capabilities))
    describe('patience', () => patience(test))
    describe('following', () => following(test))
    describe('probes', () => probes(test, capabilities))
    describe('restores', () => restores(test, capabilities))
    describe('closing', () => closing(test, capabilities))

    test('it has the capabilities that its harness states', async ({ store }) => {
      expect(store.capabilities).toEqual(capabilities)
    })
  })
}

async function inScene(harness: StoreHarness, body: (scene: Scene) => Promise<void>): Promise<void> {
  const places: StorePlace[] = []
  const stores: Store[] = []

  async function createPlace(): Promise<StorePlace> {
    const place = await harness.createPlace()
    places.push(place)
    return place
  }

  async function openAt(place: StorePlace): Promise<Store> {
    const store = await place.open()
    stores.push(store)
    return store
  }

  try {
    const place = await createPlace()
    const store = await openAt(place)
    await body({
      place,
      store,
      openModule: harness.openModule,
      open: () => openAt(place),
      elsewhere: async () => openAt(await createPlace()),
    })
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await Promise.all(places.map((place) => place.remove()))
  }
}
