package clone

import "unsafe"

// mapPointer returns what identifies a map.
func mapPointer(m map[string]any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) }
