package callyzer

import (
	"context"
	"iter"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Totals are the sums of a report, as Callyzer counts them.
type Totals struct {
	Calls, Incoming, Outgoing, Missed, Rejected                  int
	Duration, IncomingDuration, OutgoingDuration                 time.Duration
	Connected, NeverAttended, NotPickedUpByClient, UniqueClients int
	WorkingHours                                                 time.Duration
}

func (f fields) totals() Totals {
	return Totals{
		Calls: f.int("total_calls"), Incoming: f.int("total_incoming_calls"), Outgoing: f.int("total_outgoing_calls"),
		Missed: f.int("total_missed_calls"), Rejected: f.int("total_rejected_calls"),
		Duration: f.duration("total_duration"), IncomingDuration: f.duration("total_incoming_duration"),
		OutgoingDuration: f.duration("total_outgoing_duration"), Connected: f.int("total_connected_calls"),
		NeverAttended:       f.int("total_never_attended_calls"),
		NotPickedUpByClient: f.int("total_not_pickup_by_clients_calls"),
		UniqueClients:       f.int("total_unique_clients"), WorkingHours: f.duration("total_working_hours"),
	}
}

// UnmarshalJSON reads totals tolerantly: numbers may be texts, durations
// seconds or HH:MM:SS.
func (t *Totals) UnmarshalJSON(b []byte) error {
	f, err := decodeFields(b)
	if err != nil {
		return err
	}
	*t = f.totals()
	return nil
}

// EmployeeSummary is one employee's totals.
type EmployeeSummary struct {
	Name, Code, CountryCode, Number string
	Tags                            []string
	Totals                          Totals
	// The averages are per call.
	AverageDuration, AverageIncoming, AverageOutgoing time.Duration
	// LastCall is the newest call; its ID is empty when there is none.
	LastCall Call
}

// UnmarshalJSON reads a summary tolerantly.
func (s *EmployeeSummary) UnmarshalJSON(b []byte) error {
	f, err := decodeFields(b)
	if err != nil {
		return err
	}
	*s = EmployeeSummary{
		Name: f.text("emp_name"), Code: f.text("emp_code"), CountryCode: f.text("emp_country_code"),
		Number: f.text("emp_number"), Tags: f.tags(), Totals: f.totals(),
		AverageDuration: f.duration("avg_duration_per_call"),
		AverageIncoming: f.duration("avg_incoming_duration"), AverageOutgoing: f.duration("avg_outgoing_duration"),
	}
	_ = s.LastCall.UnmarshalJSON(f["last_call_log"]) // absent or null: no call
	return nil
}

// EmployeeSummaryPage is one page of summaries.
type EmployeeSummaryPage struct {
	Summaries []EmployeeSummary
	// Total is how many there are in all, 0 when the server does not say.
	Total int
	// More says that there may be another page.
	More bool
}

var (
	opSummary         = &transport.Op{Name: "callyzer.summary", Safety: transport.Read, Judge: judgeRead}
	opEmployeeSummary = &transport.Op{Name: "callyzer.employee_summary", Safety: transport.Read, Judge: judgeRead}
)

// Summary returns the totals of the calls that p selects (POST
// /call-log/summary): at most one channel and 179 days. Page and PageSize are
// not used. It is a read and repeated like [Client.ListHistory].
func (c *Client) Summary(ctx context.Context, p CallParams) (Totals, error) {
	p, err := c.reportParams(opSummary.Name, p)
	if err != nil {
		return Totals{}, err
	}
	q := p.query()
	q.Page, q.PageSize = 0, 0
	var t Totals
	_, err = c.do(ctx, opSummary, "", "/call-log/summary", q, &t)
	return t, err
}

// ListEmployeeSummaries returns one page of totals per employee (POST
// /call-log/employee-summary): at most one channel and 179 days. It is a read
// and repeated like [Client.ListHistory].
func (c *Client) ListEmployeeSummaries(ctx context.Context, p CallParams) (EmployeeSummaryPage, error) {
	p, err := c.reportParams(opEmployeeSummary.Name, p)
	if err != nil {
		return EmployeeSummaryPage{}, err
	}
	var page EmployeeSummaryPage
	env, err := c.do(ctx, opEmployeeSummary, "", "/call-log/employee-summary", p.query(), &page.Summaries)
	if err != nil {
		return EmployeeSummaryPage{}, err
	}
	page.Total = env.TotalRecords
	page.More = env.more(len(page.Summaries), p.Page, p.PageSize)
	return page, nil
}

// EmployeeSummaries returns the totals of all employees, page by page, each
// like ListEmployeeSummaries. A range is not split: totals of windows could not
// be added up, because clients and working hours repeat. The sequence can be
// ranged over again; an error comes once, last.
func (c *Client) EmployeeSummaries(ctx context.Context, p CallParams) iter.Seq2[EmployeeSummary, error] {
	return pages(p.Page, func(page int) ([]EmployeeSummary, bool, error) {
		p := p
		p.Page = page
		got, err := c.ListEmployeeSummaries(ctx, p)
		return got.Summaries, got.More, err
	})
}

func (c *Client) reportParams(op string, p CallParams) (CallParams, error) {
	p = p.normal(c.cfg.OmitChannel)
	if err := p.check(op); err != nil {
		return p, err
	}
	return p, p.single(op)
}

// pages makes a sequence of rows out of a function that fetches a page and
// says whether there are more.
func pages[T any](first int, fetch func(page int) (rows []T, more bool, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, more := max(first, 1), true; more; page++ {
			var rows []T
			var err error
			if rows, more, err = fetch(page); err != nil {
				yield(*new(T), err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}
