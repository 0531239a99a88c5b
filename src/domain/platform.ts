/** The platform meant where a caller names none, as in the original. */
export const DEFAULT_PLATFORM = 'qq'
