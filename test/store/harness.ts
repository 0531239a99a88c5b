import type { Capabilities, Restoration, Store } from '../../src/store/store.ts'

/** What an engine brings to be held to the contract. */
export interface StoreHarness {
  /** What the stores of this harness can do; a test holds the stores to it. */
  readonly capabilities: Capabilities

  /**
   * A module that exports `openStore(url: string): Promise<Store>`, as a file URL. Other processes open the store of a
   * place with it.
   */
  readonly openModule: string

  /** Makes an empty place for one test. */
  createPlace(): Promise<StorePlace>
}

/** Where the data of one test lives. */
export interface StorePlace {
  /** What `openStore` of `openModule` takes. */
  readonly url: string

  /** Opens a store object of its own on the data, as another server would. The suite closes it. */
  open(): Promise<Store>

  /** Keeps commits from being answered, as a database does that hangs, until the obstacle is disposed of. */
  obstruct(): Promise<AsyncDisposable>

  /** Fills the empty place from elsewhere, also while stores are open there. */
  restore(restoration: Restoration): Promise<void>

  /** Makes the log forget what was committed up to now, through `store`. Every engine that can watch has it. */
  forgetLog?(store: Store): Promise<void>

  /** Removes the data. Called when all stores are closed. */
  remove(): Promise<void>
}

/** What a test gets: an empty store, closed and removed after it. */
export interface Scene {
  readonly place: StorePlace
  readonly store: Store
  readonly openModule: string
  /** Opens another store object on the same data; closed after the test. */
  open(): Promise<Store>
  /** An empty place of its own, removed after the test, with an open store. */
  elsewhere(): Promise<Store>
}

/** Declares one test of the contract. */
export type Test = (sentence: string, body: (scene: Scene) => Promise<void>) => void
