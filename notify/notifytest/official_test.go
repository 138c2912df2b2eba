package notifytest_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
)

// The vendors' own clients work against the fakes, which is how we know that
// the fakes are faithful.
func TestOfficialClients(t *testing.T) {
	t.Parallel()
	folder := officialClients(t)
	mails, messages := notifytest.NewSendGrid(notifytest.SendGridConfig{}), notifytest.NewTwilio(notifytest.TwilioConfig{})
	sendgridURL, stop, err := mails.Start()
	require.NoError(t, err)
	defer stop()
	twilioURL, stop, err := messages.Start()
	require.NoError(t, err)
	defer stop()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "clients.js")
	cmd.Dir = folder
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "SENDGRID_URL=" + sendgridURL, "SENDGRID_KEY=" + notifytest.SendGridKey,
		"TWILIO_URL=" + twilioURL, "TWILIO_ACCOUNT=" + notifytest.TwilioAccount,
		"TWILIO_TOKEN=" + notifytest.TwilioToken, "TWILIO_NUMBER=" + notifytest.TwilioNumber,
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	var to []string
	for _, m := range mails.Mails() {
		to = append(to, m.To)
	}
	require.Equal(t, []string{"anna@example.com", "jan@example.com", "ewa@example.com"}, to)
	require.Equal(t, "Anna \"Żak\" 😜", mails.Mails()[0].Data["name"])
	require.Equal(t, map[string]string{"centrala_key": "flow-1"}, mails.Mails()[0].CustomArgs)
	require.Equal(t, "Treść", mails.Mails()[2].Text)

	var bodies []string
	for _, m := range messages.Messages() {
		bodies = append(bodies, m.Body)
	}
	require.Equal(t, []string{"Do jutra & Żółw 😜", "", "później"}, bodies)
}

// officialClients returns a folder with the script and the vendors' packages.
// They are installed once and kept in the user's cache.
func officialClients(t *testing.T) string {
	t.Helper()
	if os.Getenv("CENTRALA_NODE") == "" {
		t.Skip("CENTRALA_NODE is not set: installing Node packages needs a registry")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs Node: %v", err)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("needs a cache folder for Node packages: %v", err)
	}
	source := os.DirFS("testdata/node")
	folder := filepath.Join(cache, "centrala-notifytest", digest(t, source))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	fresh := folder + "-" + rand.Text() // beside it, so that it can be renamed
	t.Cleanup(func() { _ = os.RemoveAll(fresh) })
	require.NoError(t, os.MkdirAll(fresh, 0o755))
	require.NoError(t, os.CopyFS(fresh, source))
	install(t, fresh)
	if os.Rename(fresh, folder) != nil {
		require.DirExists(t, folder, "another run has installed the same")
	}
	return folder
}

func install(t *testing.T, folder string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = folder
	if err := cmd.Run(); err != nil {
		t.Skipf("the Node packages cannot be installed: %v", err)
	}
}

// digest names a version of script and packages.
func digest(t *testing.T, source fs.FS) string {
	t.Helper()
	sum := sha256.New()
	names, err := fs.Glob(source, "*")
	require.NoError(t, err)
	slices.Sort(names)
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		require.NoError(t, err)
		_, _ = sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
