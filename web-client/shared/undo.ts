/**
 * One press is enough to end a chat: it happens by itself after this, unless it is taken back. Long enough to
 * notice a slip of the thumb, short enough not to be waited for. Milliseconds.
 */
export const UNDO_MS = 5_000
