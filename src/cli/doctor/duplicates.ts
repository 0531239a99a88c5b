import { displayName } from '../../domain/display-name.ts'
import type { Stream } from '../../domain/stream.ts'
import { listDuplicates, type RemoteDuplicate } from '../../remote/duplicates.ts'
import { shellWord } from '../text.ts'
import { type Check, counted, type Finding, found, note, ok } from './check.ts'

/** Whether chats have several streams. */
export const duplicates: Check = {
  name: 'duplicates',
  async run({ directory, flags, signal }) {
    const answer = await listDuplicates(directory, signal)
    const merges = answer.duplicates.flatMap((duplicate) => mergesOf(duplicate, flags))
    const undecided = answer.duplicates.filter((duplicate) => targetOf(duplicate) === undefined)
    const more = answer.more ? ', and maybe more' : ''
    const decided = answer.duplicates.length - undecided.length
    if (decided > 0) return found(`${counted(decided, 'chat')} with several streams${more}`, merges)
    if (undecided.length === 0) return ok('each chat has one stream')
    const message = `${counted(undecided.length, 'chat')} with a stream for each of several accounts or scopes${more}`
    return note(
      message,
      undecided.map(({ streams }) => ({
        problem: `${streams.map(displayName).join(' and ')}: right where several bots or scopes are in one chat`,
        command: mergeCommand(streams[1]!, streams[0]!, flags),
      })),
    )
  },
}

function mergesOf({ streams, reason }: RemoteDuplicate, flags: string): Finding[] {
  const target = targetOf({ streams, reason })
  if (!target) return []
  return streams
    .filter((stream) => stream !== target)
    .map((source) => ({
      problem: `${displayName(source)} and ${displayName(target)} seem to be one chat (${reason})`,
      command: mergeCommand(source, target, flags),
    }))
}

function mergeCommand(source: Stream, target: Stream, flags: string): string {
  return `chatapi merge ${shellWord(source.streamId)} ${shellWord(target.streamId)}${flags}`
}

/**
 * The stream that the others go on in: the one with the account, which is what bots record from now on. Undefined where
 * several accounts or scopes are in the chat, so that nothing tells which stream the others belong to.
 */
function targetOf({ streams }: RemoteDuplicate): Stream | undefined {
  const recorded = streams.filter(({ accountId }) => accountId !== '')
  const areOne =
    new Set(recorded.map(({ accountId }) => accountId)).size <= 1 &&
    new Set(streams.map(({ scope }) => scope)).size === 1
  return areOne ? (recorded[0] ?? streams[0]) : undefined
}
