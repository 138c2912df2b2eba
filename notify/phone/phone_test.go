package phone_test

import (
	"errors"
	"regexp"
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
		"00 48 501 234 567", " 501\u00a0234\u00a0567\n", "501–234–567", "５０１２３４５６７", "tel. 501 234 567", "501234567 ext. 12",
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
		{"501 234 AAA", "PL", "number"},
		{"1-800-FLOWERS", "US", "number"},
		{"501234567", "", "number"},
		{"501234567", "Poland", "region"},
	} {
		_, err := phone.E164(tc.number, tc.region)
		require.ErrorIs(t, err, transport.ErrInvalid, tc.number)
		require.Equal(t, tc.field == "number", errors.Is(err, notify.ErrInvalidRecipient))
		require.ErrorContains(t, err, tc.field)
		if tc.number != "" {
			require.NotContains(t, err.Error(), tc.number)
		}
	}
}

// Whatever is typed, the result is E.164 and stays itself, or the number is
// refused.
func FuzzE164(f *testing.F) {
	f.Add("501 234 567", "PL")
	f.Add("+1 202 555 0123 ext. 4", "")
	f.Add("\x00+48", "ZZ")
	form := regexp.MustCompile(`^\+[1-9]\d{1,14}$`)
	f.Fuzz(func(t *testing.T, number, region string) {
		got, err := phone.E164(number, region)
		if err != nil {
			require.ErrorIs(t, err, transport.ErrInvalid)
			return
		}
		require.Regexp(t, form, got)
		again, err := phone.E164(got, "")
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
