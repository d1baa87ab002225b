//go:build linux && (amd64 || arm64)

package store_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// interceptor lets a test decide about each system call that changes a file in a directory:
// the kernel stops the calling thread and asks (seccomp's user notification, Linux 5.19). It
// lasts until the process ends, so it is for processes that a test starts. bbolt calls the
// system directly, and only here can its calls be made to fail one by one.
type interceptor struct {
	dir    string
	listen int
	mem    *os.File

	mu     sync.Mutex
	decide func(call) answer // nil lets everything pass
}

// call is a system call that was stopped.
type call struct {
	kind   callKind
	path   string
	offset int64 // of a write; the size of a truncation
	data   []byte
}

type callKind string

const (
	callWrite    callKind = "write"
	callTruncate callKind = "truncate"
	callSync     callKind = "sync"
)

// answer is the decision about a call. The zero answer lets it pass.
type answer struct {
	errno syscall.Errno // fails with this
	short int           // a write writes this many bytes only
}

// intercept starts to ask about calls on the files of a directory.
func intercept(dir string) (*interceptor, error) {
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	i := &interceptor{dir: dir, mem: mem}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := i.install()
		started <- err
		if err == nil {
			i.serve()
		}
	}()
	return i, <-started
}

// on sets the function that decides from now on.
func (i *interceptor) on(decide func(call) answer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.decide = decide
}

// settle waits for a decision under way, so that what it recorded can be read.
func (i *interceptor) settle() {
	i.mu.Lock()
	defer i.mu.Unlock()
}

const (
	prSetNoNewPrivs = 38

	seccompSetModeFilter    = 1
	seccompFlagTsync        = 1 << 0
	seccompFlagNewListener  = 1 << 3
	seccompFlagTsyncEsrch   = 1 << 4
	seccompFlagWaitKillable = 1 << 5
	seccompReturnAllow      = 0x7fff0000
	seccompReturnUserNotify = 0x7fc00000
	seccompReceive          = 0xc0502100 // ioctl
	seccompSend             = 0xc0182101 // ioctl
	seccompContinue         = 1
)

var (
	sysSeccomp = map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH]
	auditArch  = map[string]uint32{"amd64": 0xC000003E, "arm64": 0xC00000B7}[runtime.GOARCH]
)

// install filters the calls of all threads of the process. A call that waits for its
// answer is not interrupted by signals, such as those that preempt goroutines: it would be
// made again, and there would be two decisions about one call.
func (i *interceptor) install() error {
	const load, jumpEqual, ret = 0x20, 0x15, 0x06
	calls := []uint32{syscall.SYS_PWRITE64, syscall.SYS_FDATASYNC, syscall.SYS_FSYNC, syscall.SYS_FTRUNCATE}
	filter := []syscall.SockFilter{
		{Code: load, K: 4}, // the architecture
		{Code: jumpEqual, Jt: 1, K: auditArch},
		{Code: ret, K: seccompReturnAllow},
		{Code: load, K: 0}, // the number of the call
	}
	for n, nr := range calls {
		filter = append(filter, syscall.SockFilter{Code: jumpEqual, Jt: uint8(len(calls) - n), K: nr})
	}
	filter = append(filter,
		syscall.SockFilter{Code: ret, K: seccompReturnAllow},
		syscall.SockFilter{Code: ret, K: seccompReturnUserNotify})
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0); errno != 0 {
		return fmt.Errorf("prctl: %w", errno)
	}
	fd, _, errno := syscall.Syscall(sysSeccomp, seccompSetModeFilter,
		seccompFlagTsync|seccompFlagTsyncEsrch|seccompFlagNewListener|seccompFlagWaitKillable, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("this test needs Linux 5.19 and the right to filter its own system calls: seccomp: %w", errno)
	}
	i.listen = int(fd)
	return nil
}

type notification struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

func (i *interceptor) serve() {
	for {
		var n notification
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(i.listen), seccompReceive, uintptr(unsafe.Pointer(&n))); errno != 0 {
			continue // interrupted, or the call was
		}
		r := i.answer(n)
		r.id = n.id
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(i.listen), seccompSend, uintptr(unsafe.Pointer(&r))); errno != 0 {
			panic(fmt.Errorf("a call was not told what becomes of it: %w", errno))
		}
	}
}

func (i *interceptor) answer(n notification) response {
	pass := response{flags: seccompContinue}
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", n.args[0]))
	if err != nil || !strings.HasPrefix(path, i.dir) {
		return pass
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.decide == nil {
		return pass
	}
	c := call{path: path}
	switch n.nr {
	case syscall.SYS_PWRITE64:
		c.kind, c.offset, c.data = callWrite, int64(n.args[3]), make([]byte, n.args[2])
		if _, err := i.mem.ReadAt(c.data, int64(n.args[1])); err != nil {
			panic(err)
		}
	case syscall.SYS_FTRUNCATE:
		c.kind, c.offset = callTruncate, int64(n.args[1])
	default:
		c.kind = callSync
	}
	a := i.decide(c)
	switch {
	case a.errno != 0:
		return response{errno: -int32(a.errno)}
	case a.short > 0:
		if err := writePart(c, a.short); err != nil {
			panic(err)
		}
		return response{value: int64(a.short)}
	}
	return pass
}

// writePart writes the first bytes of a write, with calls that are not intercepted.
func writePart(c call, n int) (err error) {
	f, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Seek(c.offset, 0); err != nil {
		return err
	}
	_, err = f.Write(c.data[:n])
	return err
}

// headerWrite reports whether a call writes a header page.
func (c call) headerWrite() bool { return c.kind == callWrite && c.offset < 2*pageSize }
