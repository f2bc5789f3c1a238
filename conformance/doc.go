// Command conformance runs the web-platform-tests, the test suite that the browsers share, in the
// headless host and holds the results against a ledger.
//
// The tests themselves are no part of this repository. A checkout of them has a server of its own,
// `wpt serve`, which this command starts on the loopback interface:
//
//	go run ./conformance --wpt DIR [--update]
//
// runs the lists of conformance/lists and compares with conformance/ledger.json: for each URL and
// each subtest the result that is expected, and for each that is not PASS the reason. A result that
// is worse than expected fails, and so does one that is better, because then the ledger (and
// docs/conformance.md, which is made from it) is no longer true. --update writes both anew; a
// reason stays as long as its subtest does not pass, and a new one is TODO, which
// `go test ./conformance` refuses.
//
//	go run ./conformance --server http://web-platform.test:8000 \
//	    --https https://web-platform.test:8443 --list FILE --out FILE
//
// runs one list against a server that runs already. A list has one URL path per line. The result is
// a JSON object: URL path, subtest, status.
//
// # Terms
//
// A test is one URL; it has subtests, each with one of the statuses of the suite's harness: PASS,
// FAIL, TIMEOUT, NOTRUN, PRECONDITION_FAILED. What became of the page as a whole is told only when
// it is not OK: as the status (ERROR, TIMEOUT, PRECONDITION_FAILED, or CRASH) of a subtest of the
// name "(page)". Totals do not count that one as a subtest, but a URL with it has not passed.
//
// # Isolation
//
// Each page runs in a host of its own, and several pages at once in processes of their own: a page
// that hangs or takes its process down costs its own result and nothing else.
package main
