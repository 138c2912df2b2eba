package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

// TestSubjects builds every subject, which verifies the good message and sees
// both wrong ones refused for their signature, and calls both classes. Whether
// they take the same time is for the program to measure, on a quiet machine.
func TestSubjects(t *testing.T) {
	t.Parallel()
	all, err := subjects(3)
	require.NoError(t, err)
	names, controls := map[string]bool{}, 0
	for _, s := range all {
		names[s.Name] = true
		if s.Leaks {
			controls++
		}
		s.First(0)
		s.Last(0)
	}
	require.Equal(t, 1, controls)
	for _, scheme := range webhook.Schemes() {
		require.True(t, names[string(scheme)], scheme)
	}
	for _, name := range []string{
		"hmac", "token", "basic", "standard v1a", "rfc9421 hmac-sha256", "rfc9421 ed25519",
		"rfc9421 ecdsa-p256-sha256", "rfc9421 ecdsa-p384-sha384", "rfc9421 rsa-pss-sha512", "rfc9421 rsa-v1_5-sha256",
	} {
		require.True(t, names[name], name)
	}
	require.Len(t, all, len(names))
}
