//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reload asks for a reload and waits until the log has its outcome.
func (s *serving) reload(t *testing.T, want string) {
	t.Helper()
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	for line := range s.lines {
		if strings.Contains(line, want) {
			return
		}
	}
	require.Fail(t, "no such line", want)
}

// certify writes a certificate for 127.0.0.1 and returns it.
func certify(t *testing.T, dir string, serial int64) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile = write(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	keyFile = write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(read(t, certFile)))
	return certFile, keyFile, pool
}

func tlsClient(pool *x509.CertPool) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
}

// A faulty certificate or key file changes nothing.
func TestServeReloadsCertificateAndKeysAtSIGHUP(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, pool := certify(t, dir, 1)
	keys := write(t, filepath.Join(dir, "keys"), "old-key\n")
	s := startServe(t, "--data", sample, "--api-key-file", keys, "--tls-cert", certFile, "--tls-key", keyFile)
	url := strings.Replace(s.url, "http:", "https:", 1)
	serial := func(pool *x509.CertPool) (int64, string) {
		client := tlsClient(pool)
		defer client.CloseIdleConnections()
		res, err := client.Get(url + "/healthz")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.TLS.PeerCertificates[0].SerialNumber.Int64(), res.Proto
	}
	number, proto := serial(pool)
	assert.Equal(t, int64(1), number)
	assert.Equal(t, "HTTP/2.0", proto)
	client := tlsClient(pool)
	status, _ := send(t, client, http.MethodGet, url+"/api/v0/sessions", "X-API-KEY", "old-key")
	assert.Equal(t, http.StatusOK, status)

	write(t, keys, "new-key nonsense=1\n")
	s.reload(t, "reload failed, nothing is changed")
	status, _ = send(t, client, http.MethodGet, url+"/api/v0/sessions", "X-API-KEY", "old-key")
	assert.Equal(t, http.StatusOK, status)
	write(t, keys, "new-key\n")
	_, _, second := certify(t, dir, 2)
	s.reload(t, `"msg":"reloaded"`)
	status, _ = send(t, client, http.MethodGet, url+"/api/v0/sessions", "X-API-KEY", "old-key")
	assert.Equal(t, http.StatusUnauthorized, status)
	client.CloseIdleConnections()
	number, _ = serial(second)
	assert.Equal(t, int64(2), number)
	client = tlsClient(second)
	defer client.CloseIdleConnections()
	status, _ = send(t, client, http.MethodGet, url+"/api/v0/sessions", "X-API-KEY", "new-key")
	assert.Equal(t, http.StatusOK, status)
	s.end()
	assert.Equal(t, 0, s.wait(t))

	for _, args := range [][]string{{"--tls-cert", certFile}, {"--tls-key", keyFile}, {"--tls-cert", keyFile, "--tls-key", keyFile}} {
		status, _, errs := cli(t, "", append([]string{"serve", "--data", sample, "--api-key", "k"}, args...)...)
		assert.Equal(t, 2, status)
		assert.Contains(t, errs, "tls-cert, tls-key: ")
	}
}
