//go:build !linux && !darwin

package remote

import "syscall"

// limitUnsent does nothing where the system does not have it.
func limitUnsent(_, _ string, _ syscall.RawConn) error { return nil }
