package clone

import (
	"bytes"
	"runtime"
	"testing"
)

// A reader allocates at most memoryFactor bytes for each byte of input, and memoryConstant.
// docs/clone-format.md promises it.
const (
	memoryFactor   = 128
	memoryConstant = 512 << 10 // the stack of 1,000 levels, as it grows
)

// allocated returns how many bytes f allocates, garbage included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// repeat returns an array of n items.
func repeat(n int, item []byte) []byte {
	return append(appendHead(nil, majorArray, uint64(n)), bytes.Repeat(item, n)...)
}

func hostile() map[string][]byte {
	const n = 20000
	numbers := appendHead(appendHead(nil, majorTag, tagMap), majorMap, n)
	strings := appendHead(appendHead(nil, majorTag, tagSet), majorArray, n)
	properties := appendHead(nil, majorMap, n)
	for i := range n {
		numbers = append(appendHead(numbers, majorUint, uint64(i)), byteNull)
		strings = append(appendHead(strings, majorText, 2), byte('0'+i%64), byte('0'+i/64%64))
		properties = append(appendHead(properties, majorText, 3), byte('0'+i%64), byte('0'+i/64%64), byte('0'+i/4096))
		properties = append(properties, byteNull)
	}
	deep := bytes.Repeat([]byte{0x81}, networkDepth)
	sparse := appendHead(appendNumber(appendNamed(nil, "Array", 3), 1<<32-1), majorMap, 0)
	resizable := appendHead(appendNumber(append(appendNamed(nil, "ArrayBuffer", 3), 0x40), maxSafeInteger), majorUint, 0)
	return map[string][]byte{
		"empty objects":             repeat(n, []byte{0xa0}),
		"objects of one property":   repeat(n, []byte{0xa1, 0x60, byteNull}),
		"objects of two properties": repeat(n, []byte{0xa2, 0x60, byteNull, 0x61, 'a', byteNull}),
		"empty arrays":              repeat(n, []byte{0x80}),
		"arrays of one":             repeat(n, []byte{0x81, byteNull}),
		"numbers":                   repeat(n, []byte{1}),
		"strings":                   repeat(n, []byte{0x61, 'a'}),
		"empty buffers":             repeat(n, []byte{0x40}),
		"dates":                     repeat(n, []byte{0xc1, 0}),
		"BigInts":                   repeat(n, []byte{0xc2, 0x41, 1}),
		"typed arrays":              repeat(n, []byte{0xd8, 64, 0x40}),
		"marks":                     repeat(n, []byte{0xd8, tagMark, 0xa0}),
		"sets":                      repeat(n, []byte{0xd9, 1, 2, 0x81, 0}),
		"maps":                      repeat(n, []byte{0xd9, 1, 3, 0xa1, 0, 0}),
		"a map of numbers":          numbers,
		"a set of strings":          strings,
		"an object":                 properties,
		"sparse arrays":             repeat(n/10, sparse),
		"resizable buffers":         repeat(n/10, resizable[:len(resizable)-1]),
		"a deep array":              append(deep[1:], 0x80),
		"a deep array that claims":  append(deep, appendHead(nil, majorArray, 1<<40)...),
		"claims":                    {0x9a, 0xff, 0xff, 0xff, 0xff, 1},
		"claims in claims":          bytes.Repeat([]byte{0x99, 0x40, 0}, 900),
		"claims in objects":         bytes.Repeat([]byte{0xb9, 0x20, 0, 0x60}, 900),
		"claims of bytes":           {0x5b, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff},
		"claims of files":           append(appendNamed(nil, "FileList", 2), 0x9a, 0x7f, 0xff, 0xff, 0xff),
	}
}

func TestReaderMemory(t *testing.T) {
	worst, worstName := 0.0, ""
	for name, body := range hostile() {
		for mode, read := range map[string]func(){
			"check":   func() { checkBody(body, nil) },
			"decode":  func() { decodeBody(body, nil, decodeOptions{copy: true}) },
			"ordered": func() { decodeBody(body, nil, decodeOptions{ordered: true}) },
		} {
			got := allocated(read)
			if limit := uint64(memoryFactor*len(body) + memoryConstant); got > limit {
				t.Errorf("%s of %s: %d bytes of input allocate %d bytes, limit %d", mode, name, len(body), got, limit)
			}
			if factor := float64(got) / float64(len(body)); len(body) > 20000 && factor > worst {
				worst, worstName = factor, mode+" of "+name
			}
		}
	}
	t.Logf("worst: %.0f bytes for each byte of input, %s", worst, worstName)
}
