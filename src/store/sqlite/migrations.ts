/**
 * What takes a database from each version of its tables to the next; a new one takes all of these steps. They are never
 * edited: there are files that took them. test/store/sqlite-migrations.test.ts opens files that earlier releases wrote.
 *
 * A process of an earlier release may still have the file open while it is taken on, so what later versions add has to
 * allow for rows that do not say it.
 */
export const MIGRATIONS: readonly string[] = [
  // 1: release 0.1.
  `
  CREATE TABLE streams (
    position INTEGER PRIMARY KEY,
    stream_id TEXT NOT NULL,
    platform TEXT,
    account_id TEXT,
    scope TEXT,
    user_platform TEXT, -- NULL where it is the platform of the stream
    user_id TEXT, -- NULL where there is no user
    user_nickname TEXT,
    user_cardname TEXT,
    group_platform TEXT, -- NULL where it is the platform of the stream
    group_id TEXT, -- NULL where there is no group
    group_name TEXT,
    create_time REAL,
    last_active_time REAL,
    labels TEXT, -- a JSON object; NULL where there are none
    alias_ids TEXT, -- a JSON array; NULL where there are none
    type TEXT NOT NULL GENERATED ALWAYS AS (
      CASE WHEN group_id IS NOT NULL THEN 'group' WHEN user_id IS NOT NULL THEN 'private' ELSE 'unknown' END
    ) VIRTUAL
  ) STRICT;
  CREATE UNIQUE INDEX streams_by_id ON streams (stream_id);
  CREATE INDEX streams_by_group ON streams (group_id) WHERE group_id IS NOT NULL;
  CREATE INDEX streams_by_user ON streams (user_id) WHERE group_id IS NULL AND user_id IS NOT NULL;
  CREATE INDEX streams_by_platform ON streams (platform, type);

  CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    position INTEGER, -- NULL: the stream was removed, and all but its id are NULL
    stream_id TEXT NOT NULL,
    platform TEXT,
    account_id TEXT,
    scope TEXT,
    user_platform TEXT,
    user_id TEXT,
    user_nickname TEXT,
    user_cardname TEXT,
    group_platform TEXT,
    group_id TEXT,
    group_name TEXT,
    create_time REAL,
    last_active_time REAL,
    labels TEXT,
    alias_ids TEXT
  ) STRICT;

  CREATE TABLE head (revision INTEGER NOT NULL, position INTEGER NOT NULL, store_id TEXT NOT NULL) STRICT;
  INSERT INTO head VALUES (0, 0, lower(hex(randomblob(8))));
  `,

  // 2: names given by people, aliases that are found, and a log that says what was before, by whom and when.
  `
  ALTER TABLE streams ADD COLUMN custom_name TEXT; -- NULL where there is none

  CREATE TABLE aliases (
    alias_id TEXT NOT NULL,
    position INTEGER NOT NULL, -- of the stream
    PRIMARY KEY (alias_id, position)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO aliases SELECT value, position FROM streams, json_each(streams.alias_ids);

  ALTER TABLE changes ADD COLUMN custom_name TEXT;
  ALTER TABLE changes ADD COLUMN kind TEXT; -- opened, updated, deleted or merged; NULL: written by 0.1
  ALTER TABLE changes ADD COLUMN before TEXT; -- what was before, in JSON: "differences" and "wholeRow" of rows.ts
  ALTER TABLE changes ADD COLUMN merged_into TEXT; -- a stream id
  ALTER TABLE changes ADD COLUMN commit_time REAL; -- seconds since the Unix epoch
  ALTER TABLE changes ADD COLUMN nonce INTEGER; -- tells a commit from one of the same number in another history
  ALTER TABLE changes ADD COLUMN principal TEXT; -- who wrote; NULL where that is not known

  ALTER TABLE head ADD COLUMN nonce INTEGER NOT NULL DEFAULT 0; -- of the last commit
  ALTER TABLE head ADD COLUMN incarnation TEXT NOT NULL DEFAULT '';
  UPDATE head SET incarnation = lower(hex(randomblob(8)));
  `,

  // 3: chats that were merged into others, and deletions that are remembered.
  `
  ALTER TABLE streams ADD COLUMN merged_chats TEXT; -- a JSON array; NULL where there are none
  ALTER TABLE changes ADD COLUMN merged_chats TEXT;
  ALTER TABLE changes ADD COLUMN delete_time REAL; -- of a deletion, in seconds since the Unix epoch

  CREATE TABLE merged_targets (
    kind TEXT NOT NULL, -- group or private
    id TEXT NOT NULL,
    position INTEGER NOT NULL, -- of the stream that it leads to, beside the target of its own
    PRIMARY KEY (kind, id, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tombstones (
    stream_id TEXT PRIMARY KEY,
    tombstone TEXT NOT NULL -- in JSON
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tombstone_keys (
    kind TEXT NOT NULL, -- id, group or private
    id TEXT NOT NULL,
    stream_id TEXT NOT NULL, -- of the tombstone
    PRIMARY KEY (kind, id, stream_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstone_keys_by_stream ON tombstone_keys (stream_id);
  `,

  // 4: who follows bots into the store, and how far.
  `
  CREATE TABLE lease (
    holder TEXT NOT NULL,
    end_time REAL NOT NULL -- in seconds since the Unix epoch
  ) STRICT;
  CREATE TABLE followed (
    source TEXT PRIMARY KEY,
    place TEXT NOT NULL -- in the source
  ) STRICT, WITHOUT ROWID;
  `,

  // 5: a log that is bounded by its size.
  `
  ALTER TABLE changes ADD COLUMN written INTEGER; -- bytes of all changes up to this one; NULL: written by 0.1
  `,
]
