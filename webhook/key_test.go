package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/webhook"
)

func TestKeys_Check(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret
	tests := []struct {
		name  string
		keys  webhook.Keys
		floor int
		want  string // part of the error, "" for none
	}{
		{"none", nil, 0, "1 to 5 keys"},
		{"six", make(webhook.Keys, 6), 0, "1 to 5 keys"},
		{"empty", webhook.OneKey(""), 0, `key "1" is empty`},
		{"zero secret", webhook.Keys{{Name: "a"}}, 0, `key "a" is empty`},
		{"second empty", webhook.Keys{{Secret: secret("x")}, {Name: "b"}}, 0, `key "b" is empty`},
		{"same name", webhook.Keys{{Name: "a", Secret: secret("x")}, {Name: "a", Secret: secret("y")}}, 0, `two keys are named "a"`},
		{"under the floor", webhook.OneKey("1234567"), 8, `key "1" has 7 bytes, fewer than 8`},
		{"at the floor", webhook.OneKey("12345678"), 8, ""},
		{"short without a floor", webhook.OneKey("x"), 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			keys, err := test.keys.Check(test.floor)
			if test.want == "" {
				require.NoError(t, err)
				require.Equal(t, "1", keys[0].Name)
				return
			}
			require.ErrorIs(t, err, webhook.ErrKey)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestKey_Live(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	require.True(t, webhook.Key{}.Live(now))
	require.True(t, webhook.Key{NotAfter: now}.Live(now))
	require.False(t, webhook.Key{NotAfter: now}.Live(now.Add(1)))
}

func TestSecret_NeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "s3cr3t-t0ken"
	keys := webhook.OneKey(text)
	config := webhook.HMACConfig{Keys: keys}
	verifier, err := webhook.NewHMAC(config)
	require.NoError(t, err)
	token, err := webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: keys})
	require.NoError(t, err)
	type hidden struct {
		key    webhook.Key
		config *webhook.HMACConfig
	}
	values := []any{
		keys[0].Secret, &keys[0].Secret, keys[0], keys, config, &config,
		hidden{keys[0], &config}, &hidden{keys[0], &config}, verifier, token,
	}
	// Hex and byte-list renderings would leak it as much as the text would.
	leaks := []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), "115 51 99 114", "0x73, 0x33"}
	var out bytes.Buffer
	for _, value := range values {
		for _, verb := range "vsxXqdTpobcUeEfFgGt" {
			fmt.Fprintf(&out, "%"+string(verb)+"|%+"+string(verb)+"|%#"+string(verb)+"\n", value, value, value)
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		out.Write(encoded)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", value)
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", value)
	}
	for _, leak := range leaks {
		require.NotContains(t, out.String(), leak)
	}
	require.Equal(t, text, keys[0].Secret.Reveal())
}
