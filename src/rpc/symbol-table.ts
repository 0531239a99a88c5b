import { type DescEnum, type DescFile, type DescMessage, type DescService, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'

export interface EncodedFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The files that define some services, with all they import, and what is in them, by full name. */
export class SymbolTable {
  readonly services: readonly string[]
  readonly #files = new Map<string, DescFile>()
  readonly #encoded = new Map<string, EncodedFile>()
  readonly #symbols = new Map<string, string>()
  readonly #messages = new Set<string>()
  /** By extended message, then by number: the file. */
  readonly #extensions = new Map<string, Map<number, string>>()

  constructor(services: readonly DescService[]) {
    this.services = services.map(({ typeName }) => typeName)
    for (const service of services) this.#addFile(service.file)
  }

  file(name: string): string | undefined {
    return this.#files.has(name) ? name : undefined
  }

  fileOfSymbol(symbol: string): string | undefined {
    return this.#symbols.get(symbol)
  }

  fileOfExtension(typeName: string, number: number): string | undefined {
    return this.#extensions.get(typeName)?.get(number)
  }

  isMessage(typeName: string): boolean {
    return this.#messages.has(typeName)
  }

  extensionNumbers(typeName: string): number[] {
    return [...(this.#extensions.get(typeName)?.keys() ?? [])].sort((a, b) => a - b)
  }

  /** The file and all that it imports, directly or not, itself first. */
  withImports(name: string): EncodedFile[] {
    const result = new Map<string, EncodedFile>()
    const visit = (file: DescFile) => {
      if (result.has(nameOf(file))) return
      result.set(nameOf(file), this.#encode(file))
      file.dependencies.forEach(visit)
    }
    const file = this.#files.get(name)
    if (file) visit(file)
    return [...result.values()]
  }

  #encode(file: DescFile): EncodedFile {
    const name = nameOf(file)
    const known = this.#encoded.get(name)
    if (known) return known
    const encoded = { name, bytes: toBinary(FileDescriptorProtoSchema, file.proto) }
    this.#encoded.set(name, encoded)
    return encoded
  }

  #addFile(file: DescFile): void {
    const name = nameOf(file)
    if (this.#files.has(name)) return
    this.#files.set(name, file)
    for (const service of file.services) {
      this.#symbols.set(service.typeName, name)
      for (const method of service.methods) this.#symbols.set(`${service.typeName}.${method.name}`, name)
    }
    for (const desc of file.enums) this.#addEnum(desc, name)
    for (const desc of file.messages) this.#addMessage(desc, name)
    this.#addExtensions(file.extensions, name)
    for (const dependency of file.dependencies) this.#addFile(dependency)
  }

  #addMessage(message: DescMessage, file: string): void {
    this.#messages.add(message.typeName)
    this.#symbols.set(message.typeName, file)
    for (const { name } of message.fields) this.#symbols.set(`${message.typeName}.${name}`, file)
    for (const { name } of message.oneofs) this.#symbols.set(`${message.typeName}.${name}`, file)
    for (const desc of message.nestedEnums) this.#addEnum(desc, file)
    for (const desc of message.nestedMessages) this.#addMessage(desc, file)
    this.#addExtensions(message.nestedExtensions, file)
  }

  /** The values of an enum are named beside it, not in it. */
  #addEnum(desc: DescEnum, file: string): void {
    this.#symbols.set(desc.typeName, file)
    const scope = desc.typeName.slice(0, desc.typeName.lastIndexOf('.') + 1)
    for (const { name } of desc.values) this.#symbols.set(`${scope}${name}`, file)
  }

  #addExtensions(extensions: DescFile['extensions'], file: string): void {
    for (const extension of extensions) {
      this.#symbols.set(extension.typeName, file)
      const { typeName } = extension.extendee
      const numbers = this.#extensions.get(typeName) ?? new Map<number, string>()
      this.#extensions.set(typeName, numbers.set(extension.number, file))
    }
  }
}

/** With its suffix, as imports spell it. */
function nameOf(file: DescFile): string {
  return file.proto.name
}
