import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Copy, type Dockerfile, DockerfileParser, Env, From } from 'dockerfile-ast'

const run = promisify(execFile)

/**
 * What a Dockerfile makes, by its own instructions, in a folder that stands for the file system of each stage. There is no
 * base image below it, and commands other than npm are left to those who have one.
 */
export class Image implements AsyncDisposable {
  readonly environment: Record<string, string> = {}
  readonly #root: string
  #stages = 0
  #folder = ''
  #workdir = '/'
  readonly #folders = new Map<string, string>()

  private constructor(root: string) {
    this.#root = root
  }

  /** @param context the folder that `docker build` is given, of which `isSent` tells what comes along */
  static async build(dockerfile: string, context: string, isSent: (path: string) => boolean): Promise<Image> {
    const image = new Image(await mkdtemp(join(tmpdir(), 'chatapi-image-')))
    try {
      await image.#follow(DockerfileParser.parse(dockerfile), context, isSent)
      return image
    } catch (error) {
      await image[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Where a path of the image is. */
  at(path: string): string {
    return join(this.#folder, resolve(this.#workdir, path))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }

  async #follow(dockerfile: Dockerfile, context: string, isSent: (path: string) => boolean): Promise<void> {
    for (const instruction of dockerfile.getInstructions()) {
      const text = instruction.getArgumentsContent() ?? ''
      if (instruction instanceof From) await this.#begin(instruction.getBuildStage() ?? 'last')
      else if (instruction instanceof Copy) await this.#copy(instruction, context, isSent)
      else if (instruction instanceof Env) {
        for (const property of instruction.getProperties()) {
          this.environment[property.getName()] = property.getValue() ?? ''
        }
      } else if (instruction.getKeyword() === 'WORKDIR') {
        this.#workdir = text
        await mkdir(this.at('.'), { recursive: true })
      } else if (instruction.getKeyword() === 'RUN' && text.startsWith('npm ')) await this.#npm(text)
    }
  }

  async #begin(stage: string): Promise<void> {
    this.#folder = join(this.#root, String(this.#stages++))
    this.#workdir = '/'
    this.#folders.set(stage, this.#folder)
    await mkdir(this.#folder)
  }

  async #copy(instruction: Copy, context: string, isSent: (path: string) => boolean): Promise<void> {
    const paths = instruction.getArguments().map((argument) => argument.getValue())
    const target = paths.pop()!
    const stage = instruction
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue()
    const source = stage ? this.#folders.get(stage)! : context
    for (const path of paths) {
      const into = target.endsWith('/') ? join(target, path.split('/').at(-1)!) : target
      await cp(join(source, path), this.at(into), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (file) => stage !== undefined || isSent(relative(context, file)),
      })
    }
  }

  async #npm(command: string): Promise<void> {
    // The Node that tests run with stands for that of the base image.
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
    await run('sh', ['-c', command], { cwd: this.at('.'), env }).catch((error) => {
      throw new Error(`${command}\n${error.stdout}${error.stderr}`, { cause: error })
    })
  }
}
