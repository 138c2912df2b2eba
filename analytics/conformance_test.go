package analytics_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
)

// conformance decodes a file of the folder that CENTRALA_CONFORMANCE names.
func conformance(t *testing.T, name string, into any) {
	t.Helper()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE is not set")
	}
	b, err := os.ReadFile(filepath.Join(folder, "analytics", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

type conformanceCase struct {
	Name       string            `json:"name"`
	Payload    json.RawMessage   `json:"payload"`
	RawPayload string            `json:"rawPayload"`
	Expect     string            `json:"expect"`
	Code       analytics.Code    `json:"code"`
	FieldPath  string            `json:"fieldPath"`
	Stream     string            `json:"stream"`
	Query      map[string]string `json:"query"`
	Property   string            `json:"property"`
	NowMicros  int64             `json:"nowMicros"`
}

func (tc *conformanceCase) findings() []analytics.Finding {
	q := url.Values{}
	for name, value := range tc.Query {
		q.Set(name, value)
	}
	payload := []byte(tc.Payload)
	if tc.RawPayload != "" {
		payload = []byte(tc.RawPayload)
	}
	rules := analytics.Rules{App: tc.Stream == "app", Property360: tc.Property == "360"}
	return append(rules.CheckQuery(q), rules.Check(payload)...)
}

func TestRules_Check_Conformance(t *testing.T) {
	t.Parallel()
	var cases []conformanceCase
	conformance(t, "cases.json", &cases)
	require.NotEmpty(t, cases)
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.UnixMicro(tc.NowMicros))) // fake time
				found := tc.findings()
				want := analytics.SeverityWarning
				if tc.Expect == "invalid" {
					want = analytics.SeverityError
				}
				errs := slices.DeleteFunc(slices.Clone(found), func(f analytics.Finding) bool { return f.Severity != analytics.SeverityError })
				require.Len(t, errs, map[string]int{"invalid": 1}[tc.Expect], "%v", found)
				if tc.Code != "" {
					require.True(t, slices.ContainsFunc(found, func(f analytics.Finding) bool {
						return f.Path == tc.FieldPath && f.Code == tc.Code && f.Severity == want
					}), "want %s %s, got %v", tc.FieldPath, tc.Code, found)
				}
			})
		})
	}
}

func TestHash_Conformance(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Hash []struct {
			Field string `json:"field"`
			Input string `json:"input"`
			Hash  string `json:"sha256_hex"`
		} `json:"hash"`
	}
	conformance(t, "vectors.json", &vectors)
	require.NotEmpty(t, vectors.Hash)
	functions := map[string]func(string) string{
		"sha256_email_address": analytics.HashEmail, "sha256_phone_number": analytics.HashPhone,
		"sha256_first_name": analytics.HashName, "sha256_last_name": analytics.HashName, "sha256_street": analytics.HashStreet,
	}
	for _, v := range vectors.Hash {
		require.Contains(t, functions, v.Field)
		require.Equal(t, v.Hash, functions[v.Field](v.Input), v.Input)
	}
}

func TestCookies_Conformance(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Cookies []struct {
			Cookie   string `json:"cookie"`
			Value    string `json:"value"`
			ClientID string `json:"client_id"`
			ID       string `json:"session_id"`
			Number   string `json:"session_number"`
		} `json:"cookies"`
	}
	conformance(t, "vectors.json", &vectors)
	require.NotEmpty(t, vectors.Cookies)
	for _, v := range vectors.Cookies {
		if v.Cookie == "_ga" {
			id, err := analytics.ClientIDFromCookie(v.Value)
			require.Equal(t, v.ClientID, id, v.Value)
			require.Equal(t, v.ClientID == "", err != nil, v.Value)
			continue
		}
		session, err := analytics.SessionFromCookie(v.Value)
		require.Equal(t, analytics.Session{ID: v.ID, Number: v.Number}, session, v.Value)
		require.Equal(t, v.ID == "", err != nil, v.Value)
	}
}

func TestParseUA_Conformance(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Mappings []struct {
			UA  map[string]string `json:"ua"`
			GA4 struct {
				ClientID string `json:"client_id"`
				Events   []struct {
					Name   string         `json:"name"`
					Params map[string]any `json:"params"`
				} `json:"events"`
			} `json:"ga4"`
			Name string `json:"ga4_name_after_sanitising"`
		} `json:"ua_to_ga4"`
	}
	conformance(t, "vectors.json", &vectors)
	require.NotEmpty(t, vectors.Mappings)
	for _, v := range vectors.Mappings {
		hit := url.Values{"t": {"event"}}
		for name, value := range v.UA {
			hit.Set(name, value)
		}
		got, err := analytics.ParseUA(hit)
		require.NoError(t, err)
		if v.Name != "" {
			require.Equal(t, v.Name, got.Events[0].Name)
			continue
		}
		require.Equal(t, v.GA4.ClientID, got.ClientID)
		require.Equal(t, v.GA4.Events[0].Name, got.Events[0].Name)
		require.Equal(t, analytics.Params(v.GA4.Events[0].Params), got.Events[0].Params)
	}
}
