// Package otelhook reports what a transport client does to OpenTelemetry: a
// span per call with a client span per attempt under it, and metrics. It
// injects the trace context into each attempt's header and never wraps a body,
// which would cost net/http a packet per request.
//
// The spans follow the HTTP semantic conventions, with url.full cut before the
// query and freed of secrets. The metrics are
//
//   - http.client.request.duration: attempts until their answer's header, s
//   - transport.call.duration, transport.call.attempts: by operation and outcome
//   - transport.retry.wait: waits before retries, s
//   - transport.limiter.wait: time spent in limiter queues, s
package otelhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/centrala-go/centrala/transport"
)

// scope names the instrumentation.
const scope = "github.com/centrala-go/centrala/transport/otelhook"

// Config says where telemetry goes; nil fields mean the global providers.
type Config struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Propagator writes the trace context into requests.
	Propagator propagation.TextMapPropagator
}

// New returns the option that makes clients report. It fails when the meter
// refuses an instrument.
func New(cfg Config) (transport.Option, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	if cfg.Propagator == nil {
		cfg.Propagator = otel.GetTextMapPropagator()
	}
	meters, err := newInstruments(cfg.MeterProvider.Meter(scope))
	if err != nil {
		return nil, fmt.Errorf("otelhook: %w", err)
	}
	h := &hook{tracer: cfg.TracerProvider.Tracer(scope), propagator: cfg.Propagator, instruments: meters}
	return transport.Options(transport.WithObserver(h), transport.WithMiddleware(h.middleware)), nil
}

type hook struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	instruments
}

// started is what a call's context carries besides its span.
type started struct{}

// Begin starts the span of a call.
func (h *hook) Begin(ctx context.Context, info transport.CallInfo) context.Context {
	ctx, _ = h.tracer.Start(ctx, info.Op, trace.WithAttributes(
		attribute.String("transport.op", info.Op),
		attribute.String("transport.safety", info.Safety.String())))
	return context.WithValue(ctx, started{}, time.Now())
}

// Observe writes events to the call's span and ends it.
func (h *hook) Observe(ctx context.Context, e transport.Event) {
	span := trace.SpanFromContext(ctx)
	op := metric.WithAttributes(attribute.String("transport.op", e.Op))
	switch e.Kind {
	case transport.EventRetry:
		h.retryWait.Record(ctx, e.Duration.Seconds(), op)
		span.AddEvent("retry", trace.WithAttributes(
			attribute.Float64("transport.wait", e.Duration.Seconds()), attribute.Int("transport.attempt", e.Attempt)))
	case transport.EventLimited:
		h.limiterWait.Record(ctx, e.Duration.Seconds(), op)
		span.AddEvent("limited", trace.WithAttributes(attribute.Float64("transport.wait", e.Duration.Seconds())))
	case transport.EventLookUp:
		span.AddEvent("look-up")
	case transport.EventCircuit:
		span.AddEvent("circuit", trace.WithAttributes(attribute.String("transport.circuit", e.Circuit.String())))
	case transport.EventDone, transport.EventFailed:
		h.end(ctx, span, e)
	case transport.EventAttempt: // has a span of its own
	}
}

func (h *hook) end(ctx context.Context, span trace.Span, e transport.Event) {
	outcome := attribute.String("transport.outcome", e.Outcome.String())
	by := metric.WithAttributes(attribute.String("transport.op", e.Op), outcome, attribute.Bool("transport.failed", e.Kind == transport.EventFailed))
	h.callAttempts.Record(ctx, int64(e.Attempt), by)
	if begun, ok := ctx.Value(started{}).(time.Time); ok {
		h.callDuration.Record(ctx, time.Since(begun).Seconds(), by)
	}
	span.SetAttributes(outcome, attribute.Int("transport.attempts", e.Attempt))
	if e.RequestID != "" {
		span.SetAttributes(attribute.String("transport.request_id", e.RequestID))
	}
	if e.Kind == transport.EventFailed && e.Err != nil {
		span.SetStatus(codes.Error, e.Err.Error())
	}
	span.End()
}

// middleware makes the client span of an attempt.
func (h *hook) middleware(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		info, _ := transport.InfoFrom(req.Context())
		attrs := requestAttributes(req)
		name, _ := methodAttribute(req.Method)
		ctx, span := h.tracer.Start(req.Context(), name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...),
			trace.WithAttributes(attribute.String("url.full", info.URL), attribute.String("transport.op", info.Op)))
		defer span.End()
		if name != req.Method {
			span.SetAttributes(attribute.String("http.request.method_original", req.Method))
		}
		if info.Attempt > 1 {
			span.SetAttributes(attribute.Int("http.request.resend_count", info.Attempt-1))
		}
		h.propagator.Inject(ctx, propagation.HeaderCarrier(req.Header))
		start := time.Now()
		resp, err := next.RoundTrip(req.WithContext(ctx))
		result := resultAttributes(resp, err)
		span.SetAttributes(result...)
		if err != nil || resp.StatusCode >= http.StatusBadRequest {
			span.SetStatus(codes.Error, "")
		}
		h.duration.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(append(attrs, result...)...))
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func requestAttributes(req *http.Request) []attribute.KeyValue {
	port, err := strconv.Atoi(req.URL.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[req.URL.Scheme]
	}
	_, method := methodAttribute(req.Method)
	return []attribute.KeyValue{
		method,
		attribute.String("server.address", req.URL.Hostname()),
		attribute.Int("server.port", port),
	}
}

// methodAttribute returns the name of an attempt's span and its method: the
// conventions keep methods they do not know out of both, for there may be many.
func methodAttribute(method string) (spanName string, a attribute.KeyValue) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method, attribute.String("http.request.method", method)
	}
	return "HTTP", attribute.String("http.request.method", "_OTHER")
}

// resultAttributes tells how an attempt ended. The error's text stays out: the
// call's span has it without secrets.
func resultAttributes(resp *http.Response, err error) []attribute.KeyValue {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return []attribute.KeyValue{attribute.String("error.type", "timeout")}
	case errors.Is(err, context.Canceled):
		return []attribute.KeyValue{attribute.String("error.type", "canceled")}
	case err != nil:
		return []attribute.KeyValue{attribute.String("error.type", fmt.Sprintf("%T", err))}
	}
	attrs := []attribute.KeyValue{attribute.Int("http.response.status_code", resp.StatusCode)}
	switch {
	case resp.ProtoMajor > 1:
		attrs = append(attrs, attribute.String("network.protocol.version", strconv.Itoa(resp.ProtoMajor)))
	case resp.ProtoMajor == 1:
		attrs = append(attrs, attribute.String("network.protocol.version", "1."+strconv.Itoa(resp.ProtoMinor)))
	}
	if resp.StatusCode >= http.StatusBadRequest {
		attrs = append(attrs, attribute.String("error.type", strconv.Itoa(resp.StatusCode)))
	}
	return attrs
}
