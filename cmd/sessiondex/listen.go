package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync/atomic"
)

// listen returns a listener on host:port, or for unix:/path on a socket that only its
// owner and group may use. A socket that a server left behind is replaced, one that is
// in use is not.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var c net.ListenConfig
	path, ok := strings.CutPrefix(addr, "unix:")
	if !ok {
		return c.Listen(ctx, "tcp", addr)
	}
	l, err := c.Listen(ctx, "unix", path)
	if err != nil && isAbandoned(ctx, path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = c.Listen(ctx, "unix", path)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// isAbandoned reports whether there is a socket that nobody listens on.
func isAbandoned(ctx context.Context, path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
	}
	return err != nil
}

// certificate is a TLS certificate in two files, which may be read again while it is
// in use.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("tls-cert, tls-key: %w", err)
	}
	c.current.Store(&pair)
	return nil
}

// wrap returns a listener that speaks TLS, with HTTP/2 where the client does.
func (c *certificate) wrap(l net.Listener) net.Listener {
	return tls.NewListener(l, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	})
}
