import type { Activity } from '../directory/activity.ts'
import type { Fields } from './fields.ts'
import type { SourceRow } from './source.ts'

/** What every version of the bot up to 0.12 keeps of a stream under the same names, whatever it keeps it in. */
interface StreamFields {
  readonly stream_id?: unknown
  readonly platform?: unknown
  readonly create_time?: unknown
  readonly last_active_time?: unknown
}

/**
 * The activity that a row says, or the faults that its fields have gathered.
 *
 * @param readInfos reads who and where, whose names differ; given the platform, for which an absent one stands
 */
export function readStream(
  place: string,
  row: StreamFields,
  fields: Fields,
  readInfos: (platform: string) => Pick<Activity, 'userInfo' | 'groupInfo'>,
): SourceRow {
  const streamId = fields.requiredText('stream_id', row.stream_id)
  const platform = fields.requiredText('platform', row.platform)
  const activity: Activity = {
    streamId,
    platform,
    ...readInfos(platform),
    createTime: fields.seconds('create_time', row.create_time),
    activeTime: fields.seconds('last_active_time', row.last_active_time),
    era: 'before accounts',
  }
  const { fault, altered } = fields
  return fault === undefined
    ? { place, streamId, activity, altered }
    : { place, streamId: streamId || undefined, fault }
}
