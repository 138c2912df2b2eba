package analytics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"github.com/centrala-go/centrala/transport"
)

// The hosts of Google's Measurement Protocol. A server container of Tag
// Manager has a host of its own.
const (
	DefaultBaseURL = "https://www.google-analytics.com"
	// EUBaseURL keeps collection in the European Union.
	EUBaseURL = "https://region1.google-analytics.com"
)

// Config says which data stream to write to. Exactly one of MeasurementID and
// FirebaseAppID is needed, and exactly one of APISecret and APISecretFunc.
type Config struct {
	// MeasurementID names a web stream: "G-XXXXXXX".
	MeasurementID string
	// FirebaseAppID names an app stream: "1:1234567890:android:321abc".
	FirebaseAppID string
	// APISecret is the stream's Measurement Protocol secret. It travels in the
	// query string; this package keeps it out of errors, logs and spans.
	APISecret string
	// APISecretFunc is asked for the secret at every attempt, for rotation.
	APISecretFunc transport.CredentialFunc
	// BaseURL is [DefaultBaseURL] when empty.
	BaseURL string
	// Mode says what happens to payloads that break a rule; Strict is the zero value.
	Mode Mode
	// Property360 says that the property is Analytics 360, whose parameter
	// values may be 500 characters long.
	Property360 bool
	// MaxItems is the most items an event may carry: 200 when 0, no limit when
	// negative. Google's protocol pages do not state the number.
	MaxItems int
}

func (c Config) check() error {
	const op = "analytics.New"
	for _, f := range c.rules().CheckQuery(c.query()) {
		return transport.Invalid(op, configFields[f.Path], "%s", f.Problem)
	}
	if c.APISecret != "" && c.APISecretFunc != nil {
		return transport.Invalid(op, "APISecretFunc", "is set besides APISecret")
	}
	if c.Mode > Off {
		return transport.Invalid(op, "Mode", "is unknown")
	}
	return nil
}

var configFields = map[string]string{
	"api_secret": "APISecret", "measurement_id": "MeasurementID", "firebase_app_id": "FirebaseAppID",
}

// query is what the collect URL's query will hold, with a placeholder for a
// secret that comes from a function.
func (c Config) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"measurement_id": c.MeasurementID, "firebase_app_id": c.FirebaseAppID, "api_secret": c.APISecret,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.APISecretFunc != nil {
		q.Set("api_secret", "set")
	}
	return q
}

func (c Config) rules() Rules {
	return Rules{App: c.FirebaseAppID != "", Property360: c.Property360, MaxItems: c.MaxItems}
}

func (c Config) baseURL() string { return cmp.Or(c.BaseURL, DefaultBaseURL) }

func (c Config) credential() transport.CredentialFunc {
	if c.APISecretFunc != nil {
		return c.APISecretFunc
	}
	return transport.StaticCredential(c.APISecret)
}

// String names the stream, never the secret.
func (c Config) String() string {
	return fmt.Sprintf("analytics.Config{%s %s}", cmp.Or(c.MeasurementID, c.FirebaseAppID), c.baseURL())
}

// Format prints String for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON encodes String: a Config holds a secret and functions, and is
// not meant to be stored.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// String names the stream.
func (c *Client) String() string {
	return "analytics.Client{" + cmp.Or(c.stream.Get("measurement_id"), c.stream.Get("firebase_app_id")) + "}"
}

// Format prints String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON encodes String.
func (c *Client) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }
