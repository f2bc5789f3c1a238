package clone

import (
	"errors"
	"strings"
	"testing"
)

// expectError fails unless err is a DOMException, or an Error, of this name whose message ends so.
func expectError(t *testing.T, err error, name, end string) {
	t.Helper()
	var exception *DOMException
	var native *Error
	switch {
	case errors.As(err, &exception) && exception.Name == name && strings.HasSuffix(exception.Message, end):
	case errors.As(err, &native) && native.Name == name && strings.HasSuffix(native.Message, end):
	default:
		t.Errorf("error is %v, want %s: …%s", err, name, end)
	}
}
