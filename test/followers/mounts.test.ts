import { expect, it } from 'vitest'
import { fileSystemOf, isShared } from '../../src/followers/mounts.ts'

const MOUNTS = `
22 28 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /mnt/c rw,noatime shared:2 - 9p drvfs rw,aname=drvfs
31 22 0:27 / /srv/my\\040share rw - nfs4 host:/export rw
32 22 0:28 / /srv/my\\040share/local rw - xfs /dev/sdb1 rw
33 22 0:29 / /home/bot rw - fuse.sshfs host:/ rw
34 22 0:30 / /disk rw - fuseblk /dev/sdc1 rw
35 22 0:31 / /over rw - nfs host:/ rw
36 22 0:32 / /over rw - tmpfs none rw`

it.each([
  ['/', 'ext4'],
  ['/mnt', 'ext4'],
  ['/mnt/cc', 'ext4'],
  ['/mnt/c', '9p'],
  ['/mnt/c/MaiBot/data', '9p'],
  ['/srv/my share/MaiBot', 'nfs4'],
  ['/srv/my share/local', 'xfs'],
  ['/over/x', 'tmpfs'],
])('%s is on %s', (folder, fileSystem) => {
  expect(fileSystemOf(folder, MOUNTS)).toBe(fileSystem)
})

it('tells networks and hosts from disks', () => {
  for (const kind of ['9p', 'virtiofs', 'nfs', 'nfs4', 'cifs', 'smb3', 'fuse.sshfs']) expect(isShared(kind)).toBe(true)
  for (const kind of ['ext4', 'xfs', 'btrfs', 'overlay', 'tmpfs', 'fuseblk', 'zfs']) expect(isShared(kind)).toBe(false)
})
