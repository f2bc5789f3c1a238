/** A name that nobody guesses. */
export const random = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");
