package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(t.Context(), func(string) string { return "" }, &out))
	require.Equal(t, `sent 3 events
arrived: conversation_started WhatsApp
arrived: contact_form_filled WhatsApp
arrived: meeting_booked WhatsApp
`, out.String())
}

func TestRun_HalfConfigured(t *testing.T) {
	t.Parallel()
	only := func(name string) string { return map[string]string{"GA_MEASUREMENT_ID": "G-ABC1234567"}[name] }
	err := run(t.Context(), only, new(strings.Builder))
	require.ErrorIs(t, err, transport.ErrInvalid)
	require.ErrorContains(t, err, "APISecret is empty")
}
