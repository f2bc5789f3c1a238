/**
 * A session that several realms share:
 *
 *     import { connect } from "entangle";
 *     import "entangle/share";
 *
 *     worker.postMessage("hub", [hub.share()]); // in the page
 *     addEventListener("message", ({ ports: [port] }) => connect(port)); // in the worker
 *
 * The orders of the worker's client and the news for it are posted over that port as they are.
 * Ports that the worker makes have negative numbers there; ports that come to it keep the
 * session's numbers.
 */
export {};
