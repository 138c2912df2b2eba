package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/webhook"
)

// flowView is a flow as the API shows it; the customer's data stays out.
type flowView struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Key       string     `json:"key"`
	State     flow.State `json:"state"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	Steps     []stepView `json:"steps"`
}

type stepView struct {
	Name      string     `json:"name"`
	Vendor    string     `json:"vendor"`
	State     flow.State `json:"state"`
	Attempts  int        `json:"attempts"`
	Ref       string     `json:"ref"`
	Error     string     `json:"error"`
	UpdatedAt time.Time  `json:"updated_at"`
}

func view(f *flow.Flow) flowView {
	v := flowView{
		ID: f.ID, Kind: f.Kind, Key: f.Key, State: f.State(), CreatedAt: f.CreatedAt.UTC(), UpdatedAt: f.UpdatedAt.UTC(),
		Steps: make([]stepView, len(f.Steps)),
	}
	for i, s := range f.Steps {
		v.Steps[i] = stepView{s.Name, s.Vendor, s.State, s.Attempts, s.Ref, s.Error, s.UpdatedAt.UTC()}
		if s.UpdatedAt.After(v.UpdatedAt) {
			v.UpdatedAt = s.UpdatedAt.UTC()
		}
	}
	return v
}

// listFlows answers a page of flows, newest first.
func (s *Server) listFlows(w http.ResponseWriter, r *http.Request) {
	limit, before, err := page(r)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	flows, err := s.store.List(r.Context(), limit+1, before)
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	next := ""
	if len(flows) > limit {
		flows = flows[:limit]
		next = strconv.FormatInt(flows[limit-1].Seq, 10)
	}
	views := make([]flowView, len(flows))
	for i, f := range flows {
		views[i] = view(f)
	}
	reply(w, http.StatusOK, map[string]any{"flows": views, "next": next})
}

func (s *Server) oneFlow(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		s.fail(w, r, err, "")
		return
	}
	f, err := s.store.Flow(r.Context(), r.PathValue("id"))
	if errors.Is(err, flow.ErrNotFound) {
		err = webhook.Refuse(http.StatusNotFound, "there is no such flow")
	}
	if err != nil {
		s.fail(w, r, err, "")
		return
	}
	reply(w, http.StatusOK, view(f))
}

// The page sizes of lists.
const (
	defaultPage = 50
	maxPage     = 500
)

// query reads the named parameters and refuses any other.
func query(r *http.Request, known ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, webhook.Refuse(http.StatusBadRequest, "the query is malformed")
	}
	for name, values := range q {
		if !slices.Contains(known, name) || len(values) > 1 {
			return nil, webhook.Refuse(http.StatusBadRequest, fmt.Sprintf("the query parameter %q is not known here, or given twice", name))
		}
	}
	return q, nil
}

// page reads limit and cursor.
func page(r *http.Request) (limit int, before int64, err error) {
	q, err := query(r, "limit", "cursor")
	if err != nil {
		return 0, 0, err
	}
	limit = defaultPage
	if v := q.Get("limit"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > maxPage {
			return 0, 0, webhook.Refuse(http.StatusBadRequest, fmt.Sprintf("limit is not a number from 1 to %d", maxPage))
		}
	}
	if v := q.Get("cursor"); v != "" {
		if before, err = strconv.ParseInt(v, 10, 64); err != nil || before < 1 {
			return 0, 0, webhook.Refuse(http.StatusBadRequest, "cursor is not one that this list gave")
		}
	}
	return limit, before, nil
}
