/**
 * A session that several realms share:
 *
 *     import { connect } from "entangle";
 *     import "entangle/share";
 *
 *     worker.postMessage("hub", [hub.share()]); // in the page
 *     addEventListener("message", ({ ports: [port] }) => connect(port)); // in the worker
 *
 * What the worker's client wants of the session, and what it is told, is posted over that port as
 * it is. Ports that the worker makes have negative numbers there; those that come to it are called
 * what the session calls them.
 */
export {};
