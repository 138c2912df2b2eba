//go:build !race

package webhook_test

const poolSlack = 0
