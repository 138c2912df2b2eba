// Package transporttest is what the fakes of all vendors have in common: a
// Vendor serves a handler in memory or on a port, records what arrived and
// injects faults before or after the effect.
//
// It depends on no test framework, so that fakes run in programs too.
package transporttest
