package analytics_test

import (
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/transport"
)

// codeOf returns the path and code of a refused input.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	refused, ok := errors.AsType[*analytics.InvalidError](err)
	require.True(t, ok, "%v", err)
	require.ErrorIs(t, err, transport.ErrInvalid)
	return refused.Findings[0].Path + " " + string(refused.Findings[0].Code)
}

func TestUAEvent_Names(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"Enable": "enable", "lead created": "lead_created", "1st-click!": "event_1st_click", "  Kliknął: „Umów” ": "kliknal_umow",
		strings.Repeat("ab ", 20): "ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_ab_a", "_x_": "x",
	} {
		e, err := analytics.UAEvent{Category: "c", Action: action}.Event()
		require.NoError(t, err)
		require.Equal(t, want, e.Name)
		require.LessOrEqual(t, len(e.Name), 40)
	}
	for action, want := range map[string]string{
		"": "Action VALUE_REQUIRED", " ": "Action VALUE_REQUIRED", "!?": "Action NAME_INVALID", "Привет": "Action NAME_INVALID", "Session Start": "Action NAME_RESERVED",
		"error": "Action NAME_RESERVED", "screen_view": "Action NAME_RESERVED",
	} {
		_, err := analytics.UAEvent{Category: "c", Action: action}.Event()
		require.Equal(t, want, codeOf(t, err), action)
	}
	_, err := analytics.UAEvent{Action: "a"}.Event()
	require.Equal(t, "Category VALUE_REQUIRED", codeOf(t, err))
}

func TestParseUA_Refuses(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"t=pageview&ec=c&ea=a": "t VALUE_INVALID", "ec=c&ea=a": "t VALUE_INVALID", "t=event&ec=c": "Action VALUE_REQUIRED",
		"t=event&ec=c&ea=a&ev=-1": "ev VALUE_INVALID", "t=event&ec=c&ea=a&ev=1.5": "ev VALUE_INVALID",
	} {
		hit, err := url.ParseQuery(query)
		require.NoError(t, err)
		_, err = analytics.ParseUA(hit)
		require.Equal(t, want, codeOf(t, err), query)
	}
	req, err := analytics.ParseUA(url.Values{"t": {"event"}, "cid": {"1.2"}, "uid": {"u"}, "ec": {"c"}, "ea": {"a"}, "ev": {"0"}})
	require.NoError(t, err)
	require.Equal(t, analytics.Request{ClientID: "1.2", UserID: "u", Events: []analytics.Event{
		{Name: "a", Params: analytics.Params{"event_category": "c", "event_value": 0.0}},
	}}, req)
}

func TestHashes(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		analytics.HashEmail("  Test@Example.COM "):      "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
		analytics.HashEmail("Jane.Doe@gmail.com"):       "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69",
		analytics.HashEmail("jane.doe@googlemail.com"):  "338abf9ef1c8793cadc7bcf51ed595338eb727ed9e06ce3d91d566d60b975937",
		analytics.HashEmail("jane.doe@example.com"):     "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d",
		analytics.HashPhone("+1 (650) 253-0000"):        "3ad9f10d73829a714b1383221691d4dbf08484f3ceeae884f53053a1c7bb0a92",
		analytics.HashPhone("44 20 7031 3000"):          "f3d7e96c73fb0de1b66acfce541d7af758fbd4f3fa3af0ea4e10110000d3625e",
		analytics.HashName(" Mary-Ann2 "):               "16b3f07f0ec2f9dd127b71dc2e6c791b7d93116a1c3bc99d057eaa7a8a077e73",
		analytics.HashName("O'Neil"):                    "67a42a846e98e3c1a96cd6ba14883a5ea05990cd93964ce8b832aa9497ca785c",
		analytics.HashStreet("1600 Amphitheatre Pkwy."): "22b7e2d69b91e0ef4a88e81a73d897b92fd9c93ccfbe0a860f77db16c26f662e",
	} {
		require.Equal(t, want, got)
	}
	require.Equal(t, "łódź", analytics.NormalCity(" Łódź 12!"))
	for _, none := range []string{analytics.HashEmail(" "), analytics.HashPhone("-"), analytics.HashName("12"), analytics.HashStreet("!")} {
		require.Empty(t, none, "nothing must not become everybody's hash")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"GA1.1.123456.1768478000": "123456.1768478000", "GA1.2.987654321.1700000000": "987654321.1700000000",
		"garbage": "", "GA1.1": "", "GA1.1.0.5": "", "": "",
	} {
		got, err := analytics.ClientIDFromCookie(value)
		require.Equal(t, want, got)
		require.Equal(t, want == "", err != nil)
	}
	for value, want := range map[string]analytics.Session{
		"GS1.1.1768478000.3.1.1768478100.60.0.0":             {ID: "1768478000", Number: "3"},
		"GS1.1.1768478000.3":                                 {ID: "1768478000", Number: "3"},
		"GS2.1.s1768478000$o3$g1$t1768478100$j60$l0$h0":      {ID: "1768478000", Number: "3"},
		"GS2.1.s1768478000$o3$g1$t1768478100$j60$l0$h0$dXYZ": {ID: "1768478000", Number: "3"},
		"GS2.1.o3$s1768478000":                               {ID: "1768478000", Number: "3"},
		"GS3.1.x":                                            {}, "GS2.1.o3": {}, "GS2.1.sx": {}, "GS1.1.0.3": {}, "": {},
	} {
		got, err := analytics.SessionFromCookie(value)
		require.Equal(t, want, got, value)
		require.Equal(t, want == analytics.Session{}, err != nil, value)
	}
}

func TestClientIDFor(t *testing.T) {
	t.Parallel()
	require.Empty(t, analytics.ClientIDFor(""))
	require.Equal(t, "1225394980.2327219221", analytics.ClientIDFor("chat user 42"), "stays the same for ever")
	seen := map[string]bool{}
	form := regexp.MustCompile(`^[1-9][0-9]{0,9}\.[1-9][0-9]{9}$`)
	for i := range 10_000 {
		id := analytics.ClientIDFor(strconv.Itoa(i))
		require.Regexp(t, form, id)
		require.False(t, seen[id])
		seen[id] = true
	}
}

func FuzzUAEvent(f *testing.F) {
	for _, action := range []string{"Enable", "1st-click!", "Session start", "zażółć gęślą jaźń", "\xff", strings.Repeat("a ", 40)} {
		f.Add("Chatbot", action)
	}
	f.Fuzz(func(t *testing.T, category, action string) {
		e, err := analytics.UAEvent{Category: category, Action: action}.Event()
		if err != nil {
			require.ErrorIs(t, err, transport.ErrInvalid)
			return
		}
		require.Empty(t, verdict(withEvent(e.Name, "")), "a mapped name is always a sound one")
	})
}
