package main

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
)

func nothing(string) string { return "" }

// Under fake time: the fake Twilio sends a queued message after a second.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), nil, nothing, &out))
		const text = "Witaj Anna! Potwierdzamy Twoje spotkanie w Centrala dnia 24.11.2026 o godz. 10:30. " +
			"Temat: Konsultacja. Konsultant: Jan Nowak.\n"
		require.Equal(t, "e-mail: nobody knows, so it is not sent again; an event with its key will tell\n"+
			"text message: queued by twilio, found by reading back: true\n"+
			"the fake SendGrid sent to anna@example.com: "+text+
			"the fake Twilio sent to +48501234567: "+text, out.String())
	})
}

func TestRun_OptedOut(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	args := []string{"-phone", "+1 500 555 0004", "-template", notify.ThankYou}
	require.NoError(t, run(t.Context(), args, nothing, &out))
	require.Contains(t, out.String(), "the recipient wants none")
	require.NotContains(t, out.String(), "the fake Twilio sent")
}

func TestRun_Refuses(t *testing.T) {
	t.Parallel()
	for problem, args := range map[string][]string{
		"nie_ma":    {"-template", "nie_ma"},
		"number":    {"-phone", "12"},
		"undefined": {"-undefined"},
		"To[0]":     {"-email", "anna"},
	} {
		var out bytes.Buffer
		require.ErrorContains(t, run(t.Context(), args, nothing, &out), problem)
	}
}

// One credential alone is a mistake that is named, not a reason to pretend.
func TestRun_HalfConfigured(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	env := func(name string) string {
		return map[string]string{"SENDGRID_API_KEY": "SG.x", "EMAIL_FROM": "biuro@example.com"}[name]
	}
	require.ErrorContains(t, run(t.Context(), nil, env, &out), "AuthToken is empty")
}
