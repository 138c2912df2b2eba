package analytics_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics"
	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func config() analytics.Config {
	return analytics.Config{
		MeasurementID: analyticstest.MeasurementID, APISecret: analyticstest.APISecret, BaseURL: analyticstest.URL,
	}
}

func newClient(t *testing.T, srv *analyticstest.Server, change func(*analytics.Config), opts ...transport.Option) *analytics.Client {
	t.Helper()
	cfg := config()
	if change != nil {
		change(&cfg)
	}
	c, err := analytics.New(cfg, append([]transport.Option{transport.WithTransport(srv.Transport())}, opts...)...)
	require.NoError(t, err)
	return c
}

// lead is a sound request without warnings.
func lead() analytics.Request {
	return analytics.Request{
		ClientID: "123456.7654321", Session: analytics.Session{ID: "1768478000"},
		Events: []analytics.Event{analytics.GenerateLead{Value: 30.5, Currency: "PLN", Source: "chat"}.Event()},
	}
}

func TestClient_Send(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := analyticstest.New(analyticstest.Config{})
		req := lead()
		req.Time = time.Now().Add(-time.Hour)
		receipt, err := newClient(t, srv, nil).Send(t.Context(), req)
		require.NoError(t, err)
		require.Empty(t, receipt.Findings)
		want := []analyticstest.Event{{
			Name: "generate_lead", ClientID: "123456.7654321", Time: req.Time.UTC(),
			Params: map[string]any{
				"value": 30.5, "currency": "PLN", "lead_source": "chat",
				"session_id": "1768478000", "engagement_time_msec": 1.0,
			},
		}}
		require.Empty(t, cmp.Diff(want, srv.Events()))
		got := srv.Requests()[0]
		require.Equal(t, http.MethodPost, got.Method)
		require.Equal(t, "/mp/collect", got.URL.Path)
		require.Equal(t, analyticstest.MeasurementID, got.URL.Query().Get("measurement_id"))
		require.Empty(t, got.Header.Get("Idempotency-Key"))
		require.Empty(t, got.Header.Get("X-Idempotency-Key"))
	})
}

func TestClient_Send_AllFields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := analyticstest.New(analyticstest.Config{})
		req := lead()
		req.UserID = "crm-42"
		req.UserProperties = map[string]analytics.UserProperty{"tier": {Value: "gold", Time: time.Now()}}
		req.UserData = analytics.UserData{
			EmailSHA256: []string{analytics.HashEmail("a@b.pl")}, PhoneSHA256: []string{analytics.HashPhone("+48 600 100 200")},
			Address: []analytics.Address{{FirstNameSHA256: analytics.HashName("Ada"), City: analytics.NormalCity("Łódź 1"), Country: "PL"}},
		}
		req.Consent = analytics.Consent{AdUserData: analytics.Granted, AdPersonalization: analytics.Denied}
		req.UserLocation = analytics.UserLocation{CountryID: "PL", RegionID: "PL-14"}
		req.Device = analytics.Device{Category: "mobile", Language: "pl"}
		req.Behavior = analytics.Relaxed
		req.Events = append(req.Events, analytics.Event{Name: "custom", Params: analytics.Params{"a<b": 1}})
		req.Events[1].Params = analytics.Params{"query": "a<b & c"}
		receipt, err := newClient(t, srv, nil).Send(t.Context(), req)
		require.NoError(t, err)
		require.Empty(t, receipt.Findings)
		var body map[string]any
		require.NoError(t, json.Unmarshal(srv.Requests()[0].Body, &body))
		require.Contains(t, string(srv.Requests()[0].Body), `"a<b & c"`)
		require.Equal(t, map[string]any{"tier": map[string]any{"value": "gold", "timestamp_micros": 946684800000000.0}}, body["user_properties"])
		require.Equal(t, map[string]any{"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}, body["consent"])
		require.Equal(t, map[string]any{"country_id": "PL", "region_id": "PL-14"}, body["user_location"])
		require.Equal(t, "łódź", body["user_data"].(map[string]any)["address"].([]any)[0].(map[string]any)["city"])
	})
}

func TestClient_Send_KeepsTheCallersParams(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	req := lead()
	before := fmt.Sprint(req.Events)
	_, err := newClient(t, srv, nil).Send(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, before, fmt.Sprint(req.Events))
}

func TestClient_Send_NotEncodable(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	c := newClient(t, srv, func(cfg *analytics.Config) { cfg.Mode = analytics.Off })
	for _, v := range []any{math.NaN(), make(chan int)} {
		req := lead()
		req.Events[0].Params["k"] = v
		_, err := c.Send(t.Context(), req)
		require.ErrorContains(t, err, "Events cannot be encoded")
		require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
		_, err = c.Validate(t.Context(), req)
		require.ErrorIs(t, err, transport.ErrInvalid)

		req = lead()
		req.UserProperties = map[string]analytics.UserProperty{"k": {Value: v}}
		_, err = c.Send(t.Context(), req)
		require.ErrorContains(t, err, "UserProperties cannot be encoded")
	}
	require.Empty(t, srv.Requests())
}

// Google reads lowerCamelCase too, and so does the fake.
func TestClient_Do_CamelCase(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	at := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	_, err := newClient(t, srv, nil).Do(t.Context(), json.RawMessage(fmt.Sprintf(
		`{"clientId":"1.2","userId":"u","timestampMicros":%d,"events":[{"name":"login"}]}`, at.UnixMicro())))
	require.NoError(t, err)
	got := srv.EventsOf("1.2")
	require.Len(t, got, 1)
	require.Equal(t, "u", got[0].UserID)
	require.True(t, at.Equal(got[0].Time))
}

// What is measured is what is sent.
func TestClient_Do_SendsNoWhiteSpace(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	c := newClient(t, srv, nil)
	_, err := c.Do(t.Context(), json.RawMessage(strings.Repeat(" ", 200_000)+`{"client_id": "1.2",
		"events": [ {"name": "login", "params": {"method": "a  b"}} ]}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"client_id":"1.2","events":[{"name":"login","params":{"method":"a  b"}}]}`, string(srv.Requests()[0].Body))
	require.Less(t, len(srv.Requests()[0].Body), 100)
	require.Len(t, srv.Events(), 1)

	_, err = c.Do(t.Context(), json.RawMessage(`{"client_id":`))
	require.ErrorContains(t, err, "payload is not JSON [VALUE_INVALID]")
	require.Len(t, srv.Requests(), 1)
}

func TestClient_Modes(t *testing.T) {
	t.Parallel()
	bad := lead()
	bad.Events[0].Params = analytics.Params{"value": 1, "session_id": "1", "engagement_time_msec": 1}
	for _, tc := range []struct {
		mode           analytics.Mode
		requests, find int
		refused        bool
	}{{analytics.Strict, 0, 0, true}, {analytics.Warn, 1, 1, false}, {analytics.Off, 1, 0, false}} {
		srv := analyticstest.New(analyticstest.Config{})
		c := newClient(t, srv, func(cfg *analytics.Config) { cfg.Mode = tc.mode })
		receipt, err := c.Send(t.Context(), bad)
		require.Len(t, srv.Requests(), tc.requests)
		require.Len(t, receipt.Findings, tc.find)
		if !tc.refused {
			require.NoError(t, err)
			require.Equal(t, "broken rules", srv.Dropped()[0].Reason)
			continue
		}
		require.ErrorIs(t, err, transport.ErrInvalid)
		require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
		var refused *analytics.InvalidError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "events[0].params.currency", refused.Findings[0].Path)
		require.Equal(t, analytics.ValueRequired, refused.Findings[0].Code)
		require.ErrorContains(t, err, "events[0].params.currency is empty")
	}
}

func TestClient_Send_Faults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		fault    transporttest.Fault
		outcome  transport.Outcome
		kind     error
		requests int
		events   int
	}{
		{"refused dial", transporttest.Fault{Refuse: true}, transport.Done, nil, 1, 1},
		{"refused for good", transporttest.Fault{Refuse: true, Times: -1}, transport.NotSent, transport.ErrUnavailable, 0, 0},
		{"reset before", transporttest.Fault{Reset: true}, transport.Unknown, transport.ErrOutcomeUnknown, 1, 0},
		{"reset after", transporttest.Fault{Reset: true, After: true}, transport.Unknown, transport.ErrOutcomeUnknown, 1, 1},
		{"stall after", transporttest.Fault{Stall: time.Hour, After: true}, transport.Unknown, transport.ErrOutcomeUnknown, 1, 1},
		{"429", transporttest.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}}, transport.Rejected, transport.ErrRateLimited, 1, 0},
		{"503 with a hint", transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"1"}}}, transport.Unknown, transport.ErrUnavailable, 1, 0},
		{"502 after", transporttest.Fault{Status: 502, After: true, Body: "<html>"}, transport.Unknown, transport.ErrOutcomeUnknown, 1, 1},
		{"400", transporttest.Fault{Status: 400}, transport.Rejected, transport.ErrInvalid, 1, 0},
		{"413", transporttest.Fault{Status: 413}, transport.Rejected, transport.ErrTooLarge, 1, 0},
		{"301", transporttest.Fault{Status: 301, Header: http.Header{"Location": {"https://elsewhere.test"}}}, transport.Rejected, transport.ErrInvalid, 1, 0},
		{"200 with a page", transporttest.Fault{Status: 200, After: true, Body: "<html>"}, transport.Done, nil, 1, 1},
		{"200 with a huge page", transporttest.Fault{Status: 200, After: true, Body: strings.Repeat("x", 2048)}, transport.Done, nil, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := analyticstest.New(analyticstest.Config{})
				srv.Inject(tc.fault)
				_, err := newClient(t, srv, nil, transport.WithMaxResponseBytes(1024)).Send(t.Context(), lead())
				require.Equal(t, tc.outcome, transport.OutcomeOf(err), "%v", err)
				require.Len(t, srv.Requests(), tc.requests)
				require.Len(t, srv.Events(), tc.events)
				if tc.kind == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, tc.kind)
				require.NotContains(t, err.Error(), analyticstest.APISecret)
				var ours *analytics.Error
				require.ErrorAs(t, err, &ours)
				require.Equal(t, tc.fault.Status, ours.Status)
				require.Equal(t, tc.outcome, ours.Outcome)
			})
		})
	}
}

// Whatever happens on the way: nothing is counted twice, what is reported done
// was counted, and what is reported not sent or rejected was not.
func TestClient_Send_NothingDoubled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := analyticstest.New(analyticstest.Config{})
		srv.InjectSeeded(7,
			transporttest.Fault{Probability: 0.1, Refuse: true}, transporttest.Fault{Probability: 0.1, Reset: true},
			transporttest.Fault{Probability: 0.1, Reset: true, After: true}, transporttest.Fault{Probability: 0.1, Status: 502, After: true},
			transporttest.Fault{Probability: 0.1, Status: 429}, transporttest.Fault{Probability: 0.05, Stall: time.Minute, After: true},
		)
		c := newClient(t, srv, nil, transport.WithoutRetryQuota())
		told := map[string]transport.Outcome{}
		for i := range 1000 {
			id := fmt.Sprint(i)
			_, err := c.Send(t.Context(), analytics.Request{
				ClientID: "1.2", Events: []analytics.Event{{Name: "custom", Params: analytics.Params{"id": id}}},
			})
			told[id] = transport.OutcomeOf(err)
		}
		counted := map[string]int{}
		for _, e := range srv.Events() {
			counted[e.Params["id"].(string)]++
		}
		outcomes := map[transport.Outcome]int{}
		for id, outcome := range told {
			outcomes[outcome]++
			require.LessOrEqual(t, counted[id], 1, "doubled")
			switch outcome {
			case transport.Done:
				require.Equal(t, 1, counted[id], "lost")
			case transport.NotSent, transport.Rejected:
				require.Zero(t, counted[id], "counted after all")
			}
		}
		require.Greater(t, outcomes[transport.Done], 500, "%v", outcomes)
		require.Greater(t, outcomes[transport.Unknown], 100, "%v", outcomes)
		require.Greater(t, outcomes[transport.Rejected], 30, "%v", outcomes)
	})
}

func TestClient_Validate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := analyticstest.New(analyticstest.Config{})
		c := newClient(t, srv, nil)
		messages, err := c.Validate(t.Context(), lead())
		require.NoError(t, err)
		require.Empty(t, messages)

		bad := lead()
		bad.Events = append(bad.Events, analytics.Event{Name: "session_start"})
		srv.Inject(transporttest.Fault{Status: 503}, transporttest.Fault{Reset: true, After: true}, transporttest.Fault{Status: 200, Body: "<html>"})
		messages, err = c.Validate(t.Context(), bad)
		require.NoError(t, err)
		require.Equal(t, []analytics.ServerMessage{{
			FieldPath: "events", Event: 1, Code: analytics.NameReserved,
			Description: "Event at index: [1] name is reserved for Google",
		}}, messages)
		require.Contains(t, string(srv.Requests()[0].Body), `"validation_behavior":"ENFORCE_RECOMMENDATIONS"`)
		require.Empty(t, srv.Events())
	})
}

func TestClient_Validate_OddAnswers(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{}`: true, `{"validationMessages":[]}`: true, `{"validationMessages":null}`: true,
		``: false, `null`: false, `[]`: false, `<html>`: false, `{"validationMessages":{}}`: false,
	} {
		srv := analyticstest.New(analyticstest.Config{})
		srv.Inject(transporttest.Fault{Status: 200, Body: body, Times: -1})
		messages, err := newClient(t, srv, nil, transport.WithMaxAttempts(1)).Validate(t.Context(), lead())
		require.Equal(t, ok, err == nil, "%q: %v", body, err)
		require.Empty(t, messages)
	}
	srv := analyticstest.New(analyticstest.Config{})
	srv.Inject(transporttest.Fault{Status: 200, Body: `{"validationMessages":[{"description":"odd","validationCode":"INTERNAL_ERROR"}]}`})
	messages, err := newClient(t, srv, nil).Validate(t.Context(), lead())
	require.NoError(t, err)
	require.Equal(t, []analytics.ServerMessage{{Description: "odd", Code: "INTERNAL_ERROR", Event: -1}}, messages)
}

func TestClient_AppStream(t *testing.T) {
	t.Parallel()
	const app = "1:1234567890:android:321abc456def7890"
	srv := analyticstest.New(analyticstest.Config{FirebaseAppID: app})
	c := newClient(t, srv, func(cfg *analytics.Config) { cfg.MeasurementID, cfg.FirebaseAppID = "", app })
	_, err := c.Send(t.Context(), lead())
	require.ErrorContains(t, err, "app_instance_id is empty")
	req := lead()
	req.ClientID, req.AppInstanceID = "", "bc17b822c8c84a7e84ac7e010cc2f740"
	_, err = c.Send(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, srv.EventsOf(req.AppInstanceID), 1)
}

func TestClient_SecretFunc(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	secret := "the-wrong-secret"
	c := newClient(t, srv, func(cfg *analytics.Config) {
		cfg.APISecret = ""
		cfg.APISecretFunc = func(context.Context) (string, error) { return secret, nil }
	})
	_, err := c.Send(t.Context(), lead())
	require.NoError(t, err) // Google does not tell either
	require.Equal(t, "wrong api_secret", srv.Dropped()[0].Reason)
	secret = analyticstest.APISecret
	_, err = c.Send(t.Context(), lead())
	require.NoError(t, err)
	require.Len(t, srv.Events(), 1)
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*analytics.Config){
		"APISecret ":             func(c *analytics.Config) { c.APISecret = "" },
		"APISecretFunc ":         func(c *analytics.Config) { c.APISecretFunc = transport.StaticCredential("x") },
		"MeasurementID ":         func(c *analytics.Config) { c.MeasurementID = "" },
		"MeasurementID is not":   func(c *analytics.Config) { c.MeasurementID = "UA-1-1" },
		"MeasurementID is given": func(c *analytics.Config) { c.FirebaseAppID = "1:1:android:1" },
		"FirebaseAppID ":         func(c *analytics.Config) { c.MeasurementID, c.FirebaseAppID = "", "1" },
		"Mode ":                  func(c *analytics.Config) { c.Mode = 9 },
		"BaseURL ":               func(c *analytics.Config) { c.BaseURL = "http://analytics.example" },
	} {
		cfg := config()
		change(&cfg)
		_, err := analytics.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
}

func TestConfigAndClient_PrintNoSecret(t *testing.T) {
	t.Parallel()
	c, err := analytics.New(config())
	require.NoError(t, err)
	for _, v := range []any{config(), new(config()), c} {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		out := fmt.Sprintf("%v %+v %#v %s %q %d", v, v, v, v, v, v) + string(b) + log.String()
		require.NotContains(t, out, analyticstest.APISecret)
		require.Contains(t, out, analyticstest.MeasurementID)
	}
}

func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := analyticstest.New(analyticstest.Config{})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	cfg := config()
	cfg.BaseURL = base
	c, err := analytics.New(cfg)
	require.NoError(t, err)
	_, err = c.Send(t.Context(), lead())
	require.NoError(t, err)
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err = c.Send(t.Context(), lead())
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.NotContains(t, err.Error(), analyticstest.APISecret)
	require.Len(t, srv.Events(), 2)
	stop()
	_, err = c.Send(t.Context(), lead())
	require.ErrorIs(t, err, transport.ErrNotSent)
}
