package clone

import "unicode/utf8"

// wellFormed reports whether s is a String: UTF-8, in which also lone surrogates may stand (WTF-8).
func wellFormed(s string) bool {
	return utf8.ValidString(s) || validWTF8(s) // OPTIMIZATION: the first is faster
}
