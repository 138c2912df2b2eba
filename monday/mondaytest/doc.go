// Package mondaytest is a stateful fake of the monday.com API for tests and
// for programs that run without credentials.
//
// It parses and validates every document against a subset of monday's schema
// written for this project, executes it on boards in memory, and enforces what
// monday publishes: authentication, versions, column value forms, label lists,
// limits, idempotency, the life of cursors, and the shapes of errors. It can
// be made to fail through the faults of package transporttest.
package mondaytest
