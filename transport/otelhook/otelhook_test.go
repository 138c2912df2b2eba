package otelhook_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/otelhook"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const secret = "s3cr3t-token-value"

type bench struct {
	fake   *transporttest.Vendor
	client *transport.Client
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
}

func setup(t *testing.T, opts ...transport.Option) *bench {
	t.Helper()
	b := &bench{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	b.fake = transporttest.NewVendor(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	hook, err := otelhook.New(otelhook.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(b.spans)),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.reader)),
		Propagator:     propagation.TraceContext{},
	})
	require.NoError(t, err)
	b.client, err = transport.New(transport.Config{
		Vendor: "acme", BaseURL: "https://api.acme.test:8443", Authorize: transport.AuthQuery("key", transport.StaticCredential(secret)),
	}, append([]transport.Option{transport.WithTransport(b.fake.Transport()), hook}, opts...)...)
	require.NoError(t, err)
	return b
}

func attributes(s tracetest.SpanStub) map[string]any {
	all := map[string]any{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

// histograms sums what was recorded, by metric and outcome.
func (b *bench) histograms(t *testing.T) (counts map[string]uint64, sums map[string]float64) {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, b.reader.Collect(context.Background(), &data))
	counts, sums = map[string]uint64{}, map[string]float64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch h := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range h.DataPoints {
					counts[m.Name+outcome(p.Attributes)] += p.Count
					sums[m.Name] += p.Sum
				}
			case metricdata.Histogram[int64]:
				for _, p := range h.DataPoints {
					counts[m.Name+outcome(p.Attributes)] += p.Count
					sums[m.Name] += float64(p.Sum)
				}
			}
		}
	}
	return counts, sums
}

func outcome(set attribute.Set) string {
	v, ok := set.Value("transport.outcome")
	if !ok {
		return ""
	}
	return " " + v.AsString()
}

func TestHook_SpanPerCallAndAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.fake.Inject(transporttest.Fault{Status: 503, Header: http.Header{"Retry-After": {"10"}}}, transporttest.Fault{Refuse: true})
		_, err := b.client.Do(t.Context(), &transport.Op{Name: "acme.create"}, transport.Request{Path: "/things?page=2", Body: []byte("{}")})
		require.NoError(t, err)

		spans := b.spans.GetSpans()
		require.Len(t, spans, 4)
		call := spans[3]
		require.Equal(t, "acme.create", call.Name)
		require.Equal(t, "done", attributes(call)["transport.outcome"])
		require.Equal(t, "at-most-once", attributes(call)["transport.safety"])
		require.EqualValues(t, 3, attributes(call)["transport.attempts"])
		require.Len(t, call.Events, 2)
		for i, s := range spans[:3] {
			require.Equal(t, "POST", s.Name)
			require.Equal(t, trace.SpanKindClient, s.SpanKind)
			require.Equal(t, call.SpanContext.SpanID(), s.Parent.SpanID())
			a := attributes(s)
			require.Equal(t, "https://api.acme.test:8443/things", a["url.full"])
			require.Equal(t, "api.acme.test", a["server.address"])
			require.EqualValues(t, 8443, a["server.port"])
			if i > 0 {
				require.EqualValues(t, i, a["http.request.resend_count"])
			}
		}
		require.EqualValues(t, 503, attributes(spans[0])["http.response.status_code"])
		require.Equal(t, "503", attributes(spans[0])["error.type"])
		require.Equal(t, "*net.OpError", attributes(spans[1])["error.type"])
		require.EqualValues(t, 200, attributes(spans[2])["http.response.status_code"])
		require.Equal(t, "1.1", attributes(spans[2])["network.protocol.version"])

		arrived := b.fake.Requests()
		require.Len(t, arrived, 2)
		for i, span := range []int{0, 2} {
			require.Contains(t, arrived[i].Header.Get("Traceparent"), spans[span].SpanContext.SpanID().String())
			require.Equal(t, "{}", string(arrived[i].Body))
		}

		counts, sums := b.histograms(t)
		require.EqualValues(t, 3, counts["http.client.request.duration"])
		require.EqualValues(t, 1, counts["transport.call.duration done"])
		require.EqualValues(t, 1, counts["transport.call.attempts done"])
		require.EqualValues(t, 2, counts["transport.retry.wait"])
		require.InDelta(t, 3, sums["transport.call.attempts"], 0)
		require.GreaterOrEqual(t, sums["transport.retry.wait"], 10.0)
		require.InDelta(t, sums["transport.retry.wait"], sums["transport.call.duration"], 1e-9)
	})
}

// An unusual method is not a span's name.
func TestHook_UnusualMethod(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.Do(t.Context(), &transport.Op{Name: "acme.purge"}, transport.Request{Method: "PURGE"})
	require.NoError(t, err)
	span := b.spans.GetSpans()[0]
	require.Equal(t, "HTTP", span.Name)
	require.Equal(t, "_OTHER", attributes(span)["http.request.method"])
	require.Equal(t, "PURGE", attributes(span)["http.request.method_original"])
}

// Each attempt carries the context of its own span, however many are under way.
func TestHook_TraceparentIsNotShared(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 20 {
				if _, err := b.client.Do(t.Context(), &transport.Op{Name: "acme.get", Safety: transport.Read}, transport.Request{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	seen := map[string]bool{}
	for _, r := range b.fake.Requests() {
		require.Len(t, r.Header["Traceparent"], 1)
		seen[r.Header.Get("Traceparent")] = true
	}
	require.Len(t, seen, 160)
}

func TestHook_FailureWithoutSecrets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.Inject(transporttest.Fault{Status: 400, Body: "bad key " + secret})
	_, err := b.client.Do(t.Context(), &transport.Op{Name: "acme.create"}, transport.Request{Path: "/" + secret})
	require.Error(t, err)
	spans := b.spans.GetSpans()
	require.Len(t, spans, 2)
	require.Equal(t, codes.Error, spans[1].Status.Code)
	require.Equal(t, codes.Error, spans[0].Status.Code)
	require.Equal(t, "rejected", attributes(spans[1])["transport.outcome"])
	require.NotContains(t, fmt.Sprintf("%+v", spans), secret)
}

func TestHook_LimiterLookUpCircuit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, transport.WithLimiters(transport.NewWindow(1, time.Minute)), transport.WithCircuit(transport.NewCircuit(1, time.Second)))
		b.fake.Inject(transporttest.Fault{Reset: true, After: true})
		op := &transport.Op{Name: "acme.create", Safety: transport.LookUp}
		for range 2 {
			_, err := b.client.Do(t.Context(), op, transport.Request{Body: []byte("{}"), LookUp: func(context.Context) (bool, error) { return true, nil }})
			require.NoError(t, err)
		}
		var names []string
		for _, s := range b.spans.GetSpans() {
			for _, e := range s.Events {
				names = append(names, e.Name)
			}
		}
		require.Equal(t, "circuit look-up limited circuit", strings.Join(names, " "))
		_, sums := b.histograms(t)
		require.InDelta(t, 60, sums["transport.limiter.wait"], 1e-9)
	})
}

func ExampleNew() {
	hook, err := otelhook.New(otelhook.Config{}) // the global providers
	if err != nil {
		fmt.Println(err)
		return
	}
	fake := transporttest.HandlerTransport(http.NotFoundHandler())
	_, err = transport.New(transport.Config{Vendor: "acme", BaseURL: "https://api.acme.test"}, transport.WithTransport(fake), hook)
	fmt.Println(err)
	// Output: <nil>
}
