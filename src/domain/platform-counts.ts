import type { StreamType } from './stream.ts'

export interface PlatformCount {
  readonly platform: string
  readonly type: StreamType
  readonly count: number
}

/** Adds up counts by platform and type. What comes to nothing is absent. */
export class PlatformCounts {
  readonly #byType = new Map<StreamType, Map<string, number>>()

  add(platform: string, type: StreamType, count: number): void {
    const byPlatform = this.#byType.get(type) ?? new Map<string, number>()
    const sum = (byPlatform.get(platform) ?? 0) + count
    this.#byType.set(type, byPlatform)
    if (sum === 0) byPlatform.delete(platform)
    else byPlatform.set(platform, sum)
  }

  all(): PlatformCount[] {
    return [...this.#byType].flatMap(([type, byPlatform]) =>
      [...byPlatform].map(([platform, count]) => ({ platform, type, count })),
    )
  }
}
