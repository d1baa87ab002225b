// Package oteltest shows how an engine is observed with OpenTelemetry. It is a module
// of its own, so that importers of the library do not depend on OpenTelemetry.
package oteltest
