/** The name of the package; the client itself follows. */
export declare const name = "entangle";
