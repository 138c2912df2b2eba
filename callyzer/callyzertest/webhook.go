package callyzertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/centrala-go/centrala/callyzer"
)

// Webhook is a receiver that the account delivers calls to.
type Webhook struct {
	URL string
	// Secret is sent as it is.
	Secret string
	// Query sends the secret in this query parameter instead of the header
	// X-Callyzer-Signature.
	Query string
	// Client sends deliveries; nil is a client of its own with a timeout of 10 s.
	Client *http.Client
}

// Deliver sends the calls with the given ids to a receiver, as they are now,
// and returns the status of its answer. Deliver the same ids again after
// AttachRecording to play Callyzer's redelivery. There is no retry.
func (s *Server) Deliver(ctx context.Context, hook Webhook, ids ...string) (status int, err error) {
	target, err := url.Parse(hook.URL)
	if err != nil {
		return 0, fmt.Errorf("callyzertest: %w", err)
	}
	if hook.Query != "" {
		q := target.Query()
		q.Set(hook.Query, hook.Secret)
		target.RawQuery = q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(s.Payload(ids...)))
	if err != nil {
		return 0, fmt.Errorf("callyzertest: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if hook.Query == "" {
		req.Header.Set(callyzer.SignatureHeader, hook.Secret)
	}
	client := hook.Client
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	resp, err := client.Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the URL, which may hold the secret
	}
	if err != nil {
		return 0, fmt.Errorf("callyzertest: %w", err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// Payload returns the body of a delivery of the calls with the given ids: an
// array of employees, each with its call_logs. As in the vendor's example the
// duration is a text, and times have no zone.
func (s *Server) Payload(ids ...string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	employees := []map[string]any{}
	place := map[string]int{}
	for _, id := range ids {
		r := s.find(id)
		if r == nil {
			continue
		}
		i, known := place[r.EmployeeNumber]
		if !known {
			i = len(employees)
			place[r.EmployeeNumber] = i
			employees = append(employees, map[string]any{
				"emp_name": r.EmployeeName, "emp_code": r.EmployeeCode, "emp_country_code": r.EmployeeCountryCode,
				"emp_number": r.EmployeeNumber, "emp_tags": append([]string{}, r.EmployeeTags...), "call_logs": []any{},
			})
		}
		employees[i]["call_logs"] = append(employees[i]["call_logs"].([]any), s.webhookRow(r))
	}
	body, _ := json.Marshal(employees) // maps of texts
	return body
}

func (s *Server) webhookRow(r *record) map[string]any {
	return map[string]any{
		"id": r.ID, "client_name": r.ClientName, "client_country_code": r.ClientCountryCode,
		"client_number": r.ClientNumber, "duration": strconv.FormatInt(int64(r.Duration/time.Second), 10),
		"call_type": r.Type, "call_date": r.Date, "call_time": r.Time, "note": r.Note,
		"call_recording_url": r.RecordingURL, "crm_status": r.CRMStatus,
		"reminder_date": r.ReminderDate, "reminder_time": r.ReminderTime,
		"synced_at": r.synced.In(s.cfg.Location).Format(time.DateTime), "modified_at": withoutZone(r.ModifiedAt),
		"lead_id": r.LeadID, "call_method": r.Channel.Method, "call_mode": r.Channel.Mode,
	}
}

// withoutZone cuts the abbreviation of a zone off.
func withoutZone(stamp string) string {
	if len(stamp) > len(time.DateTime) {
		return stamp[:len(time.DateTime)]
	}
	return stamp
}
