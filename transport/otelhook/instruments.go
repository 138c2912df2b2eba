package otelhook

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// instruments are the metrics of a hook.
type instruments struct {
	duration, callDuration, retryWait, limiterWait metric.Float64Histogram
	callAttempts                                   metric.Int64Histogram
}

// seconds are the buckets that the HTTP conventions advise.
var seconds = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60)

func newInstruments(m metric.Meter) (instruments, error) {
	var in instruments
	var failed error
	histogram := func(name, description string) metric.Float64Histogram {
		h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), seconds)
		failed = errors.Join(failed, err)
		return h
	}
	in.duration = histogram("http.client.request.duration", "Attempts until their answer's header.")
	in.callDuration = histogram("transport.call.duration", "Calls with all their attempts and waits.")
	in.retryWait = histogram("transport.retry.wait", "Waits before retries.")
	in.limiterWait = histogram("transport.limiter.wait", "Time spent in limiter queues.")
	attempts, err := m.Int64Histogram("transport.call.attempts", metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts per call."), metric.WithExplicitBucketBoundaries(0, 1, 2, 3, 4, 5, 10))
	in.callAttempts = attempts
	return in, errors.Join(failed, err)
}
