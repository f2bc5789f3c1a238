// Package npm holds the TypeScript client of a hub, bundled for pages. Its sources are in src/,
// TypeScript that reads like the Go packages beside it; what is served and published is in dist/.
package npm

import "embed"

//go:generate go run ./build

// Dist holds the bundles, ES modules for pages: dist/entangle.js; dist/tabs.js and dist/worker.js,
// which it starts; dist/install.js, which imports them; dist/share.js. They must be served beside
// each other.
//
//go:embed dist/*.js
var Dist embed.FS
