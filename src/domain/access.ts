/** What a caller may do; each may do what those before it may. */
export const ROLES = ['reader', 'recorder', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who may call a method: whoever has at least the role, or `anyone`, also without credentials. */
export type Access = 'anyone' | Role
