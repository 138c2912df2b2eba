package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `handled {"order":1}, signed with the new key
{"order":1}: status 200
{"order":1}: status 200
handled {"order":2}, signed with the old key
{"order":2}: status 200
{"order":3}: status 401
`, out.String())
}
