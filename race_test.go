//go:build race

package entangle

// raceEnabled: things are slower and larger.
const raceEnabled = true
