/**
 * Defines event handler attributes such as onmessage on a target.
 * https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-idl-attributes
 *
 * DEVIATION: a handler that was set to null and set again keeps its old place among the listeners.
 */
export function defineHandlers(target: EventTarget, ...types: string[]): void {
  for (const type of types) {
    let handler: unknown = null;
    let listening = false;
    Object.defineProperty(target, `on${type}`, {
      configurable: true,
      enumerable: true,
      get: () => handler,
      set(value: unknown) {
        handler = typeof value === "function" ? value : null;
        if (!handler || listening) return;
        listening = true;
        target.addEventListener(type, (event) => typeof handler === "function" && handler.call(target, event));
      },
    });
  }
}
