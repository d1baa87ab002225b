package oteltest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// observer makes a span of each query and write.
func observer(tracer oteltrace.Tracer) *sessiondex.Observer {
	span := func(name string, took time.Duration, err error, attributes ...attribute.KeyValue) {
		end := time.Now()
		_, s := tracer.Start(context.Background(), name, oteltrace.WithTimestamp(end.Add(-took)), oteltrace.WithAttributes(attributes...))
		if err != nil {
			s.RecordError(err)
			s.SetStatus(codes.Error, err.Error())
		}
		s.End(oteltrace.WithTimestamp(end))
	}
	return &sessiondex.Observer{
		Query: func(d sessiondex.QueryDone) {
			span("sessions."+d.Op, d.Duration, d.Err,
				attribute.Int("sessions.rows", d.Rows), attribute.Int("sessions.total", d.Total), attribute.String("sessions.plan", string(d.Plan.Method)))
		},
		Write: func(d sessiondex.WriteDone) {
			span("sessions.Write", d.Duration, d.Err, attribute.Int("sessions.written", d.Sessions))
		},
	}
}

func TestQueriesAndWritesAreSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	engine, err := sessiondex.New(&sessiondex.Options{Observer: observer(provider.Tracer("sessiondex"))})
	require.NoError(t, err)
	defer engine.Close()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	require.NoError(t, engine.Put(t.Context(), sessiondex.Session{ID: "a", CreatedAt: at, UpdatedAt: at}))
	_, err = engine.List(t.Context(), query.Query{})
	require.NoError(t, err)
	_, err = engine.List(t.Context(), query.Query{Limit: -1})
	require.Error(t, err)

	ended := spans.Ended()
	require.Len(t, ended, 3)
	assert.Equal(t, "sessions.Write", ended[0].Name())
	assert.Contains(t, ended[0].Attributes(), attribute.Int("sessions.written", 1))
	assert.Equal(t, "sessions.List", ended[1].Name())
	assert.Contains(t, ended[1].Attributes(), attribute.Int("sessions.total", 1))
	assert.Equal(t, codes.Error, ended[2].Status().Code)
}
