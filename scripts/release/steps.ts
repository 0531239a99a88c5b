const CLEAR_LINE = '\r\x1b[2K'

/** Does one step, and says on standard error which it is while it lasts, on a terminal, and how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = process
  const startedAt = performance.now()
  if (stderr.isTTY) stderr.write(`… ${title}`)
  const end = (mark: string) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    stderr.write(`${stderr.isTTY ? CLEAR_LINE : ''}${mark} ${title}  ${seconds} s\n`)
  }
  try {
    const result = await work()
    end('✓')
    return result
  } catch (error) {
    end('✗')
    throw error
  }
}
