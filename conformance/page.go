package main

import (
	"context"
	"time"
)

// statusOK is the status of a page whose harness ran to its end.
const statusOK = "OK"

// pageStatuses and subtestStatuses are the suite's numbers.
// https://web-platform-tests.org/writing-tests/testharness-api.html
var (
	pageStatuses    = []string{statusOK, statusError, statusTimeout, statusPreconditionFailed}
	subtestStatuses = []string{statusPass, statusFail, statusTimeout, statusNotRun, statusPreconditionFailed}
)

// runPage opens a test in a host of its own and waits for its results.
func runPage(ctx context.Context, j job, timeout, longTimeout time.Duration) Page {
	return Page{URL: j.Path, Status: statusCrash, Message: "the host cannot open pages yet"}
}
