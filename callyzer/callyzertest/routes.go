package callyzertest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/centrala-go/centrala/callyzer"
)

// maxDays is the vendor's limit of a range: it must stay under it.
const maxDays = 180 * 24 * 60 * 60

func (s *Server) history(q *query) answer {
	if a := s.check(q); a.status != 0 {
		return a
	}
	rows := make([]callyzer.Call, 0, len(s.calls))
	for _, r := range s.selected(q) {
		rows = append(rows, r.Call)
	}
	return page(q, rows)
}

func (s *Server) get(q *query) answer {
	if len(q.IDs) == 0 || len(q.IDs) > 20 {
		return bad("unique_ids must hold 1 to 20 ids")
	}
	rows := []callyzer.Call{}
	for _, id := range q.IDs {
		if r := s.find(id); r != nil {
			rows = append(rows, r.Call)
		}
	}
	return answer{result: rows}
}

func (s *Server) summary(q *query) answer {
	if a := s.check(q); a.status != 0 {
		return a
	}
	return answer{result: totals(s.selected(q))}
}

func (s *Server) employeeSummary(q *query) answer {
	if a := s.check(q); a.status != 0 {
		return a
	}
	selected := s.selected(q)
	var rows []map[string]any
	for _, e := range s.employees {
		own := slices.DeleteFunc(slices.Clone(selected), func(r *record) bool { return r.EmployeeNumber != e.Number })
		if len(own) == 0 {
			continue
		}
		row := totals(own)
		row["emp_name"], row["emp_code"], row["emp_tags"] = e.Name, e.Code, e.Tags
		row["emp_country_code"], row["emp_number"] = e.CountryCode, e.Number
		row["avg_duration_per_call"] = row["total_duration"].(int64) / int64(len(own))
		row["last_call_log"] = own[len(own)-1].Call
		rows = append(rows, row)
	}
	return page(q, rows)
}

func (s *Server) remove(q *query) answer {
	if len(q.IDs) == 0 {
		return bad("unique_ids is empty")
	}
	var rows []callyzer.Removal
	for _, id := range q.IDs {
		r := s.find(id)
		if r == nil {
			rows = append(rows, callyzer.Removal{ID: id, Status: "failed", Message: "Call not found"})
			continue
		}
		r.RecordingURL = ""
		if !slices.Contains(s.removed, id) {
			s.removed = append(s.removed, id)
		}
		rows = append(rows, callyzer.Removal{ID: id, Status: "success", Message: "Removed"})
	}
	return answer{result: rows}
}

func (s *Server) roster(q *query) answer {
	var rows []map[string]any
	for _, e := range s.employees {
		if !matches(q.EmployeeNumbers, e.CountryCode, e.Number) || !overlap(q.EmployeeTags, e.Tags) ||
			!oneOf(q.EmployeeCodes, e.Code) || q.EmployeeName != "" && q.EmployeeName != e.Name {
			continue
		}
		rows = append(rows, map[string]any{
			"emp_name": e.Name, "emp_code": e.Code, "emp_country_code": e.CountryCode, "emp_number": e.Number,
			"emp_tags": e.Tags, "app_version": e.AppVersion, "registered_at": e.RegisteredAt,
			"modified_at": e.ModifiedAt, "last_call_at": e.LastCallAt, "last_sync_req_at": e.LastSyncAt,
			"is_lead_active": e.LeadActive, "is_call_recording_active": e.RecordingActive,
			"device_details":    map[string]any{"device_model": e.DeviceModel, "android_version": e.AndroidVersion},
			"device_preference": map[string]any{"is_app_uninstalled": e.AppUninstalled},
		})
	}
	return page(q, rows)
}

func bad(message string) answer { return answer{status: http.StatusBadRequest, message: message} }

// check refuses ranges and channels that the vendor refuses.
func (s *Server) check(q *query) answer {
	switch {
	case q.CallFrom == 0 && q.SyncedFrom == 0:
		return bad("call_from or synced_from is required")
	case q.CallFrom != 0 && q.CallTo == 0:
		return bad("call_to is required")
	case q.SyncedFrom != 0 && q.SyncedTo == 0:
		return bad("synced_to is required")
	case q.CallTo < q.CallFrom || q.SyncedTo < q.SyncedFrom:
		return bad("The range ends before it begins")
	case q.CallTo-q.CallFrom >= maxDays || q.SyncedTo-q.SyncedFrom >= maxDays:
		return bad("The range must be less than 180 days")
	case s.cfg.RequireChannel && (q.Method == "" || q.Mode == ""):
		return bad("call_method and call_mode are required")
	}
	return answer{}
}

func (s *Server) selected(q *query) []*record {
	return slices.DeleteFunc(slices.Clone(s.calls), func(r *record) bool { return !q.selects(r) })
}

func (q *query) selects(r *record) bool {
	seconds := int64(r.Duration / time.Second)
	return within(r.started, q.CallFrom, q.CallTo) && within(r.synced, q.SyncedFrom, q.SyncedTo) &&
		oneOf(q.Types, string(r.Type)) && matches(q.EmployeeNumbers, r.EmployeeCountryCode, r.EmployeeNumber) &&
		overlap(q.EmployeeTags, r.EmployeeTags) && matches(q.ClientNumbers, r.ClientCountryCode, r.ClientNumber) &&
		(q.ShorterThan == 0 || seconds < q.ShorterThan) && (q.LongerThan == 0 || seconds > q.LongerThan) &&
		(q.Method == "" || q.Method == r.Channel.Method) && (q.Mode == "" || q.Mode == r.Channel.Mode)
}

func within(t time.Time, from, to int64) bool {
	return from == 0 || t.Unix() >= from && t.Unix() <= to
}

func oneOf(want []string, got string) bool { return len(want) == 0 || slices.Contains(want, got) }

// matches compares numbers with and without country code.
func matches(want []string, country, number string) bool {
	return oneOf(want, number) || slices.Contains(want, strings.TrimPrefix(country, "+")+"-"+number)
}

func overlap(want, got []string) bool {
	return len(want) == 0 || slices.ContainsFunc(want, func(tag string) bool { return slices.Contains(got, tag) })
}

func totals(calls []*record) map[string]any {
	count := map[callyzer.CallType]int{}
	length := map[callyzer.CallType]time.Duration{}
	clients := map[string]bool{}
	connected := 0
	for _, r := range calls {
		count[r.Type]++
		length[r.Type] += r.Duration
		clients[r.ClientNumber] = true
		if r.Duration > 0 {
			connected++
		}
	}
	in, out := length[callyzer.Incoming], length[callyzer.Outgoing]
	return map[string]any{
		"total_calls": len(calls), "total_incoming_calls": count[callyzer.Incoming],
		"total_outgoing_calls": count[callyzer.Outgoing], "total_missed_calls": count[callyzer.Missed],
		"total_rejected_calls": count[callyzer.Rejected], "total_connected_calls": connected,
		"total_unique_clients": len(clients), "total_duration": int64((in + out) / time.Second),
		"total_incoming_duration": int64(in / time.Second), "total_outgoing_duration": int64(out / time.Second),
		"total_never_attended_calls": 0, "total_not_pickup_by_clients_calls": 0, "total_working_hours": "00:00:00",
	}
}
