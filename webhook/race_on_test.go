//go:build race

package webhook_test

// poolSlack is what pools may allocate: the race detector makes them forget.
const poolSlack = 8
