import type { Db } from 'mongodb'
import { StoreUnusableError } from '../store.ts'

/** The wire version of MongoDB 6.0, the first with images of documents before and after a change. */
const WIRE_VERSION_6_0 = 17
/** That of 8.0, the first that logs inserts outside of transactions as one entry. */
const WIRE_VERSION_8_0 = 25

export interface Server {
  readonly kind: 'standalone' | 'replica set' | 'sharded cluster'
  readonly watch: boolean
  readonly transactions: boolean
  /** Whether events of one revision can come without a mark of their transaction. */
  readonly groupsInserts: boolean
}

export async function serverOf(db: Db): Promise<Server> {
  const hello = await db.command({ hello: 1 })
  const version = hello.maxWireVersion as number
  const kind = hello.setName ? 'replica set' : hello.msg === 'isdbgrid' ? 'sharded cluster' : 'standalone'
  if (kind !== 'standalone' && version < WIRE_VERSION_6_0) {
    throw new StoreUnusableError(`the MongoDB ${kind} is older than 6.0`)
  }
  return {
    kind,
    watch: kind === 'replica set',
    transactions: kind !== 'standalone',
    groupsInserts: version >= WIRE_VERSION_8_0,
  }
}

/** Why a server does not watch, and what would make it. */
export function watchUnsupported({ kind }: Server): string {
  if (kind === 'sharded cluster') {
    return 'MongoDB is a sharded cluster, on which this version does not watch, so every read asks the database'
  }
  return (
    'MongoDB runs as a standalone server, which has no change streams, so every read asks the database, and a batch of ' +
    'writes that fails may be half written. To make it a replica set of one member: start mongod with --replSet rs0 (in its ' +
    'configuration file, replication.replSetName: rs0), run rs.initiate() once in mongosh, and start ChatApi again. The data ' +
    'and the clients of the bot stay as they are'
  )
}
