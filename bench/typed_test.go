package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Khan/genqlient/graphql"
	hasura "github.com/hasura/go-graphql-client"
	"github.com/sendgrid/rest"
	sendgridgo "github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"
	twiliogo "github.com/twilio/twilio-go"
	twilioclient "github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

const (
	accountSID  = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	messageJSON = `{"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","account_sid":"` + accountSID + `","status":"queued","to":"+48500600700","from":"+15005550006","body":"Your appointment is confirmed.","num_segments":"1","direction":"outbound-api","date_created":"Fri, 01 May 2026 12:00:00 +0000","date_updated":"Fri, 01 May 2026 12:00:00 +0000","date_sent":null,"error_code":null,"error_message":null,"messaging_service_sid":null,"price":null,"price_unit":"USD","uri":"/2010-04-01/Accounts/x/Messages/y.json","api_version":"2010-04-01","num_media":"0"}`
	smsText     = "Your appointment is confirmed."
)

// A caller makes one typed call.
type caller func(ctx context.Context) error

// without is our clients' options in these benchmarks: the attempt timeout is
// off, because the peers have none.
func without(rt http.RoundTripper) []transport.Option {
	return []transport.Option{transport.WithTransport(rt), transport.WithAttemptTimeout(0)}
}

func twilioCallers(tb testing.TB) map[string]caller {
	tb.Helper()
	rt := memory{201, messageJSON}
	const authToken = "0123456789abcdef0123456789abcdef"
	peer := &twilioclient.Client{Credentials: twilioclient.NewCredentials(accountSID, authToken), HTTPClient: &http.Client{Transport: rt}}
	peer.SetAccountSid(accountSID)
	official := twiliogo.NewRestClientWithParams(twiliogo.ClientParams{Client: peer})
	own, err := twilio.New(twilio.Config{AccountSID: accountSID, AuthToken: authToken}, without(rt)...)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]caller{
		"twilio-go": func(context.Context) error {
			p := &openapi.CreateMessageParams{}
			p.SetTo("+48500600700")
			p.SetFrom("+15005550006")
			p.SetBody(smsText)
			m, err := official.Api.CreateMessage(p)
			if err == nil && m.Sid == nil {
				err = fmt.Errorf("no sid")
			}
			return err
		},
		"centrala": func(ctx context.Context) error {
			_, err := own.SendMessage(ctx, twilio.SendMessageRequest{To: "+48500600700", From: "+15005550006", Body: smsText})
			return err
		},
	}
}

func sendgridCallers(tb testing.TB) map[string]caller {
	tb.Helper()
	rt := memory{202, ""}
	sendgridgo.DefaultClient = &rest.Client{HTTPClient: &http.Client{Transport: rt}}
	const key = "SG.aaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	own, err := sendgrid.New(sendgrid.Config{APIKey: key}, without(rt)...)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]caller{
		"sendgrid-go": func(ctx context.Context) error {
			m := mail.NewSingleEmail(mail.NewEmail("Shop", "shop@example.com"), "Hello", mail.NewEmail("Ada", "ada@example.com"), "text", "<p>text</p>")
			resp, err := sendgridgo.NewSendClient(key).SendWithContext(ctx, m)
			if err == nil && resp.StatusCode != 202 {
				err = fmt.Errorf("status %d", resp.StatusCode)
			}
			return err
		},
		"centrala": func(ctx context.Context) error {
			_, err := own.Send(ctx, sendgrid.SendRequest{From: notify.Address{Name: "Shop", Email: "shop@example.com"},
				To: []notify.Address{{Name: "Ada", Email: "ada@example.com"}}, Subject: "Hello", Text: "text", HTML: "<p>text</p>"})
			return err
		},
	}
}

const pageQuery = `query Page($board: [ID!]) { boards(ids: $board) { items_page(limit: 25) { cursor items { id name } } } }`

type page struct {
	Boards []struct {
		ItemsPage struct {
			Cursor string
			Items  []struct{ ID, Name string }
		} `json:"items_page"`
	}
}

func pageJSON() string {
	var items []string
	for i := range 25 {
		items = append(items, fmt.Sprintf(`{"id":"%d","name":"Lead number %d"}`, 1000000+i, i))
	}
	return `{"data":{"boards":[{"items_page":{"cursor":"abc","items":[` + strings.Join(items, ",") + `]}}]}}`
}

func graphqlCallers(tb testing.TB) map[string]caller {
	tb.Helper()
	rt := memory{200, pageJSON()}
	const url = "https://api.vendor.test/v2"
	gq := graphql.NewClient(url, &http.Client{Transport: rt})
	hs := hasura.NewClient(url, &http.Client{Transport: rt})
	vars := map[string]any{"board": "1234567890"}
	c, err := transport.New(transport.Config{Vendor: "bench", BaseURL: url}, append(without(rt), transport.WithLimiters(transport.NewWindow(1<<30, 1e9)))...)
	if err != nil {
		tb.Fatal(err)
	}
	full := func(p page, err error) error {
		if err == nil && (len(p.Boards) != 1 || len(p.Boards[0].ItemsPage.Items) != 25) {
			err = fmt.Errorf("page of %d boards", len(p.Boards))
		}
		return err
	}
	body := func() []byte {
		b, err := json.Marshal(map[string]any{"query": pageQuery, "variables": vars})
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	return map[string]caller{
		"net/http": func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body()))
			if err != nil {
				return err
			}
			resp, err := (&http.Client{Transport: rt}).Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			var out struct{ Data page }
			err = json.Unmarshal(text, &out)
			return full(out.Data, err)
		},
		"genqlient": func(ctx context.Context) error {
			var p page
			err := gq.MakeRequest(ctx, &graphql.Request{Query: pageQuery, OpName: "Page", Variables: vars}, &graphql.Response{Data: &p})
			return full(p, err)
		},
		"hasura/go-graphql-client": func(ctx context.Context) error {
			raw, err := hs.ExecRaw(ctx, pageQuery, vars)
			if err != nil {
				return err
			}
			var p page
			err = json.Unmarshal(raw, &p)
			return full(p, err)
		},
		"centrala": func(ctx context.Context) error {
			resp, err := c.Do(ctx, read, transport.Request{Body: body()})
			if err != nil {
				return err
			}
			var out struct{ Data page }
			err = json.Unmarshal(resp.Body, &out)
			return full(out.Data, err)
		},
	}
}

var typed = []struct {
	name  string
	make  func(testing.TB) map[string]caller
	order []string
}{
	{"Twilio", twilioCallers, []string{"twilio-go", "centrala"}},
	{"SendGrid", sendgridCallers, []string{"sendgrid-go", "centrala"}},
	{"GraphQL", graphqlCallers, []string{"net/http", "genqlient", "hasura/go-graphql-client", "centrala"}},
}

// BenchmarkTyped compares typed calls with the vendors' own clients, without a
// network.
func BenchmarkTyped(b *testing.B) {
	for _, tc := range typed {
		all := tc.make(b)
		for _, name := range tc.order {
			b.Run(tc.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := all[name](context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkLimiter is an uncontended permit, taken and settled.
func BenchmarkLimiter(b *testing.B) {
	for name, l := range map[string]transport.Limiter{
		"Window": transport.NewWindow(1<<40, 1), "Bucket": transport.NewBucket(1e12, 1<<30), "Concurrency": transport.NewConcurrency(1),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			for b.Loop() {
				p, err := l.Acquire(ctx, 1)
				if err != nil {
					b.Fatal(err)
				}
				l.Settle(p, transport.Feedback{Sent: true})
			}
		})
	}
}
