package callyzer

import (
	"cmp"
	"encoding/json"
	"maps"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// CallType is how a call began and ended.
type CallType string

// The call types: the complete set that Callyzer uses.
const (
	Incoming CallType = "Incoming"
	Outgoing CallType = "Outgoing"
	Missed   CallType = "Missed"
	Rejected CallType = "Rejected"
)

// Call is one call as Callyzer tells it, from the API or from a webhook.
// Texts are kept as they came; whatever has no field is in Extra.
type Call struct {
	// ID is stable: the same call keeps it in every report and delivery.
	ID                                                              string
	EmployeeName, EmployeeCode, EmployeeCountryCode, EmployeeNumber string
	EmployeeTags                                                    []string
	ClientName, ClientCountryCode, ClientNumber                     string
	// Duration is the talk time; 0 also when Callyzer sent something unreadable.
	Duration time.Duration
	Type     CallType
	// Date is yyyy-mm-dd and Time HH:mm:ss in the zone of the Callyzer account;
	// see StartedAt.
	Date, Time string
	Note       string
	// RecordingURL appears some time after the call.
	RecordingURL string
	CRMStatus    string
	// ReminderDate and ReminderTime are in the account's zone.
	ReminderDate, ReminderTime string
	// SyncedAt and ModifiedAt are "2026-07-28 10:44:41", from the API with the
	// abbreviation of a zone behind.
	SyncedAt, ModifiedAt string
	LeadID               string
	Channel              Channel
	// Extra are fields this package does not know, as they came.
	Extra map[string]json.RawMessage
}

const callFields = " id emp_name emp_code emp_country_code emp_number emp_tags client_name client_country_code" +
	" client_number duration call_type call_date call_time note call_recording_url recording_url crm_status" +
	" reminder_date reminder_time synced_at modified_at lead_id call_method call_mode "

// UnmarshalJSON reads a row tolerantly: numbers may be texts and texts
// numbers, null is absent, and an unreadable duration is 0.
func (c *Call) UnmarshalJSON(b []byte) error {
	f, err := decodeFields(b)
	if err != nil {
		return err
	}
	*c = Call{
		ID:           f.text("id"),
		EmployeeName: f.text("emp_name"), EmployeeCode: f.text("emp_code"),
		EmployeeCountryCode: f.text("emp_country_code"), EmployeeNumber: f.text("emp_number"),
		EmployeeTags: f.tags(),
		ClientName:   f.text("client_name"), ClientCountryCode: f.text("client_country_code"),
		ClientNumber: f.text("client_number"),
		Duration:     f.duration("duration"), Type: CallType(f.text("call_type")),
		Date: f.text("call_date"), Time: f.text("call_time"), Note: f.text("note"),
		RecordingURL: cmp.Or(f.text("call_recording_url"), f.text("recording_url")),
		CRMStatus:    f.text("crm_status"),
		ReminderDate: f.text("reminder_date"), ReminderTime: f.text("reminder_time"),
		SyncedAt: f.text("synced_at"), ModifiedAt: f.text("modified_at"), LeadID: f.text("lead_id"),
		Channel: Channel{Method: f.text("call_method"), Mode: f.text("call_mode")},
		Extra:   f.rest(callFields),
	}
	return nil
}

// MarshalJSON writes a row in Callyzer's shape; UnmarshalJSON reads it back.
func (c Call) MarshalJSON() ([]byte, error) {
	row := map[string]any{}
	for name, raw := range c.Extra {
		row[name] = raw
	}
	maps.Copy(row, c.row())
	return json.Marshal(row)
}

// row returns the known fields that say something, by Callyzer's names.
func (c Call) row() map[string]any {
	row := map[string]any{"duration": int64(c.Duration / time.Second)}
	for name, value := range map[string]string{
		"id": c.ID, "emp_name": c.EmployeeName, "emp_code": c.EmployeeCode,
		"emp_country_code": c.EmployeeCountryCode, "emp_number": c.EmployeeNumber,
		"client_name": c.ClientName, "client_country_code": c.ClientCountryCode, "client_number": c.ClientNumber,
		"call_type": string(c.Type), "call_date": c.Date, "call_time": c.Time, "note": c.Note,
		"call_recording_url": c.RecordingURL, "crm_status": c.CRMStatus,
		"reminder_date": c.ReminderDate, "reminder_time": c.ReminderTime,
		"synced_at": c.SyncedAt, "modified_at": c.ModifiedAt, "lead_id": c.LeadID,
		"call_method": c.Channel.Method, "call_mode": c.Channel.Mode,
	} {
		if value != "" {
			row[name] = value
		}
	}
	if len(c.EmployeeTags) > 0 {
		row["emp_tags"] = c.EmployeeTags
	}
	return row
}

// StartedAt returns when the call began. Callyzer gives date and time in the
// zone of its account and does not name it, so it has to be known: it is set
// in the account's settings. It returns a *transport.FieldError when loc is
// nil or the texts are no date and time.
func (c Call) StartedAt(loc *time.Location) (time.Time, error) {
	const op = "callyzer.StartedAt"
	if loc == nil {
		return time.Time{}, transport.Invalid(op, "loc", "is nil; Callyzer does not name the zone of its times")
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", c.Date+" "+c.Time, loc)
	if err != nil {
		return time.Time{}, transport.Invalid(op, "Date and Time", "are not yyyy-mm-dd and HH:mm:ss")
	}
	return at, nil
}
