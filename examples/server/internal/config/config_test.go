package config_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/config"
)

func load(env map[string]string, args ...string) (config.Config, error) {
	return config.Load(args, func(k string) string { return env[k] }, io.Discard)
}

// with is a complete environment plus changes; an empty value removes one.
func with(changes map[string]string) map[string]string {
	env := map[string]string{
		"CHATFUEL_WEBHOOK_TOKEN": "inbound", "MONDAY_API_TOKEN": "m-secret-token", "MONDAY_BOARD_ID": "7",
		"BOOKSY_API_KEY": "b-secret-key", "GA_MEASUREMENT_ID": "G-1", "GA_API_SECRET": "g-secret",
		"SENDGRID_API_KEY": "SG.secret", "EMAIL_FROM": "a@example.com",
		"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t-secret", "TWILIO_PHONE_NUMBER": "+15005550006",
	}
	maps.Copy(env, changes)
	return env
}

func TestLoad_Defaults(t *testing.T) {
	t.Parallel()
	c, err := load(with(nil))
	require.NoError(t, err)
	require.False(t, c.Sandbox)
	require.Equal(t, "127.0.0.1:8080", c.Addr)
	require.Equal(t, "http://127.0.0.1:8080", c.PublicURL)
	require.Equal(t, "sqlite:centrala.db", c.DatabaseURL)
	require.Equal(t, "Europe/Warsaw", c.Location.String())
	require.Equal(t, "https://api.monday.com/v2", c.Monday.URL)
	require.Equal(t, config.DefaultColumns(), c.Monday.Columns)
	require.Equal(t, 30*time.Second, c.StepLease)
	require.Equal(t, 8*time.Second, c.AnswerWithin)

	empty, err := load(nil)
	require.NoError(t, err)
	require.True(t, empty.Sandbox)
	flags, err := load(with(nil), "-sandbox", "-addr", "127.0.0.1:9")
	require.NoError(t, err)
	require.True(t, flags.Sandbox)
	require.Equal(t, "http://127.0.0.1:9", flags.PublicURL)
}

func TestLoad_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"MONDAY_API_TOKEN", "MONDAY_BOARD_ID", "GA_MEASUREMENT_ID", "GA_API_SECRET", "SENDGRID_API_KEY", "EMAIL_FROM",
		"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER", "CHATFUEL_WEBHOOK_TOKEN",
	} {
		_, err := load(with(map[string]string{name: ""}))
		require.ErrorContains(t, err, name)
	}
	_, err := load(with(map[string]string{"TWILIO_PHONE_NUMBER": "", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}))
	require.NoError(t, err, "a messaging service stands for a number")
	off, err := load(with(map[string]string{"GA_MEASUREMENT_ID": "", "GA_API_SECRET": ""}))
	require.NoError(t, err)
	require.Nil(t, off.Analytics)
}

func TestLoad_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"TIMEZONE": "Mars/Base", "PUBLIC_URL": "example.com", "ALLOWED_IPS": "10.0.0.0/99", "TRUSTED_PROXIES": "proxy",
		"ADDR": "8080", "DATABASE_URL": "mysql://x", "MONDAY_BOARD_ID": "leads", "BOOKSY_API_URL": "http://api.example.com",
		"MONDAY_API_URL": "ftp://x", "MONDAY_COLUMNS": "email", "MONDAY_API_TOKEN_FILE": "/nothing/here",
	} {
		_, err := load(with(map[string]string{name: value}))
		require.ErrorContains(t, err, strings.TrimSuffix(name, "_FILE"))
	}
	_, err := load(with(map[string]string{"DATABASE_URL": "sqlite:"}))
	require.ErrorContains(t, err, "DATABASE_URL")
	local, err := load(with(map[string]string{"BOOKSY_API_URL": "http://127.0.0.1:9/v1/"}))
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:9/v1", local.Booksy.URL)
	_, err = load(with(map[string]string{"MONDAY_COLUMNS": `{"colour":"c1"}`}))
	require.ErrorContains(t, err, "colour")
	c, err := load(with(map[string]string{"MONDAY_COLUMNS": `{"topic":"text9","key":""}`, "ALLOWED_IPS": "10.0.0.0/8, ::1"}))
	require.NoError(t, err)
	require.Equal(t, "text9", c.Monday.Columns["topic"])
	require.Empty(t, c.Monday.Columns["key"])
	require.Len(t, c.AllowedIPs, 2)
}

func TestSecret_FileIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	synctest.Test(t, func(t *testing.T) {
		write("first-token\n")
		c, err := load(with(map[string]string{"MONDAY_API_TOKEN": "", "MONDAY_API_TOKEN_FILE": path}))
		require.NoError(t, err)
		v, err := c.Monday.Token.Value(t.Context())
		require.NoError(t, err)
		require.Equal(t, "first-token", v)

		write("the second token")
		time.Sleep(time.Second)
		v, err = c.Monday.Token.Value(t.Context())
		require.NoError(t, err)
		require.Equal(t, "the second token", v)

		write(" \n")
		time.Sleep(time.Second)
		_, err = c.Monday.Token.Value(t.Context())
		require.ErrorContains(t, err, "MONDAY_API_TOKEN_FILE")
	})
	_, err := load(with(map[string]string{"MONDAY_API_TOKEN": "", "MONDAY_API_TOKEN_FILE": path}))
	require.ErrorContains(t, err, "MONDAY_API_TOKEN_FILE", "empty")
	_, err = load(with(map[string]string{"MONDAY_API_TOKEN_FILE": path}))
	require.ErrorContains(t, err, "both set")
}

// A store's URL holds a password, so it may come from a file too.
func TestLoad_DatabaseFromAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "database")
	require.NoError(t, os.WriteFile(path, []byte("postgres://u:p@127.0.0.1/db\n"), 0o600))
	c, err := load(with(map[string]string{"DATABASE_URL_FILE": path}))
	require.NoError(t, err)
	require.Equal(t, "postgres://u:p@127.0.0.1/db", c.DatabaseURL)
}

func TestConfig_PrintsNoSecret(t *testing.T) {
	t.Parallel()
	c, err := load(with(nil))
	require.NoError(t, err)
	asJSON, err := json.Marshal(c.Monday)
	require.NoError(t, err)
	all := fmt.Sprintf("%v %+v %#v", c, c, c) + fmt.Sprintf("%+v", c.Monday) + string(asJSON)
	for _, secret := range []string{"m-secret-token", "b-secret-key", "g-secret", "SG.secret", "t-secret", "inbound"} {
		require.NotContains(t, all, secret)
	}
}
