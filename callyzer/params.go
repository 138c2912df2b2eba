package callyzer

import (
	"slices"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// CallParams select calls. One of the two ranges of time is needed: CallFrom
// and CallTo by when a call took place, or SyncedFrom and SyncedTo by when
// Callyzer learned of it. Both ends belong to the range; a zero end means now.
type CallParams struct {
	CallFrom, CallTo     time.Time
	SyncedFrom, SyncedTo time.Time
	// Types is empty for all.
	Types []CallType
	// LongerThan and ShorterThan bound the duration, exclusive, in whole seconds.
	LongerThan, ShorterThan time.Duration
	// EmployeeNumbers are "48-600100200", or without country code.
	EmployeeNumbers, EmployeeTags []string
	// ClientNumbers select in the history only.
	ClientNumbers []string
	// IncludeExcluded also reports numbers that the account excludes.
	IncludeExcluded bool
	// Channels is empty for [PhoneVoice] alone. A request takes one channel;
	// History makes a pass for each. One zero Channel leaves the choice to
	// Callyzer.
	Channels []Channel
	// Page counts from 1, and 0 is 1 too. PageSize is at most 100, and 0 is 100.
	Page, PageSize int
}

const (
	// maxRange is a day under the vendor's limit of 180 days per request.
	maxRange    = 179 * 24 * time.Hour
	maxPageSize = 100
)

// callQuery is CallParams as they are sent.
type callQuery struct {
	CallFrom        int64      `json:"call_from,omitempty"`
	CallTo          int64      `json:"call_to,omitempty"`
	SyncedFrom      int64      `json:"synced_from,omitempty"`
	SyncedTo        int64      `json:"synced_to,omitempty"`
	Types           []CallType `json:"call_types,omitempty"`
	ShorterThan     int64      `json:"duration_les_than,omitempty"` // the vendor's spelling
	LongerThan      int64      `json:"duration_grt_than,omitempty"`
	EmployeeNumbers []string   `json:"emp_numbers,omitempty"`
	EmployeeTags    []string   `json:"emp_tags,omitempty"`
	ClientNumbers   []string   `json:"client_numbers,omitempty"`
	ExcludeNumbers  bool       `json:"is_exclude_numbers"`
	Method          string     `json:"call_method,omitempty"`
	Mode            string     `json:"call_mode,omitempty"`
	Page            int        `json:"page_no,omitempty"`
	PageSize        int        `json:"page_size,omitempty"`
}

// normal fills in what zero values stand for and copies what it keeps.
func (p *CallParams) normal(omitChannel bool) CallParams {
	n, now := *p, time.Now()
	if !n.CallFrom.IsZero() && n.CallTo.IsZero() {
		n.CallTo = now
	}
	if !n.SyncedFrom.IsZero() && n.SyncedTo.IsZero() {
		n.SyncedTo = now
	}
	n.Channels = slices.Clone(n.Channels)
	if len(n.Channels) == 0 {
		n.Channels = []Channel{PhoneVoice()}
		if omitChannel {
			n.Channels[0] = Channel{}
		}
	}
	n.Page = max(n.Page, 1)
	if n.PageSize == 0 {
		n.PageSize = maxPageSize
	}
	return n
}

// check refuses what the vendor would refuse; p is normal.
func (p *CallParams) check(op string) error {
	if err := checkRange(op, "CallFrom", "CallTo", p.CallFrom, p.CallTo); err != nil {
		return err
	}
	if err := checkRange(op, "SyncedFrom", "SyncedTo", p.SyncedFrom, p.SyncedTo); err != nil {
		return err
	}
	switch {
	case p.CallFrom.IsZero() && p.SyncedFrom.IsZero():
		return transport.Invalid(op, "CallFrom", "is zero, and so is SyncedFrom")
	case p.PageSize < 0 || p.PageSize > maxPageSize:
		return transport.Invalid(op, "PageSize", "is %d, want 1 to %d", p.PageSize, maxPageSize)
	case p.LongerThan < 0 || p.ShorterThan < 0:
		return transport.Invalid(op, "LongerThan", "or ShorterThan is negative")
	}
	for i, t := range p.Types {
		if !slices.Contains([]CallType{Incoming, Outgoing, Missed, Rejected}, t) {
			return transport.Invalid(op, "Types", "holds an unknown type at %d", i)
		}
	}
	return nil
}

func checkRange(op, from, to string, first, last time.Time) error {
	switch {
	case first.IsZero() && !last.IsZero():
		return transport.Invalid(op, from, "is zero, but %s is not", to)
	case last.Before(first):
		return transport.Invalid(op, to, "lies before %s", from)
	}
	return nil
}

// single refuses what does not fit into one request.
func (p *CallParams) single(op string) error {
	switch {
	case len(p.Channels) > 1:
		return transport.Invalid(op, "Channels", "holds %d, one request takes one", len(p.Channels))
	case p.CallTo.Sub(p.CallFrom) > maxRange:
		return transport.Invalid(op, "CallTo", "is more than 179 days after CallFrom")
	case p.SyncedTo.Sub(p.SyncedFrom) > maxRange:
		return transport.Invalid(op, "SyncedTo", "is more than 179 days after SyncedFrom")
	}
	return nil
}

// query returns the body of one request; p is normal and holds one channel.
func (p *CallParams) query() callQuery {
	return callQuery{
		CallFrom: seconds(p.CallFrom), CallTo: seconds(p.CallTo),
		SyncedFrom: seconds(p.SyncedFrom), SyncedTo: seconds(p.SyncedTo),
		Types: p.Types, ShorterThan: int64(p.ShorterThan / time.Second), LongerThan: int64(p.LongerThan / time.Second),
		EmployeeNumbers: p.EmployeeNumbers, EmployeeTags: p.EmployeeTags, ClientNumbers: p.ClientNumbers,
		ExcludeNumbers: !p.IncludeExcluded, Method: p.Channels[0].Method, Mode: p.Channels[0].Mode,
		Page: p.Page, PageSize: p.PageSize,
	}
}

// seconds returns Unix seconds, 0 for the zero time.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// passes splits p into requests that Callyzer takes: one channel and at most
// 179 days each. Neighbouring windows share a second, because it is not
// documented whether an end belongs to its range.
func (p *CallParams) passes() []CallParams {
	var all []CallParams
	for _, channel := range p.Channels {
		for _, w := range windows(p.CallFrom, p.CallTo) {
			for _, s := range windows(p.SyncedFrom, p.SyncedTo) {
				pass := *p
				pass.Channels = []Channel{channel}
				pass.CallFrom, pass.CallTo = w[0], w[1]
				pass.SyncedFrom, pass.SyncedTo = s[0], s[1]
				all = append(all, pass)
			}
		}
	}
	return all
}

// windows splits a range; an absent one is one window.
func windows(from, to time.Time) [][2]time.Time {
	var all [][2]time.Time
	for to.Sub(from) > maxRange {
		next := from.Add(maxRange)
		all = append(all, [2]time.Time{from, next})
		from = next
	}
	return append(all, [2]time.Time{from, to})
}
