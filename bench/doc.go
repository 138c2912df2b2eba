// Package bench measures the SDK against its peers and proves what the
// reliability guide claims. It is a module of its own, so that the peers'
// dependencies stay out of the SDK's.
package bench
