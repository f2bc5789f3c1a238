//go:build race

package protocol

const poisoned = true
