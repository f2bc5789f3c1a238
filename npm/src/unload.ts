/**
 * Calls back when the page is hidden for good or put aside (`pagehide`), and when it is shown
 * again. Returns a function that ends that. Outside of windows it does nothing.
 */
export function onPagehide(job: (hidden: boolean, persisted: boolean) => void): () => void {
  const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
  const types = ["pagehide", "pageshow"];
  const listener = ({ type, persisted }: Event & { persisted?: boolean }) => job(type === "pagehide", !!persisted);
  for (const type of types) addEventListener?.(type, listener);
  return () => types.forEach((type) => removeEventListener?.(type, listener));
}

/**
 * Calls back when the machine, or the page, is awake again, or has a network again: a connection
 * that looks open may be dead. Returns a function that ends that.
 */
export function onWake(job: () => void): () => void {
  const { addEventListener, removeEventListener, document } = globalThis as Partial<typeof globalThis>;
  for (const type of ["online", "pageshow"]) addEventListener?.(type, job);
  document?.addEventListener("resume", job);
  return () => {
    for (const type of ["online", "pageshow"]) removeEventListener?.(type, job);
    document?.removeEventListener("resume", job);
  };
}

/**
 * Calls back when the browser freezes the page: no other task runs before it is awake again, and
 * Chromium closes its sockets as those of a page that is left. Returns a function that ends that.
 */
export function onFreeze(job: () => void): () => void {
  const { document } = globalThis as Partial<typeof globalThis>;
  document?.addEventListener("freeze", job);
  return () => document?.removeEventListener("freeze", job);
}
