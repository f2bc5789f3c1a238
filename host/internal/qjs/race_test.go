//go:build race

package qjs

const raceEnabled = true
