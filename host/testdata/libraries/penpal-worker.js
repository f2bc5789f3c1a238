importScripts("/node_modules/penpal/dist/penpal.js");

Penpal.connect({ messenger: new Penpal.WorkerMessenger({ worker: self }), methods: { multiply: (a, b) => a * b } });
