import type { Bot } from './scene.ts'
import { startBot } from './scene.ts'

const GROUP_ID = '941657197'

/** The row of a group in MaiBot 0.12. */
export const CHAT = {
  stream_id: 'a544edeb1a9b73e3e1d77dff36e41264',
  create_time: 1_700_000_000.5,
  last_active_time: 1_700_000_001.5,
  platform: 'qq',
  user_platform: 'qq',
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
  group_platform: 'qq',
  group_id: GROUP_ID,
  group_name: 'Readers',
} as const

/** A message in it. */
export const MESSAGE = {
  message_id: 'm1',
  time: 1_700_000_100,
  chat_id: CHAT.stream_id,
  chat_info_stream_id: CHAT.stream_id,
  chat_info_platform: 'qq',
  chat_info_user_platform: 'qq',
  chat_info_user_id: '1787882683',
  chat_info_user_nickname: 'Ann',
  chat_info_user_cardname: 'Captain',
  chat_info_group_platform: 'qq',
  chat_info_group_id: GROUP_ID,
  chat_info_group_name: 'Readers',
  chat_info_create_time: 1_700_000_000.5,
  chat_info_last_active_time: 1_700_000_100.25,
  user_platform: 'qq',
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
} as const

/** MaiBot 0.12, with a database of its own. */
export async function startOldBot(path?: string): Promise<Bot> {
  const bot = await startBot(path)
  await bot.run(`CREATE TABLE IF NOT EXISTS chat_streams (id INTEGER NOT NULL PRIMARY KEY, stream_id TEXT NOT NULL UNIQUE,
    create_time DOUBLE NOT NULL, last_active_time DOUBLE NOT NULL, platform TEXT NOT NULL, user_platform TEXT NOT NULL,
    user_id TEXT NOT NULL, user_nickname TEXT NOT NULL, user_cardname TEXT, group_platform TEXT, group_id TEXT, group_name TEXT)`)
  await bot.run(`CREATE TABLE IF NOT EXISTS messages (id INTEGER NOT NULL PRIMARY KEY, message_id TEXT NOT NULL, time DOUBLE NOT NULL,
    chat_id TEXT NOT NULL, chat_info_stream_id TEXT NOT NULL, chat_info_platform TEXT NOT NULL,
    chat_info_user_platform TEXT NOT NULL, chat_info_user_id TEXT NOT NULL, chat_info_user_nickname TEXT NOT NULL,
    chat_info_user_cardname TEXT, chat_info_group_platform TEXT, chat_info_group_id TEXT, chat_info_group_name TEXT,
    chat_info_create_time DOUBLE NOT NULL, chat_info_last_active_time DOUBLE NOT NULL, user_platform TEXT, user_id TEXT,
    user_nickname TEXT, user_cardname TEXT, processed_plain_text TEXT)`)
  return bot
}

/** The session of a group in MaiBot 1.3, and that of a private chat. */
export const SESSION = {
  session_id: '6ec2fb04dac7799a763b153c7e039fe1',
  created_timestamp: '2025-11-20 08:00:00.000000',
  last_active_timestamp: '2025-11-20 09:30:00.250000',
  user_id: null,
  group_id: GROUP_ID,
  platform: 'qq',
  account_id: '10001',
  scope: null,
  user_nickname: null,
  user_cardname: null,
  group_name: 'Readers',
} as const

export const PRIVATE_SESSION = {
  ...SESSION,
  session_id: 'cf12ce655ac960e617b29be6a7de70f0',
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
  group_id: null,
  group_name: null,
} as const

/** A message in the group. */
export const SESSION_MESSAGE = {
  message_id: 'm1',
  timestamp: '2025-11-20 10:00:00.000000',
  received_at: '2025-11-20 10:00:01.500000',
  platform: 'qq',
  account_id: '10001',
  scope: null,
  user_id: '1787882683',
  user_nickname: 'Ann',
  user_cardname: 'Captain',
  group_id: GROUP_ID,
  group_name: 'Readers',
  session_id: SESSION.session_id,
} as const

/** MaiBot 1.3, with a database of its own. */
export async function startNewBot(path?: string, version = 45): Promise<Bot> {
  const bot = await startBot(path, 'NORMAL')
  await bot.run(`CREATE TABLE IF NOT EXISTS chat_sessions (id INTEGER NOT NULL PRIMARY KEY, session_id VARCHAR(255) NOT NULL,
    created_timestamp DATETIME, last_active_timestamp DATETIME, user_id VARCHAR(255), group_id VARCHAR(255),
    platform VARCHAR(100) NOT NULL, account_id VARCHAR(255), scope VARCHAR(255), user_nickname VARCHAR(255),
    user_cardname VARCHAR(255), group_name VARCHAR(255))`)
  await bot.run('CREATE UNIQUE INDEX IF NOT EXISTS ix_chat_sessions_session_id ON chat_sessions (session_id)')
  await bot.run(`CREATE TABLE IF NOT EXISTS mai_messages (id INTEGER NOT NULL PRIMARY KEY, message_id VARCHAR(255) NOT NULL,
    timestamp DATETIME, received_at DATETIME, platform VARCHAR(100) NOT NULL, account_id VARCHAR(255), scope VARCHAR(255),
    user_id VARCHAR(255) NOT NULL, user_nickname VARCHAR(255) NOT NULL, user_cardname VARCHAR(255), group_id VARCHAR(255),
    group_name VARCHAR(255), session_id VARCHAR(255) NOT NULL, raw_content BLOB)`)
  await bot.run(`PRAGMA user_version = ${version}`)
  return bot
}
