package clone

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// wellFormed reports whether s is a String: UTF-8, in which also lone surrogates may stand (WTF-8).
func wellFormed(s string) bool {
	return ascii(s) || utf8.ValidString(s) || validWTF8(s) // OPTIMIZATION: each is faster than the next
}

// notASCII are the bits that no byte of an ASCII text has.
const notASCII = 0x8080808080808080

// ascii reports whether all bytes of s are ASCII.
func ascii(s string) bool {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	switch {
	case len(b) >= 8:
		last := binary.LittleEndian.Uint64(b[len(b)-8:])
		for ; len(b) > 8; b = b[8:] {
			if binary.LittleEndian.Uint64(b)&notASCII != 0 {
				return false
			}
		}
		return last&notASCII == 0
	case len(b) >= 4:
		return (binary.LittleEndian.Uint32(b)|binary.LittleEndian.Uint32(b[len(b)-4:]))&(notASCII&0xffffffff) == 0
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
