import { installGoTool } from './go-tool.ts'

const VERSION = 'v1.9.3'

/** Returns the folder that grpcurl is in. */
export function installGrpcurl(): Promise<string> {
  return installGoTool('github.com/fullstorydev/grpcurl/cmd/grpcurl', VERSION)
}
