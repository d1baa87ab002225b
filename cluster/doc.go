// Package cluster makes one list of many instances: they share a stream of NATS JetStream.
package cluster
