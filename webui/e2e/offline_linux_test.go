package e2e

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// insideVariable has the path of the command, in the process of TestWithoutAnyNetwork that
// runs in a network namespace of its own.
const insideVariable = "SESSIONDEX_OFFLINE_CHILD"

// The command, as "go build" makes it, shows the page with no network but the loopback
// interface.
func TestWithoutAnyNetwork(t *testing.T) {
	if command := os.Getenv(insideVariable); command != "" {
		insideEmptyNetwork(t, command)
		return
	}
	if err := exec.Command("unshare", "-rn", "true").Run(); err != nil {
		t.Skip("this machine makes no network namespaces: ", err)
	}
	command := filepath.Join(t.TempDir(), "sessiondex")
	build := exec.Command("go", "build", "-o", command, "./cmd/sessiondex")
	build.Dir = "../.."
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	again := exec.Command("unshare", "-rn", os.Args[0], "-test.run=^TestWithoutAnyNetwork$", "-test.v")
	again.Env = append(os.Environ(), insideVariable+"="+command)
	out, err = again.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS: TestWithoutAnyNetwork")
}

func insideEmptyNetwork(t *testing.T, command string) {
	loopbackUp(t)
	_, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial("tcp", "192.0.2.1:80")
	require.ErrorIs(t, err, syscall.ENETUNREACH)
	serve := exec.Command(command, "serve", "--data", "../../testdata/sessions.jsonl", "--api-key", "demo", "--addr", "127.0.0.1:0")
	stderr, err := serve.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())
	defer func() {
		require.NoError(t, serve.Process.Signal(os.Interrupt))
		_ = serve.Wait() // it was interrupted, which is not a failure
	}()
	addr := ""
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if m := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); m != "" {
			addr = m
		}
		if strings.Contains(lines.Text(), "loaded") {
			break
		}
	}
	require.NotEmpty(t, addr)
	go func() {
		for lines.Scan() {
			continue // a full pipe would stop it
		}
	}()
	s := &site{t: t, url: "http://" + addr}
	b := s.open("?query=review#key=demo")
	b.total("93 sessions")
	b.settled()
}

// loopbackUp brings up the only interface that a new namespace has.
func loopbackUp(t *testing.T) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	require.NoError(t, err)
	defer unix.Close(socket)
	lo, err := unix.NewIfreq("lo")
	require.NoError(t, err)
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	require.NoError(t, unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, lo))
}
