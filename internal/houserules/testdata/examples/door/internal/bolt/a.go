// Package bolt cannot be imported.
package bolt

// New needs no example.
func New() {}
