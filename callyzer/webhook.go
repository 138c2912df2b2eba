package callyzer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/centrala-go/centrala/webhook"
)

// SignatureHeader is where Callyzer's webhook carries its secret, as it is.
const SignatureHeader = "X-Callyzer-Signature"

// VerifierConfig says how Callyzer's webhook proves itself.
type VerifierConfig struct {
	// Keys are the secrets of the webhook configuration in Callyzer: one, and
	// a second while it is being replaced.
	Keys webhook.Keys
	// Header is [SignatureHeader] when Header and Query are empty.
	Header string
	// Query names the query parameter that carries the secret instead, for
	// webhooks that were configured with "?secret=…" in their URL. Such URLs
	// end up in the logs of proxies.
	Query string
}

// NewVerifier returns the verifier of Callyzer's webhook: the header equals
// the shared secret. That proves who knows the secret and nothing about the
// body. Combine a header and a query with webhook.AnyOf; for a proxy that adds
// an HMAC, use webhook.NewHMAC.
func NewVerifier(c VerifierConfig) (webhook.Verifier, error) {
	if c.Query == "" {
		c.Header = cmp.Or(c.Header, SignatureHeader)
	}
	return webhook.NewStaticToken(webhook.StaticTokenConfig{Keys: c.Keys, Header: c.Header, Query: c.Query})
}

// DecodeWebhook reads a delivery: an array of employees, each with its
// call_logs. A single employee and {"result":[…]} are read too. Every call
// carries the identity of its employee. Rows that cannot be read are reported
// in the error, together with their place; the readable ones are returned all
// the same. Calls without an id are among the unreadable: they could not be
// told apart.
func DecodeWebhook(body []byte) ([]Call, error) {
	employees, err := deliveries(body)
	if err != nil {
		return nil, fmt.Errorf("callyzer: webhook: %w", err)
	}
	var calls []Call
	var faults []error
	for i, raw := range employees {
		got, err := employeeCalls(raw)
		calls = append(calls, got...)
		if err != nil {
			faults = append(faults, fmt.Errorf("callyzer: webhook: [%d]%w", i, err))
		}
	}
	return calls, errors.Join(faults...)
}

// deliveries returns the list of employees in a body of any of the known shapes.
func deliveries(body []byte) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && list != nil {
		return list, nil
	}
	f, err := decodeFields(body)
	if err != nil {
		return nil, errors.New("the body is neither a JSON array nor an object")
	}
	result, wrapped := f["result"]
	if !wrapped {
		return []json.RawMessage{body}, nil
	}
	if json.Unmarshal(result, &list) != nil {
		list = []json.RawMessage{result}
	}
	return list, nil
}

// employeeCalls returns the calls of one employee. An element that is a call
// itself is one call.
func employeeCalls(raw json.RawMessage) ([]Call, error) {
	f, err := decodeFields(raw)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	if _, nested := f["call_logs"]; !nested && f.text("id") != "" {
		call, err := rowCall(raw, nil)
		return []Call{call}, err
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(f["call_logs"], &rows); err != nil {
		return nil, errors.New(".call_logs: not an array")
	}
	var calls []Call
	var faults []error
	for i, row := range rows {
		call, err := rowCall(row, f)
		if err != nil {
			faults = append(faults, fmt.Errorf(".call_logs[%d]: %w", i, err))
			continue
		}
		calls = append(calls, call)
	}
	return calls, errors.Join(faults...)
}

// rowCall reads a row and adds what its employee knows and the row does not.
func rowCall(raw json.RawMessage, employee fields) (Call, error) {
	var call Call
	if err := call.UnmarshalJSON(raw); err != nil {
		return Call{}, err
	}
	if call.ID == "" {
		return Call{}, errors.New("a call without id")
	}
	call.EmployeeName = cmp.Or(call.EmployeeName, employee.text("emp_name"))
	call.EmployeeCode = cmp.Or(call.EmployeeCode, employee.text("emp_code"))
	call.EmployeeCountryCode = cmp.Or(call.EmployeeCountryCode, employee.text("emp_country_code"))
	call.EmployeeNumber = cmp.Or(call.EmployeeNumber, employee.text("emp_number"))
	if call.EmployeeTags == nil {
		call.EmployeeTags = employee.tags()
	}
	return call, nil
}

// EventKey returns the idempotency key of a delivered call:
// "callyzer:<id>:<SHA-256 of its content>". Callyzer delivers a call again
// when its recording or note arrives, at times with nothing else changed, so
// the id alone would drop the only delivery that has the recording. The
// content is every field that says something, whatever its JSON type, but for
// synced_at, which may change when nothing else does.
func EventKey(c Call) string {
	content := map[string]any{}
	for name, raw := range c.Extra {
		var v any
		if json.Unmarshal(raw, &v) == nil && v != nil && v != "" {
			content[name] = v
		}
	}
	maps.Copy(content, c.row())
	delete(content, "synced_at")
	b, _ := json.Marshal(content) // sorts keys; cannot fail on texts, numbers and decoded JSON
	sum := sha256.Sum256(b)
	return "callyzer:" + c.ID + ":" + hex.EncodeToString(sum[:])
}
