import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SourceError } from '../importers/source.ts'

/**
 * File systems whose locks and shared memory do not reach all processes that have a file open, as the kernel of Linux names
 * them: networks, and what a virtual machine or a container gets from its host.
 */
const SHARED = new Set([
  ...['9p', 'virtiofs', 'fakeowner', 'vboxsf', 'prl_fs', 'hgfs', 'drvfs', 'grpcfuse'],
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'afs', 'ceph', 'lustre', 'gfs2', 'ocfs2', 'glusterfs', 'beegfs', 'gpfs'],
])
/** Of those in user space, these are of the network; others, such as NTFS, are local. */
const SHARED_IN_USER_SPACE =
  /^fuse\.(sshfs|rclone|s3fs|gcsfuse|glusterfs|ceph|grpcfuse|osxfs|vmhgfs|davfs|juicefs|mergerfs)/

/** Throws `SourceError` where a database that others write must not be opened, since that can damage it. */
export async function refuseSharedMount(path: string): Promise<void> {
  if (path.startsWith('\\\\')) throw refusal(path, 'a network share')
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined)
  const fileSystem = mounts && fileSystemOf(dirname(path), mounts)
  if (fileSystem && isShared(fileSystem)) throw refusal(path, fileSystem)
}

export function isShared(fileSystem: string): boolean {
  return SHARED.has(fileSystem) || SHARED_IN_USER_SPACE.test(fileSystem)
}

/**
 * The kind of file system that a folder is on.
 *
 * @param mounts as in /proc/self/mountinfo, where what is mounted over something comes later
 */
export function fileSystemOf(folder: string, mounts: string): string | undefined {
  let found: { readonly at: string; readonly kind: string } | undefined
  for (const line of mounts.split('\n')) {
    const [fields = '', source = ''] = line.split(' - ')
    const at = unescaped(fields.split(' ')[4] ?? '')
    const kind = source.split(' ')[0] ?? ''
    const isAround = at !== '' && (folder === at || folder.startsWith(at.endsWith('/') ? at : `${at}/`))
    if (isAround && at.length >= (found?.at.length ?? 0)) found = { at, kind }
  }
  return found?.kind
}

/** Blanks stand there as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function refusal(path: string, fileSystem: string): SourceError {
  return new SourceError(
    `${path} is on ${fileSystem}, where what one program locks is free for another: following it could damage it. ` +
      'Follow it on the machine that the bot runs on, from a local disk, with chatapi follow',
  )
}
