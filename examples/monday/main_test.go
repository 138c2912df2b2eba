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
	require.Equal(t, `created "Zażółć \"}) { id } }"; the board holds 1 item
+48601234567, due 2031-05-06, is done
`, out.String())
}
