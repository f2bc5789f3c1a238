package clone

import (
	"fmt"
	"testing"
)

// benchValues are the messages of the table of performance: one small, one of 100
// records (about 8 KB).
func benchValues() map[string]any {
	small := map[string]any{"id": 1.0, "type": "search", "data": map[string]any{"q": "abc", "n": 42.0}}
	records := make([]any, 100)
	for i := range records {
		records[i] = map[string]any{
			"id": float64(i), "name": fmt.Sprintf("user number %d", i), "email": fmt.Sprintf("user%d@example.com", i),
			"active": i%2 == 0, "score": float64(i) * 1.5, "tags": []any{"a", "b"},
		}
	}
	return map[string]any{"string": "hello, world", "small": small, "records": records, "buffer": NewArrayBuffer(make([]byte, 1<<20))}
}

func BenchmarkBytes(b *testing.B) {
	for name, value := range benchValues() {
		body, err := encodeValue(value, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("encode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encodeValue(value, nil)
			}
		})
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decodeBody(body, nil, decodeOptions{})
			}
		})
		b.Run("check/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				checkBody(body, nil)
			}
		})
	}
}
