package flow_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/examples/server/internal/flow"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/webhook"
)

// sender is an effect that sends one request through a client whose requests
// are announced; the vendor's answers are scripted.
type sender struct {
	settles bool
	answers []int

	client *transport.Client
	mu     sync.Mutex
	lines  []string // what happened, in order
	refuse int      // announcements that fail from now on
}

func newSender(t *testing.T, settles bool, answers ...int) *sender {
	t.Helper()
	s := &sender{settles: settles, answers: answers}
	var err error
	s.client, err = transport.New(transport.Config{Vendor: "test", BaseURL: "https://vendor.test"},
		transport.WithTransport(s), transport.WithMiddleware(flow.Announced), transport.WithBackoff(0, 0))
	require.NoError(t, err)
	return s
}

func (s *sender) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

func (s *sender) noted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

// RoundTrip is the vendor.
func (s *sender) RoundTrip(req *http.Request) (*http.Response, error) {
	s.note("sent")
	status := s.answers[0]
	s.answers = s.answers[1:]
	return &http.Response{
		StatusCode: status, Request: req, Header: http.Header{"Retry-After": {"0"}}, Body: io.NopCloser(strings.NewReader("")),
	}, nil
}

func (s *sender) Do(ctx context.Context, _ *flow.Flow, at flow.Attempt) (flow.Result, error) {
	if at.Unsettled {
		return flow.Result{}, flow.ErrCannotSettle
	}
	_, err := s.client.Do(ctx, &transport.Op{Name: "test.send"}, transport.Request{Path: "/send", Body: []byte("{}")})
	return flow.Result{}, err
}

func (s *sender) Settles() bool { return s.settles }

// listener is a store that tells the sender of announcements.
type listener struct {
	flow.Store
	sender *sender
}

func (l *listener) Announce(ctx context.Context, id, step string, attempt int) error {
	s := l.sender
	s.mu.Lock()
	refuse := s.refuse > 0
	s.refuse--
	s.mu.Unlock()
	if refuse {
		s.note("refused")
		return errors.New("the disk is full")
	}
	err := l.Store.Announce(ctx, id, step, attempt)
	s.note("announced")
	return err
}

// run runs the sender as the only step of a flow, to its end, and again for
// every further time that the flow is started.
func (s *sender) run(t *testing.T, open opener, times int) (step *flow.Step) {
	t.Helper()
	store, err := open(t, slog.New(slog.NewTextHandler(t.Output(), nil)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.WithoutCancel(t.Context()))) })
	b := &bundle{engine: flow.NewEngine(&listener{store, s}, webhook.DefaultLease, slog.New(slog.DiscardHandler), flow.Kind{
		Name: "test", Steps: []flow.StepKind{{Name: "mail", Vendor: "test", Effect: s}},
	})}
	require.NoError(t, b.engine.Run(t.Context()))
	for range times {
		f, err := b.engine.Start(t.Context(), "test", "k1", "in")
		require.NoError(t, err)
		step = b.await(t, f.ID, "mail").Step("mail")
	}
	return step
}

func TestAnnounced_EveryRequestBeforeItLeaves(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		s := newSender(t, false, http.StatusTooManyRequests, http.StatusOK)
		require.Equal(t, flow.Done, s.run(t, open, 1).State)
		require.Equal(t, []string{"announced", "sent", "announced", "sent"}, s.noted())
	})
}

func TestAnnounced_NotAnnouncedNotSent(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		const inOneCall = 4
		s := newSender(t, false, http.StatusOK)
		s.refuse = inOneCall
		step := s.run(t, open, 1)
		require.Equal(t, flow.Done, step.State, step.Error)
		require.Equal(t, 2, step.Attempts, "the first was known not to have been sent")
		require.Equal(t, []string{"refused", "refused", "refused", "refused", "announced", "sent"}, s.noted())
	})
}

func TestAnnounced_RefusedMayBeStartedAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		s := newSender(t, false, http.StatusUnprocessableEntity, http.StatusOK)
		step := s.run(t, open, 2)
		require.Equal(t, flow.Done, step.State, step.Error)
		require.Equal(t, []string{"announced", "sent", "announced", "sent"}, s.noted())
	})
}

func TestAnnounced_NotWhereTheEffectSettles(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, open opener) {
		s := newSender(t, true, http.StatusOK)
		require.Equal(t, flow.Done, s.run(t, open, 1).State)
		require.Equal(t, []string{"sent"}, s.noted())
	})
}
