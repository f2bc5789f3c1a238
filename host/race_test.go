//go:build race

package host

// raceEnabled: the engine is some 45 times slower.
const raceEnabled = true
