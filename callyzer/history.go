package callyzer

import (
	"context"
	"encoding/json"
	"iter"
	"slices"

	"github.com/centrala-go/centrala/transport"
)

// CallPage is one page of the call history.
type CallPage struct {
	Calls []Call
	// Total is how many calls there are in all, 0 when the server does not say.
	Total int
	// More says that there may be another page.
	More bool
}

var (
	opHistory = &transport.Op{Name: "callyzer.history", Safety: transport.Read, Judge: judgeRead}
	opGet     = &transport.Op{Name: "callyzer.get", Safety: transport.Read, Judge: judgeRead}
	opRemove  = &transport.Op{Name: "callyzer.remove_recordings", Safety: transport.Idempotent}
)

// ListHistory returns one page of the call history ("Fetch Call History
// Report"): at most one channel and 179 days; a break of that, or of what
// CallParams says, is a *transport.FieldError and sends nothing. It is a read:
// repeated after any transient failure, also after the odd 400 with a database
// exception in it, and after 429 when the vendor says, in 2 s when it says
// nothing that can be read. A 403 is ErrSubscription and final.
func (c *Client) ListHistory(ctx context.Context, p CallParams) (CallPage, error) {
	p = p.normal(c.cfg.OmitChannel)
	if err := p.check(opHistory.Name); err != nil {
		return CallPage{}, err
	}
	if err := p.single(opHistory.Name); err != nil {
		return CallPage{}, err
	}
	return c.historyPage(ctx, &p)
}

func (c *Client) historyPage(ctx context.Context, p *CallParams) (CallPage, error) {
	var calls []Call
	env, err := c.do(ctx, opHistory, "", "/call-log/history", p.query(), &calls)
	if err != nil {
		return CallPage{}, err
	}
	return CallPage{Calls: calls, Total: env.TotalRecords, More: env.more(len(calls), p.Page, p.PageSize)}, nil
}

// more decides whether a list goes on after a page. The server's page size
// counts: it may be smaller than what was asked for.
func (e Envelope) more(rows, page, size int) bool {
	if e.PageSize > 0 {
		size = e.PageSize
	}
	if e.TotalRecords > 0 {
		return rows > 0 && page*size < e.TotalRecords
	}
	return rows > 0 && rows >= size
}

// History returns all calls that p selects, page by page, each like
// ListHistory; p.Page is where every pass begins.
// Ranges of any length are split into windows of 179 days, and several
// Channels into a pass for each; a call that two neighbouring requests both
// report comes once. The sequence can be ranged over again; an error comes
// once, last. A break fetches nothing more.
func (c *Client) History(ctx context.Context, p CallParams) iter.Seq2[Call, error] {
	p.Types, p.EmployeeNumbers = slices.Clone(p.Types), slices.Clone(p.EmployeeNumbers)
	p.EmployeeTags, p.ClientNumbers = slices.Clone(p.EmployeeTags), slices.Clone(p.ClientNumbers)
	p.Channels = slices.Clone(p.Channels)
	return func(yield func(Call, error) bool) {
		p := p.normal(c.cfg.OmitChannel)
		if err := p.check(opHistory.Name); err != nil {
			yield(Call{}, err)
			return
		}
		var seen recent
		for _, pass := range p.passes() {
			seen.turn()
			if !c.walk(ctx, pass, &seen, yield) {
				return
			}
		}
	}
}

// walk yields the calls of one pass; it returns false to stop.
func (c *Client) walk(ctx context.Context, p CallParams, seen *recent, yield func(Call, error) bool) bool {
	for {
		page, err := c.historyPage(ctx, &p)
		if err != nil {
			yield(Call{}, err)
			return false
		}
		for _, call := range page.Calls {
			if seen.has(call.ID) {
				continue
			}
			if !yield(call, nil) {
				return false
			}
		}
		if !page.More {
			return true
		}
		p.Page++
	}
}

// recent remembers the calls of this pass and the one before it: only
// neighbours overlap, and rows that arrive meanwhile shift the pages.
type recent struct{ current, before map[string]bool }

func (r *recent) turn() { r.before, r.current = r.current, map[string]bool{} }

func (r *recent) has(id string) bool {
	if id == "" {
		return false
	}
	if r.current[id] || r.before[id] {
		return true
	}
	r.current[id] = true
	return false
}

// Get returns the calls with the given ids ("Fetch Call History By Ids"), in
// the server's order and without those that it does not know. Ids go out in
// batches of Config.GetBatch. After an error the calls of the batches before
// it are returned with the error. It is a read and repeated like ListHistory.
func (c *Client) Get(ctx context.Context, ids ...string) ([]Call, error) {
	if slices.Contains(ids, "") {
		return nil, transport.Invalid(opGet.Name, "ids", "holds an empty id")
	}
	var all []Call
	for batch := range slices.Chunk(ids, c.batch()) {
		var calls []Call
		if _, err := c.do(ctx, opGet, "", "/call-log/get", idList{batch}, &calls); err != nil {
			return all, err
		}
		all = append(all, calls...)
	}
	return all, nil
}

func (c *Client) batch() int {
	if c.cfg.GetBatch > 0 {
		return c.cfg.GetBatch
	}
	return defaultGetBatch
}

type idList struct {
	IDs []string `json:"unique_ids"`
}

// Removal is what became of one recording.
type Removal struct{ ID, Status, Message string }

// UnmarshalJSON reads a result tolerantly.
func (r *Removal) UnmarshalJSON(b []byte) error {
	f, err := decodeFields(b)
	if err != nil {
		return err
	}
	*r = Removal{ID: f.text("id"), Status: f.text("status"), Message: f.text("message")}
	return nil
}

// MarshalJSON writes a result in Callyzer's shape.
func (r Removal) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"id": r.ID, "status": r.Status, "message": r.Message})
}

// RemoveRecordings deletes the recordings of calls, for good; the calls stay
// (DELETE /call-log/call-recording/remove). Removing twice does no harm, so it
// is repeated after any transient failure and after an unknown outcome. The
// answer has an entry per id: a nil error does not mean that all are gone.
func (c *Client) RemoveRecordings(ctx context.Context, ids ...string) ([]Removal, error) {
	if len(ids) == 0 || slices.Contains(ids, "") {
		return nil, transport.Invalid(opRemove.Name, "ids", "is empty or holds an empty id")
	}
	var removed []Removal
	_, err := c.do(ctx, opRemove, "DELETE", "/call-log/call-recording/remove", idList{ids}, &removed)
	return removed, err
}
