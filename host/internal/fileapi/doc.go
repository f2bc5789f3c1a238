// Package fileapi is the File API: Blob, File, FileList, FileReader and FileReaderSync. Their blob:
// URLs are in package bloburl.
//
// The bytes of a [Blob] are immutable: slices, clones in other realms and agents, and blob:
// URLs share them.
//
// # Standard
//
// https://w3c.github.io/FileAPI/ as of 2026-08-21.
//
// # Limits
//
// A blob made by script has at most [MaxSize] bytes; beyond that the constructor
// throws a RangeError.
package fileapi

import "github.com/entangle-go/entangle/host/internal/webidl"

// MaxSize is how many bytes a blob that script makes may have.
const MaxSize = 512 << 20

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{BlobInterface, FileInterface, FileListInterface, FileReaderInterface, FileReaderSyncInterface}
}
