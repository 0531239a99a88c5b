import type { StreamType } from './stream.ts'

export interface PlatformCount {
  readonly platform: string
  readonly type: StreamType
  readonly count: number
}

/** Adds up counts by platform and type. */
export class PlatformCounts {
  readonly #byType = new Map<StreamType, Map<string, number>>()

  add(platform: string, type: StreamType, count: number): void {
    const byPlatform = this.#byType.get(type) ?? new Map<string, number>()
    this.#byType.set(type, byPlatform.set(platform, (byPlatform.get(platform) ?? 0) + count))
  }

  all(): PlatformCount[] {
    return [...this.#byType].flatMap(([type, byPlatform]) =>
      [...byPlatform].map(([platform, count]) => ({ platform, type, count })),
    )
  }
}
