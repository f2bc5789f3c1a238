/**
 * Calls back when the page is hidden for good or put aside (`pagehide`), and when it is shown
 * again. Returns what ends that. Elsewhere than in windows nothing happens.
 */
export function onPagehide(job: (hidden: boolean, persisted: boolean) => void): () => void {
  const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
  const types = ["pagehide", "pageshow"];
  const listener = ({ type, persisted }: Event & { persisted?: boolean }) => job(type === "pagehide", !!persisted);
  for (const type of types) addEventListener?.(type, listener);
  return () => types.forEach((type) => removeEventListener?.(type, listener));
}
