import { STREAM_TYPES } from '../domain/stream.ts'
import { exportSettings, read, readExportConfig } from './config.ts'
import { countSetting, fileSetting } from './kinds.ts'
import { type Environment, type Flags, type Settings, switchSetting, type Values } from './settings.ts'
import { givenSetting, labelsSetting, manySetting, orderSetting, sinceSetting } from './stream-kinds.ts'

/** Of every command that asks a server, or a store in its place. */
export const askSettings = {
  address: exportSettings.address,
  store: exportSettings.store,
  json: switchSetting('json', 'print the answer as one JSON document'),
}

/** Which streams are meant. */
export const filterSettings = {
  platforms: manySetting('platform', 'PLATFORM', 'of this platform; repeatable, as all that follow'),
  types: manySetting('type', STREAM_TYPES.join('|'), 'of this type', STREAM_TYPES),
  accountIds: manySetting('account', 'ACCOUNT', 'of this account of the bot; "" where none is recorded'),
  scopes: manySetting('scope', 'SCOPE', 'of this scope; "" where there is none'),
  streamIds: manySetting('id', 'ID', 'with this id or alias'),
  groupIds: manySetting('group', 'ID', 'of this group, or of one that --user names'),
  userIds: manySetting('user', 'ID', 'the private chat with this user'),
  excludeStreamIds: manySetting('exclude', 'ID', 'all but the one with this id or alias'),
  nameContains: givenSetting('name', 'TEXT', 'with this in a name, whatever its case and width'),
  labels: labelsSetting('label', 'with this label'),
  activeSince: sinceSetting('active-since', 'last active then or later'),
  quietSince: sinceSetting('quiet-since', 'last active before then'),
  createdSince: sinceSetting('created-since', 'first recorded then or later'),
}

/** Where a text that names no platform is looked for. */
const platformSettings = {
  platform: givenSetting('platform', 'PLATFORM', 'look on this platform alone; where a text names none it is about qq'),
  allPlatforms: switchSetting('all-platforms', 'look on all platforms, whatever a text leaves open'),
}

export const querySettings = {
  ...filterSettings,
  order: orderSetting('order'),
  limit: countSetting('limit', 100, 'at most so many streams'),
  all: switchSetting('all', 'all that match, however many'),
}
export const resolveSettings = platformSettings
export const openSettings = {
  platform: givenSetting('platform', 'PLATFORM', 'the platform, where TARGET does not name it'),
  groupId: givenSetting('group', 'ID', 'open this group, in place of TARGET'),
  userId: givenSetting('user', 'ID', 'open the private chat with this user, in place of TARGET'),
  accountId: givenSetting('account', 'ACCOUNT', 'account of the bot; default: any'),
  scope: givenSetting('scope', 'SCOPE', 'scope of the stream; default: any'),
  name: givenSetting('name', 'NAME', 'name of the group or user, for a new stream'),
  labels: labelsSetting('label', 'label for a new stream; repeatable'),
}
export const labelSettings = {
  ...platformSettings,
  remove: manySetting('remove', 'KEY', 'take this label away; repeatable'),
}
export const renameSettings = {
  ...platformSettings,
  clear: switchSetting('clear', 'take the name away, in place of NAME'),
}
export const mergeSettings = platformSettings
export const deleteSettings = platformSettings
export const watchSettings = {
  ...filterSettings,
  snapshot: switchSetting('snapshot', 'tell first what there is'),
  since: givenSetting('since', 'TOKEN', 'go on behind where an earlier watch with the same filter ended'),
  keep: fileSetting('keep', 'file to keep the token in, and to go on from where it has one'),
}
export const doctorSettings = {}

/** What a command asks, and how it prints the answer. */
export interface AskConfig {
  readonly address: string
  readonly token: string | undefined
  /** To open in place of asking a server. */
  readonly store: string | undefined
  readonly json: boolean
}

/**
 * What a command is told. Of the environment only who is asked and how answers are printed counts: what a command does stands on
 * its line. Throws `ConfigError` with every fault there is.
 */
export function readAskConfig<S extends Settings>(
  settings: S,
  flags: Flags,
  environment: Environment = process.env,
): { readonly asking: AskConfig; readonly options: Values<S> } {
  const options = read(settings, flags, {})
  return { asking: readExportConfig(flags, environment), options }
}
