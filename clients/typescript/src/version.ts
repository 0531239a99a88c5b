/** That of package.json; test/clients/typescript-options.test.ts holds the two equal. */
export const VERSION = '0.1.0'

/** How calls name their origin in the server's logs, and in `user-agent` where the platform lets a client set it. */
export const USER_AGENT = `chatapi-client-typescript/${VERSION}`
