import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'

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

  /** @param more files that no service names, such as those of error details */
  constructor(services: readonly DescService[], more: readonly DescFile[] = []) {
    this.services = services.map(({ typeName }) => typeName)
    for (const file of [...services.map((service) => service.file), ...more]) this.#addFile(file)
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
    // The descriptor as it was compiled; what protobuf-es makes of it leaves out the entries of maps.
    const { proto } = file
    const scope = proto.package ? `${proto.package}.` : ''
    for (const service of proto.service) {
      this.#symbols.set(scope + service.name, name)
      for (const method of service.method) this.#symbols.set(`${scope}${service.name}.${method.name}`, name)
    }
    for (const desc of proto.enumType) this.#addEnum(desc, scope, name)
    for (const desc of proto.messageType) this.#addMessage(desc, scope, name)
    this.#addExtensions(proto.extension, scope, name)
    for (const dependency of file.dependencies) this.#addFile(dependency)
  }

  #addMessage(message: DescriptorProto, outer: string, file: string): void {
    const typeName = outer + message.name
    const scope = `${typeName}.`
    this.#messages.add(typeName)
    this.#symbols.set(typeName, file)
    for (const { name } of message.field) this.#symbols.set(scope + name, file)
    for (const { name } of message.oneofDecl) this.#symbols.set(scope + name, file)
    for (const desc of message.enumType) this.#addEnum(desc, scope, file)
    for (const desc of message.nestedType) this.#addMessage(desc, scope, file)
    this.#addExtensions(message.extension, scope, file)
  }

  /** The values of an enum are named beside it, not in it. */
  #addEnum(desc: EnumDescriptorProto, scope: string, file: string): void {
    this.#symbols.set(scope + desc.name, file)
    for (const { name } of desc.value) this.#symbols.set(scope + name, file)
  }

  #addExtensions(extensions: readonly FieldDescriptorProto[], scope: string, file: string): void {
    for (const { name, extendee, number } of extensions) {
      this.#symbols.set(scope + name, file)
      const typeName = extendee.replace(/^\./, '')
      const numbers = this.#extensions.get(typeName) ?? new Map<number, string>()
      this.#extensions.set(typeName, numbers.set(number, file))
    }
  }
}

/** With its suffix, as imports spell it. */
function nameOf(file: DescFile): string {
  return file.proto.name
}
