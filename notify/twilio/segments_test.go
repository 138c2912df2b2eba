package twilio_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/twilio"
)

// The vendor's own counts.
func TestCountSegments_Conformance(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE is not set")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "twilio", "segments.json"))
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Name, Body, Encoding string
			Smart                bool `json:"smart_encoding"`
			Segments             int
		}
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		got := twilio.CountSegments(v.Body, v.Smart)
		require.Equal(t, v.Segments, got.Count, v.Name)
		require.Equal(t, twilio.Encoding(v.Encoding), got.Encoding, v.Name)
	}
}

func TestCountSegments(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		body  string
		smart bool
		want  twilio.Segments
	}{
		{"", false, twilio.Segments{Encoding: twilio.GSM7, Count: 1}},
		{"Do zobaczenia!\r\n@", false, twilio.Segments{Encoding: twilio.GSM7, Count: 1, Units: 17}},
		{strings.Repeat("a", 161), false, twilio.Segments{Encoding: twilio.GSM7, Count: 2, Units: 161}},
		{strings.Repeat("a", 1600), false, twilio.Segments{Encoding: twilio.GSM7, Count: 11, Units: 1600}},
		{"\f^{}\\[~]|€", false, twilio.Segments{Encoding: twilio.GSM7, Count: 1, Units: 20}},
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), false, twilio.Segments{Encoding: twilio.GSM7, Count: 2, Units: 164}},
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), false, twilio.Segments{Encoding: twilio.GSM7, Count: 3, Units: 306}},
		{"Łódź", false, twilio.Segments{Encoding: twilio.UCS2, Count: 1, Units: 4}},
		{"`", false, twilio.Segments{Encoding: twilio.UCS2, Count: 1, Units: 1}},
		{"`\u00a0–…“", true, twilio.Segments{Encoding: twilio.GSM7, Count: 1, Units: 8}},
		{"ç", true, twilio.Segments{Encoding: twilio.UCS2, Count: 1, Units: 1}},
	} {
		require.Equal(t, tc.want, twilio.CountSegments(tc.body, tc.smart), "%q", tc.body)
	}
}

// A count is at least what the units need, and one more character never makes
// a text cheaper, except through its encoding.
func FuzzCountSegments(f *testing.F) {
	f.Add("Cześć 😜", true)
	f.Add(strings.Repeat("€", 200), false)
	f.Fuzz(func(t *testing.T, body string, smart bool) {
		s := twilio.CountSegments(body, smart)
		single, each := 160, 153
		if s.Encoding == twilio.UCS2 {
			single, each = 70, 67
		}
		require.GreaterOrEqual(t, s.Count, 1)
		require.Equal(t, s.Count == 1, s.Units <= single)
		require.GreaterOrEqual(t, s.Count*max(each, single), s.Units)
		if !smart && s.Encoding == twilio.UCS2 {
			require.Equal(t, len(utf16.Encode([]rune(body))), s.Units)
		}
		more := twilio.CountSegments(body+"a", smart)
		if more.Encoding == s.Encoding {
			require.GreaterOrEqual(t, more.Count, s.Count)
		}
	})
}
