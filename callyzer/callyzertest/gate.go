package callyzertest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

// interval is the vendor's limit: one request in this time per account.
const interval = 2 * time.Second

// query is the body of a request, with every field that the fake understands.
type query struct {
	CallFrom        int64    `json:"call_from"`
	CallTo          int64    `json:"call_to"`
	SyncedFrom      int64    `json:"synced_from"`
	SyncedTo        int64    `json:"synced_to"`
	Types           []string `json:"call_types"`
	ShorterThan     int64    `json:"duration_les_than"`
	LongerThan      int64    `json:"duration_grt_than"`
	EmployeeNumbers []string `json:"emp_numbers"`
	EmployeeTags    []string `json:"emp_tags"`
	EmployeeName    string   `json:"emp_name"`
	EmployeeCodes   []string `json:"emp_codes"`
	ClientNumbers   []string `json:"client_numbers"`
	Method          string   `json:"call_method"`
	Mode            string   `json:"call_mode"`
	Page            int      `json:"page_no"`
	PageSize        int      `json:"page_size"`
	IDs             []string `json:"unique_ids"`
}

// answer is what a route says: a result, or a refusal when status is not 0.
type answer struct {
	status  int
	message string
	result  any
	total   int
	paged   bool
}

// guarded puts token, subscription, limit and the shape of answers around a
// route.
func (s *Server) guarded(serve func(*query) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "Bearer "+s.cfg.Token:
			refuse(w, http.StatusUnauthorized, "Unauthorized")
			return
		case s.expired:
			refuse(w, http.StatusForbidden, "Your subscription has expired")
			return
		case s.tooSoon(w):
			return
		}
		q := query{Page: 1, PageSize: 100}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			refuse(w, http.StatusBadRequest, "The request body is not valid JSON")
			return
		}
		if a := serve(&q); a.status != 0 {
			refuse(w, a.status, a.message)
		} else {
			accept(w, &q, a)
		}
	}
}

// tooSoon enforces the limit.
func (s *Server) tooSoon(w http.ResponseWriter) bool {
	now := time.Now()
	wait := interval - now.Sub(s.last)
	if s.cfg.Unlimited || s.last.IsZero() || wait <= 0 {
		s.last = now
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	refuse(w, http.StatusTooManyRequests, "Too many requests")
	return true
}

func refuse(w http.ResponseWriter, status int, message string) {
	write(w, status, map[string]any{"message": message})
}

func accept(w http.ResponseWriter, q *query, a answer) {
	body := map[string]any{"result": a.result, "message": "Success"}
	if a.paged {
		body["total_records"], body["page_no"], body["page_size"] = a.total, q.Page, q.PageSize
	}
	write(w, http.StatusOK, body)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// page cuts the page that q asks for out of rows.
func page[T any](q *query, rows []T) answer {
	if q.Page < 1 || q.PageSize < 1 || q.PageSize > 100 {
		return answer{status: http.StatusBadRequest, message: "page_no or page_size is out of range"}
	}
	from := min((q.Page-1)*q.PageSize, len(rows))
	to := min(from+q.PageSize, len(rows))
	return answer{result: append([]T{}, rows[from:to]...), total: len(rows), paged: true}
}
