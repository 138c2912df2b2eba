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
	require.Equal(t, `16 free slots, the first at 09:00
booked 2026-11-23 at 10:00; the vendor holds 1 appointment
the same slot again is taken: true
moved to 12:30
cancelled
`, out.String())
}
