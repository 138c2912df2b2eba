// Package page belongs to an example, which is shown by running it.
package page

// New needs no example.
func New() {}
