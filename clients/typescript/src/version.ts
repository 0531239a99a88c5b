/** That of package.json, which scripts/release/follow-version.ts writes here. */
export const VERSION = '0.1.0'

/** How calls name their origin in the server's logs, and in `user-agent` where the platform lets a client set it. */
export const USER_AGENT = `chatapi-client-typescript/${VERSION}`
