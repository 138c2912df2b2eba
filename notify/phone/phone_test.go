package phone_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/phone"
	"github.com/centrala-go/centrala/transport"
)

func TestE164(t *testing.T) {
	t.Parallel()
	for _, number := range []string{
		"501234567", "501 234 567", "501-234-567", "+48501234567", "0048 501 234 567", "+48 (501) 234-567", "48501234567",
	} {
		got, err := phone.E164(number, "PL")
		require.NoError(t, err, number)
		require.Equal(t, "+48501234567", got, number)
	}
	got, err := phone.E164("+1 202-555-0123", "")
	require.NoError(t, err)
	require.Equal(t, "+12025550123", got)
}

func TestE164_Refuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ number, region, field string }{
		{"", "PL", "number"},
		{"12345", "PL", "number"},
		{"501 234 567 890", "PL", "number"},
		{"Anna", "PL", "number"},
		{"501234567", "", "number"},
		{"501234567", "Poland", "region"},
	} {
		_, err := phone.E164(tc.number, tc.region)
		require.ErrorIs(t, err, transport.ErrInvalid, tc.number)
		require.ErrorIs(t, err, notify.ErrInvalidRecipient)
		require.ErrorContains(t, err, tc.field)
		if tc.number != "" {
			require.NotContains(t, err.Error(), tc.number)
		}
	}
}
