import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type UploadLimits, Uploads, uploadsFolder } from '../../src/importers/uploads.ts'
import { newFolder } from './scene.ts'

const DATA = Buffer.from('abcdefghij')
const SHA256 = createHash('sha256').update(DATA).digest('hex')
const HOURS_AGO = Date.now() / 1_000 - 7_200
const NOWHERE = '0'.repeat(32)

function scene(limits?: UploadLimits) {
  const folder = join(newFolder(), 'uploads')
  return { folder, uploads: new Uploads(folder, limits) }
}

/** What a file holds that is handed over. */
async function taken(uploads: Uploads, id: string, { isDone = true, sha256 = SHA256 } = {}): Promise<string> {
  return uploads.use('ann', id, sha256, async (path) => ({ result: readFileSync(path, 'latin1'), isDone }))
}

describe('an upload', () => {
  it('arrives in pieces, and is handed over whole', async () => {
    const { folder, uploads } = scene()
    const id = await uploads.create('ann', DATA.length)
    expect(await uploads.add('ann', id, 0, DATA.subarray(0, 4))).toBe(4)
    expect(await uploads.add('ann', id, 4, DATA.subarray(4))).toBe(10)
    expect(await taken(uploads, id, { isDone: false })).toBe('abcdefghij')
    expect(await taken(uploads, id)).toBe('abcdefghij')
    expect(existsSync(folder)).toBe(false)
  })

  it('goes on where it broke off, and through another process', async () => {
    const { folder, uploads } = scene()
    const id = await uploads.create('ann', DATA.length)
    await uploads.add('ann', id, 0, DATA.subarray(0, 6))
    const other = new Uploads(folder)
    expect(await other.add('ann', id, 0, Buffer.alloc(0))).toBe(6)
    expect(await other.add('ann', id, 0, DATA.subarray(0, 6))).toBe(6)
    expect(await other.add('ann', id, 3, DATA.subarray(3))).toBe(10)
    expect(await taken(uploads, id)).toBe('abcdefghij')
  })

  it('is refused with a gap, with more than was announced, before it is whole, and where it is another file', async () => {
    const { uploads } = scene()
    const id = await uploads.create('ann', DATA.length)
    await uploads.add('ann', id, 0, DATA.subarray(0, 4))
    await expect(uploads.add('ann', id, 5, DATA)).rejects.toMatchObject({
      reason: 'IMPORT_INVALID',
      message: 'the offset is 5, and 4 bytes were received: go on there',
      metadata: { received_bytes: '4' },
    })
    await expect(uploads.add('ann', id, 4, DATA)).rejects.toThrow('the data ends at 14, and 10 bytes were announced')
    await expect(taken(uploads, id)).rejects.toThrow('4 of 10 bytes were received: send the rest first')
    await uploads.add('ann', id, 4, DATA.subarray(4))
    await expect(taken(uploads, id, { sha256: 'f'.repeat(64) })).rejects.toMatchObject({ reason: 'IMPORT_INVALID' })
  })

  it('is nobody’s but of who began it', async () => {
    const { uploads } = scene()
    const id = await uploads.create('ann', DATA.length)
    for (const [owner, which] of [
      ['bob', id],
      ['ann', NOWHERE],
    ] as const) {
      await expect(uploads.add(owner, which, 0, DATA)).rejects.toMatchObject({ reason: 'IMPORT_INVALID' })
      await expect(uploads.use(owner, which, SHA256, async () => ({ result: 0, isDone: true }))).rejects.toThrow(
        `no import ${which} is under way`,
      )
    }
  })

  it('is read by this user alone', async () => {
    const { folder, uploads } = scene()
    const id = await uploads.create('ann', DATA.length)
    for (const path of [folder, join(folder, id)]) expect(statSync(path).mode & 0o077).toBe(0)
  })
})

describe('uploads', () => {
  it('are so many, and of so many bytes, at a time', async () => {
    const { uploads } = scene({ maxUploads: 2, maxBytes: 100 })
    await uploads.create('ann', 60)
    await expect(uploads.create('ann', 60)).rejects.toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 60_000 })
    await uploads.create('ann', 40)
    await expect(uploads.create('ann', 1)).rejects.toThrow('2 imports are under way')
  })

  it('are brought in one after the other', async () => {
    const { uploads } = scene()
    const [first, second] = [await uploads.create('ann', DATA.length), await uploads.create('ann', DATA.length)]
    for (const id of [first, second]) await uploads.add('ann', id, 0, DATA)
    await uploads.use('ann', first, SHA256, async () => {
      await expect(taken(uploads, second)).rejects.toMatchObject({ reason: 'OVERLOADED' })
      return { result: undefined, isDone: true }
    })
    expect(await taken(uploads, second)).toBe('abcdefghij')
  })

  it('are forgotten once they rest for too long, and make room', async () => {
    const { folder, uploads } = scene({ maxUploads: 1 })
    const id = await uploads.create('ann', DATA.length)
    for (const path of [join(folder, id, 'data'), join(folder, id)]) utimesSync(path, HOURS_AGO, HOURS_AGO)
    const next = await uploads.create('ann', DATA.length)
    expect(readdirSync(folder)).toEqual([next])
  })

  it('have no place where somebody else could read them', async () => {
    const { folder, uploads } = scene()
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    await expect(uploads.create('ann', 1)).rejects.toThrow(/is open to other users/)
    expect(existsSync(join(folder, 'about.json'))).toBe(false)
  })

  it('to a store share a folder, and those to others do not', () => {
    expect(uploadsFolder('sqlite:a.db')).toBe(uploadsFolder('sqlite:a.db'))
    expect(uploadsFolder('sqlite:a.db')).not.toBe(uploadsFolder('sqlite:b.db'))
  })
})
