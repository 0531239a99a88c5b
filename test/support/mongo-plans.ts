import type { Db, Document } from 'mongodb'

/** What it takes to answer some queries to their end. */
export interface Plans {
  readonly queries: number
  readonly returned: number
  readonly keys: number
  readonly documents: number
  /** How many documents were read of these answers before whoever asked had enough. */
  readonly read: number
  /** The stages of all plans: a `SORT` among them sorts in memory, a `COLLSCAN` reads everything. */
  readonly stages: ReadonlySet<string>
}

/** What `find` is told that concerns its session only, or the size of a batch, which an explanation knows nothing of. */
const NOT_EXPLAINED = ['lsid', '$db', '$clusterTime', '$readPreference', 'readConcern', 'batchSize', 'txnNumber']

/** Has the server note the queries that come while the work is done, and explain each of them, run to its end. */
export async function plansOf(db: Db, work: () => Promise<unknown>): Promise<Plans> {
  const notes = db.collection('system.profile')
  await db.command({ profile: 2 })
  await work()
  await db.command({ profile: 0 })
  const queries = await notes.find({ 'command.find': { $exists: true }, ns: { $ne: notes.namespace } }).toArray()
  await notes.drop()
  const explained = await Promise.all(queries.map(({ command }) => explain(db, command)))
  const sum = (field: string) => explained.reduce((total, { executionStats }) => total + executionStats[field], 0)
  return {
    queries: queries.length,
    read: queries.reduce((total, { docsExamined }) => total + docsExamined, 0),
    returned: sum('nReturned'),
    keys: sum('totalKeysExamined'),
    documents: sum('totalDocsExamined'),
    stages: new Set(explained.flatMap(({ executionStats }) => stagesOf(executionStats.executionStages))),
  }
}

function explain(db: Db, command: Document): Promise<Document> {
  const query = Object.fromEntries(Object.entries(command).filter(([name]) => !NOT_EXPLAINED.includes(name)))
  return db.command({ explain: query, verbosity: 'executionStats' })
}

function stagesOf({ stage, inputStage, inputStages = [] }: Document): string[] {
  const inputs = [...(inputStage ? [inputStage] : []), ...inputStages] as Document[]
  return [stage, ...inputs.flatMap(stagesOf)]
}
