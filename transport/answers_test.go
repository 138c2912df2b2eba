package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
)

const orders = "https://api.acme.test/orders"

// acme returns a client whose vendor gives canned answers.
func acme(t *testing.T, mock *httpmock.MockTransport, opts ...transport.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		append([]transport.Option{transport.WithTransport(mock), transport.WithMaxAttempts(1)}, opts...)...)
	require.NoError(t, err)
	return c
}

// What each status means for an effect that is not protected.
func TestJudgeStatus_OnOneAttempt(t *testing.T) {
	t.Parallel()
	const rejected, unknown = transport.Rejected, transport.Unknown
	hint := http.Header{"Retry-After": {"7"}}
	for _, tc := range []struct {
		status    int
		header    http.Header
		kind      error
		outcome   transport.Outcome
		temporary bool
	}{
		{301, nil, transport.ErrInvalid, rejected, false},
		{400, nil, transport.ErrInvalid, rejected, false},
		{401, nil, transport.ErrAuth, rejected, false},
		{402, nil, transport.ErrQuota, rejected, false},
		{403, nil, transport.ErrAuth, rejected, false},
		{404, nil, transport.ErrNotFound, rejected, false},
		{407, nil, transport.ErrAuth, rejected, false},
		{408, nil, transport.ErrUnavailable, unknown, false},
		{409, nil, transport.ErrConflict, rejected, false},
		{410, nil, transport.ErrNotFound, rejected, false},
		{413, nil, transport.ErrTooLarge, rejected, false},
		{422, nil, transport.ErrInvalid, rejected, false},
		{423, nil, transport.ErrConflict, rejected, false},
		{429, nil, transport.ErrRateLimited, rejected, true},
		{429, hint, transport.ErrRateLimited, rejected, true},
		{500, nil, transport.ErrUnavailable, unknown, false},
		{501, nil, transport.ErrUnavailable, unknown, false},
		{502, hint, transport.ErrUnavailable, unknown, false},
		{503, nil, transport.ErrUnavailable, unknown, false},
		{503, hint, transport.ErrUnavailable, rejected, true},
		{504, nil, transport.ErrUnavailable, unknown, false},
	} {
		t.Run(fmt.Sprint(tc.status, tc.header), func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			answer := httpmock.NewStringResponse(tc.status, `{"error":"no"}`)
			answer.Header = tc.header
			mock.RegisterResponder(http.MethodPost, orders, httpmock.ResponderFromResponse(answer))
			_, err := acme(t, mock).Do(t.Context(), &transport.Op{Name: "acme.order"}, transport.Request{Path: "/orders", Body: []byte("{}")})
			var te *transport.Error
			require.ErrorAs(t, err, &te)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.outcome, te.Outcome)
			require.Equal(t, tc.temporary, te.Temporary)
			require.Equal(t, tc.status, te.Status)
			require.JSONEq(t, `{"error":"no"}`, string(te.Body))
			require.Equal(t, tc.header != nil, te.RetryAfter == 7*time.Second)
			require.Equal(t, 1, mock.GetTotalCallCount())
		})
	}
}

// An error that no network gives proves nothing.
func TestClient_Do_ForeignTransportFails(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, orders, httpmock.NewErrorResponder(errors.New("the cable is cut")))
	c := acme(t, mock, transport.WithMaxAttempts(3), transport.WithBackoff(0, 0))
	_, err := c.Do(t.Context(), &transport.Op{Name: "acme.order"}, transport.Request{Path: "/orders", Body: []byte("{}")})
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "the cable is cut")
	require.Equal(t, 1, mock.GetTotalCallCount())
	_, err = c.Do(t.Context(), &transport.Op{Name: "acme.list", Safety: transport.Read}, transport.Request{Path: "/unmocked"})
	require.ErrorContains(t, err, "no responder found")
}

// A mock per client stands in for a vendor; nothing global is replaced, so
// that tests may run side by side.
func ExampleWithTransport_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, orders,
		httpmock.NewStringResponder(http.StatusTooManyRequests, "").
			Then(httpmock.NewStringResponder(http.StatusCreated, `{"id":"o1"}`)))
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(mock), transport.WithBackoff(0, 0)))

	resp, err := c.Do(context.Background(), &transport.Op{Name: "acme.order"}, transport.Request{Path: "/orders", Body: []byte("{}")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, string(resp.Body), "after", mock.GetCallCountInfo()["POST "+orders], "requests")
	// Output: 201 {"id":"o1"} after 2 requests
}
