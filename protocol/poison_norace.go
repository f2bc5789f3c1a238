//go:build !race

package protocol

const poisoned = false
