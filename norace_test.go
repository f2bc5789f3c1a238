//go:build !race

package entangle

const raceEnabled = false
