// Package oteltest shows how an engine is observed with OpenTelemetry. It is a module
// of its own, so that nobody who imports the library depends on OpenTelemetry.
package oteltest
