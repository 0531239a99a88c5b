import type { MongoClient } from 'mongodb'
import { messageOf } from './errors.ts'

/** A server that is there answers sooner. */
const TELL_AFTER_MS = 250

/** Connects. Where that takes its time, tells once what it waits for and why. */
export async function connect(client: MongoClient, onWaiting: (what: string) => void): Promise<void> {
  let why = 'no answer yet'
  const answered = () => {
    why = 'no primary yet'
  }
  const failed = ({ failure }: { failure: Error }) => {
    why = messageOf(failure)
  }
  const timer = setTimeout(() => onWaiting(`MongoDB at ${addressOf(client)}: ${why}`), TELL_AFTER_MS)
  client.on('serverHeartbeatSucceeded', answered).on('serverHeartbeatFailed', failed)
  try {
    await client.connect()
  } finally {
    clearTimeout(timer)
    client.off('serverHeartbeatSucceeded', answered).off('serverHeartbeatFailed', failed)
  }
}

function addressOf({ options }: MongoClient): string {
  return options.srvHost ?? options.hosts.join(',')
}
