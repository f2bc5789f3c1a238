/** The name of the package; the client itself follows. */
export const name = "entangle";
