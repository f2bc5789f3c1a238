package host

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// residentMemory returns how many bytes of memory the process uses, the engine's included; 0 where
// there is no /proc.
func residentMemory(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Log(err)
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
