package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestCircuit_OpensAndHeals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(transporttest.Fault{Status: 500, Times: 4})
		circuit := transport.NewCircuit(3, time.Minute)
		var states []transport.CircuitState
		watch := transport.ObserverFunc(func(_ context.Context, ev transport.Event) {
			if ev.Kind == transport.EventCircuit {
				states = append(states, ev.Circuit)
			}
		})
		c := newClient(t, e, transport.WithCircuit(circuit), transport.WithMaxAttempts(1), transport.WithObserver(watch), transport.WithLimiters(transport.NewWindow(5, time.Hour)))
		do := func() error {
			_, err := c.Do(t.Context(), get, transport.Request{})
			return err
		}
		for range 3 {
			require.ErrorIs(t, do(), transport.ErrUnavailable)
		}
		require.Equal(t, transport.CircuitOpen, circuit.State())
		err := do()
		require.ErrorIs(t, err, transport.ErrUnavailable)
		require.ErrorIs(t, err, transport.ErrNotSent)
		var ce *transport.CircuitError
		require.ErrorAs(t, err, &ce)
		require.Equal(t, time.Minute, ce.Wait)
		require.Len(t, e.Requests(), 3, "an open circuit sends nothing and uses no permit")
		<-time.After(time.Minute)
		require.Equal(t, transport.CircuitHalfOpen, circuit.State())
		require.Error(t, do()) // the probe fails
		require.Equal(t, transport.CircuitOpen, circuit.State())
		<-time.After(time.Minute)
		require.NoError(t, do())
		require.Equal(t, transport.CircuitClosed, circuit.State())
		require.Equal(t, []transport.CircuitState{transport.CircuitOpen, transport.CircuitOpen, transport.CircuitClosed}, states)
	})
}

func TestCircuit_OneProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEffects()
		e.Inject(refused, transporttest.Fault{Stall: time.Second})
		c := newClient(t, e, transport.WithCircuit(transport.NewCircuit(1, time.Minute)), transport.WithMaxAttempts(1))
		_, err := c.Do(t.Context(), get, transport.Request{})
		require.ErrorIs(t, err, transport.ErrNotSent)
		<-time.After(time.Minute)
		var failed atomic.Int32
		var callers sync.WaitGroup
		for range 5 {
			callers.Go(func() {
				if _, err := c.Do(t.Context(), get, transport.Request{}); err != nil {
					failed.Add(1)
				}
			})
		}
		callers.Wait()
		require.EqualValues(t, 4, failed.Load())
		require.Len(t, e.Requests(), 1)
	})
}

func counting(answer func(n int32, w http.ResponseWriter)) (http.Handler, *atomic.Int32) {
	n := new(atomic.Int32)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i := n.Add(1)
		<-time.After(time.Second)
		answer(i, w)
	}), n
}

var boards = transport.CacheConfig{Ops: []string{get.Name}, TTL: time.Minute, Entries: 2, MaxBytes: 100}

func TestCache_KeepsAndForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, n := counting(func(i int32, w http.ResponseWriter) { fmt.Fprint(w, i) })
		c := handlerClient(t, h, transport.WithCache(boards))
		ask := func(path string) string {
			resp, err := c.Do(t.Context(), get, transport.Request{Path: path})
			require.NoError(t, err)
			text := string(resp.Body)
			clear(resp.Body) // what a caller does to its answer is its own affair
			return text
		}
		require.Equal(t, "1", ask("/a"))
		require.Equal(t, "1", ask("/a"))
		require.Equal(t, "2", ask("/b"))
		require.Equal(t, "1", ask("/a"))
		require.Equal(t, "3", ask("/c")) // pushes /b out
		require.Equal(t, "1", ask("/a"))
		require.Equal(t, "4", ask("/b"))
		<-time.After(time.Minute)
		require.Equal(t, "5", ask("/a"))
		_, err := c.Do(t.Context(), &transport.Op{Name: get.Name}, transport.Request{Path: "/a"}) // not a read
		require.NoError(t, err)
		require.EqualValues(t, 6, n.Load())
	})
}

func TestCache_SingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, n := counting(func(int32, http.ResponseWriter) {})
		c := handlerClient(t, h, transport.WithCache(boards))
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var callers sync.WaitGroup
		callers.Go(func() { // flies first and gives up
			_, err := c.Do(impatient, get, transport.Request{})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		for range 5 {
			callers.Go(func() {
				_, err := c.Do(t.Context(), get, transport.Request{})
				require.NoError(t, err)
			})
		}
		callers.Wait()
		require.EqualValues(t, 2, n.Load())
	})
}

func TestCache_NeverErrorsNorLargeBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, n := counting(func(i int32, w http.ResponseWriter) {
			if i == 1 {
				w.WriteHeader(http.StatusNotFound)
			}
			_, _ = w.Write(make([]byte, 101))
		})
		c := handlerClient(t, h, transport.WithCache(boards))
		_, err := c.Do(t.Context(), get, transport.Request{})
		require.ErrorIs(t, err, transport.ErrNotFound)
		for range 2 {
			_, err = c.Do(t.Context(), get, transport.Request{})
			require.NoError(t, err)
		}
		require.EqualValues(t, 3, n.Load())
	})
}

type tenantKey struct{}

func TestCache_NotAcrossCredentials(t *testing.T) {
	t.Parallel()
	fake := transporttest.NewVendor(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	c, err := transport.New(transport.Config{BaseURL: "https://vendor.test", Authorize: transport.AuthBearer(func(ctx context.Context) (string, error) {
		return ctx.Value(tenantKey{}).(string), nil
	})}, transport.WithTransport(fake.Transport()), transport.WithCache(boards))
	require.NoError(t, err)
	for _, tenant := range []string{"north", "south", "north"} {
		resp, err := c.Do(context.WithValue(t.Context(), tenantKey{}, tenant), get, transport.Request{})
		require.NoError(t, err)
		require.Equal(t, "Bearer "+tenant, string(resp.Body))
	}
	require.Len(t, fake.Requests(), 2)
}

func TestOptions_Refuse(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]transport.Option{
		"RoundTripper": transport.WithTransport(nil), "Middleware": transport.WithMiddleware(nil), "MaxAttempts": transport.WithMaxAttempts(0),
		"AttemptTimeout": transport.WithAttemptTimeout(-1), "Backoff": transport.WithBackoff(2, 1), "MaxWait": transport.WithMaxWait(-1),
		"MaxResponseBytes": transport.WithMaxResponseBytes(0), "Observer": transport.WithObserver(nil), "Config": transport.WithTLSConfig(nil),
		"Circuit": transport.WithCircuit(nil), "Ops": transport.WithCache(transport.CacheConfig{}), "TTL": transport.WithCache(transport.CacheConfig{Ops: []string{"x"}}),
	} {
		_, err := transport.NewHTTPClient(o)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
}

func ExampleNewCircuit() {
	fake := vendor()
	fake.Inject(transporttest.Fault{Refuse: true, Times: 2})
	circuit := transport.NewCircuit(2, time.Minute)
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"},
		transport.WithTransport(fake.Transport()), transport.WithCircuit(circuit), transport.WithMaxAttempts(1)))
	for range 3 {
		_, err := c.Do(context.Background(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{})
		fmt.Println(circuit.State(), transport.OutcomeOf(err))
	}
	// Output:
	// closed not-sent
	// open not-sent
	// open not-sent
}

func ExampleWithCache() {
	fake := vendor()
	c := must(transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, transport.WithTransport(fake.Transport()),
		transport.WithCache(transport.CacheConfig{Ops: []string{"acme.boards"}, TTL: time.Minute})))
	for range 3 {
		resp, err := c.Do(context.Background(), &transport.Op{Name: "acme.boards", Safety: transport.Read}, transport.Request{Path: "/boards"})
		fmt.Println(resp.Attempts, err)
	}
	fmt.Println("requests:", len(fake.Requests()))
	// Output:
	// 1 <nil>
	// 0 <nil>
	// 0 <nil>
	// requests: 1
}
