package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/centrala-go/centrala/transport"
)

var (
	opList  = &transport.Op{Name: "twilio.list_messages", Safety: transport.Read, Judge: judgeList}
	opFetch = &transport.Op{Name: "twilio.fetch_message", Safety: transport.Read}
)

// maxPageSize is the most that Twilio returns at once.
const maxPageSize = 1000

// MessagesParams selects messages. The zero value selects all.
type MessagesParams struct {
	// To and From select by recipient and sender.
	To, From string
	// SentOn selects one day in UTC; SentSince and SentUntil bound the days,
	// both inclusive. Of a time only the day counts.
	SentOn, SentSince, SentUntil time.Time
	// PageSize is how many messages a page holds, at most 1000; 0 means 50.
	PageSize int
	// Page is MessagePage.Next of the page before; "" for the first.
	Page string
}

// MessagePage is one page of messages, newest first.
type MessagePage struct {
	Messages []Message
	// Next is where the following page is, "" after the last.
	Next string
	// Behind is how far Twilio's clock is behind this machine's, 0 when it is
	// not or does not tell.
	Behind time.Duration
}

// ListMessages returns one page of the account's messages ("Messages
// resource"). It is a read: repeated after any transient failure. PageSize and
// Page are checked before anything is sent.
func (c *Client) ListMessages(ctx context.Context, p MessagesParams) (MessagePage, error) {
	query, err := p.query()
	if err != nil {
		return MessagePage{}, err
	}
	start := time.Now()
	resp, err := c.Do(ctx, opList, transport.Request{Path: c.messages, Query: query})
	if err != nil {
		return MessagePage{}, err
	}
	var wire wirePage
	if err := json.Unmarshal(resp.Body, &wire); err != nil {
		return MessagePage{}, err // the judge has read it before
	}
	page := MessagePage{Messages: make([]Message, len(wire.Messages)), Next: wire.Next, Behind: behind(resp.Header, start)}
	for i := range wire.Messages {
		page.Messages[i] = wire.Messages[i].message()
	}
	return page, nil
}

// Messages returns the account's messages, newest first, page by page, each
// like ListMessages. The sequence may be ranged over again; it ends after the
// first error, and a break fetches nothing more.
func (c *Client) Messages(ctx context.Context, p MessagesParams) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for page, err := range c.pages(ctx, p) {
			if err != nil {
				yield(Message{}, err)
				return
			}
			for _, m := range page.Messages {
				if !yield(m, nil) {
					return
				}
			}
		}
	}
}

// pages returns one page after the other, up to the first error.
func (c *Client) pages(ctx context.Context, p MessagesParams) iter.Seq2[MessagePage, error] {
	return func(yield func(MessagePage, error) bool) {
		p := p
		for {
			page, err := c.ListMessages(ctx, p)
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			if page.Next == p.Page {
				yield(MessagePage{}, errSamePage)
				return
			}
			p.Page = page.Next
		}
	}
}

var errSamePage = errors.New("twilio.list_messages: the next page is this page again")

// FetchMessage returns one message ("Messages resource"). A SID that does not
// exist is an error that matches transport.ErrNotFound. It is a read: repeated
// after any transient failure.
func (c *Client) FetchMessage(ctx context.Context, sid string) (Message, error) {
	if !isSID(sid, "SM") && !isSID(sid, "MM") {
		return Message{}, transport.Invalid(opFetch.Name, "sid", "is not SM or MM followed by letters and digits")
	}
	var a answer
	if _, err := c.Do(ctx, a.expect(opFetch), transport.Request{Path: c.account + "/Messages/" + sid + ".json"}); err != nil {
		return Message{}, err
	}
	return a.wire.message(), nil
}

// wirePage is the JSON form of a page.
type wirePage struct {
	Messages []wireMessage `json:"messages"`
	Next     string        `json:"next_page_uri"`
}

// judgeList is judge for lists, where success is a page: an empty answer must
// not be taken for an empty list.
func judgeList(r *transport.Response) transport.Verdict {
	v := judge(r)
	if v.Result != transport.ResultDone {
		return v
	}
	var page struct {
		Messages []json.RawMessage `json:"messages"`
	}
	if json.Unmarshal(r.Body, &page) != nil || page.Messages == nil {
		v.Result, v.Kind, v.Message = transport.ResultUnclear, transport.ErrUnavailable, "a success without a list"
	}
	return v
}

func (p *MessagesParams) query() (url.Values, error) {
	if p.Page != "" {
		return nextQuery(p.Page)
	}
	if p.PageSize < 0 || p.PageSize > maxPageSize {
		return nil, transport.Invalid(opList.Name, "PageSize", "is %d, want 0 to %d", p.PageSize, maxPageSize)
	}
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("To", p.To)
	set("From", p.From)
	set("DateSent", day(p.SentOn))
	set("DateSent>", day(p.SentSince))
	set("DateSent<", day(p.SentUntil))
	if p.PageSize != 0 {
		q.Set("PageSize", strconv.Itoa(p.PageSize))
	}
	return q, nil
}

// nextQuery takes only the query from the place Twilio names: host and path
// stay this client's own.
func nextQuery(page string) (url.Values, error) {
	u, err := url.Parse(page)
	if err != nil {
		return nil, transport.Invalid(opList.Name, "Page", "is not what MessagePage.Next holds")
	}
	return u.Query(), nil
}

// behind compares the vendor's clock with the time at which it was asked.
func behind(h http.Header, asked time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(asked.Sub(date), 0)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
