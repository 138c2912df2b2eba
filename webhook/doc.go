// Package webhook receives events over HTTP: it verifies who sent them, drops
// repetitions and acknowledges only what is stored.
package webhook
