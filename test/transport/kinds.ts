import { create, createFileRegistry, type DescService, fromBinary, type Message, toBinary } from '@bufbuild/protobuf'
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2'
import {
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel as Idempotency,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'

export type Blob = Message<'test.v1.Blob'> & { text: string; size: number }

/** One method of each kind; `Get` is free of side effects. */
type KindsService = GenService<{
  unary: { methodKind: 'unary'; input: typeof BlobSchema; output: typeof BlobSchema }
  get: { methodKind: 'unary'; input: typeof BlobSchema; output: typeof BlobSchema }
  serverStream: { methodKind: 'server_streaming'; input: typeof BlobSchema; output: typeof BlobSchema }
  watch: { methodKind: 'server_streaming'; input: typeof BlobSchema; output: typeof BlobSchema }
  clientStream: { methodKind: 'client_streaming'; input: typeof BlobSchema; output: typeof BlobSchema }
  bidi: { methodKind: 'bidi_streaming'; input: typeof BlobSchema; output: typeof BlobSchema }
}>

const blob = { inputType: '.test.v1.Blob', outputType: '.test.v1.Blob' }
const optional = Label.OPTIONAL

const file = create(FileDescriptorProtoSchema, {
  name: 'test/v1/kinds.proto',
  package: 'test.v1',
  syntax: 'proto3',
  messageType: [
    {
      name: 'Blob',
      field: [
        { name: 'text', number: 1, type: Type.STRING, label: optional, jsonName: 'text' },
        { name: 'size', number: 2, type: Type.INT32, label: optional, jsonName: 'size' },
      ],
    },
  ],
  service: [
    { name: 'Absent', method: [{ name: 'Unary', ...blob }] },
    {
      name: 'Kinds',
      method: [
        { name: 'Unary', ...blob },
        { name: 'Get', ...blob, options: { idempotencyLevel: Idempotency.NO_SIDE_EFFECTS } },
        { name: 'ServerStream', ...blob, serverStreaming: true },
        { name: 'Watch', ...blob, serverStreaming: true },
        { name: 'ClientStream', ...blob, clientStreaming: true },
        { name: 'Bidi', ...blob, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
})

const registry = createFileRegistry(
  fromBinary(FileDescriptorProtoSchema, toBinary(FileDescriptorProtoSchema, file)),
  () => undefined,
)

export const BlobSchema = registry.getMessage('test.v1.Blob') as GenMessage<Blob>
export const Kinds = registry.getService('test.v1.Kinds') as DescService as KindsService

/** A service that no test serves. */
export const Absent = registry.getService('test.v1.Absent') as DescService as GenService<{
  unary: { methodKind: 'unary'; input: typeof BlobSchema; output: typeof BlobSchema }
}>
