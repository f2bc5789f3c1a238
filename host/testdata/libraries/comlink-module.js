import * as Comlink from "/node_modules/comlink/dist/esm/comlink.mjs";

Comlink.expose({ twice: (n) => 2 * n });
