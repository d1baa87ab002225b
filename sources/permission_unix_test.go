//go:build unix

package sources_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/sources"
)

// permissionRootEnv names the directory of the stores for a process of another user to
// read.
const permissionRootEnv = "SESSIONDEX_PERMISSION_ROOT"

// None of its sessions is forgotten, and a file without permission hides no other.
// Permissions do not bind the superuser, for whom the test starts a process of another
// user.
func TestADirectoryWithoutPermissionIsAnErrorAndNotEmpty(t *testing.T) {
	root := os.Getenv(permissionRootEnv)
	if root == "" {
		root = openDirectory(t)
		sample := os.DirFS("testdata/claude-code")
		require.NoError(t, os.CopyFS(filepath.Join(root, "closed"), sample))
		require.NoError(t, os.CopyFS(filepath.Join(root, "one"), sample))
		closed := filepath.Join(root, "closed", "projects", "-home-ada-harbour-map")
		require.NoError(t, os.Chmod(closed, 0))
		defer func() { require.NoError(t, os.Chmod(closed, 0o700)) }()
		require.NoError(t, os.Chmod(filepath.Join(root, "one", tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl"), 0))
		if os.Geteuid() == 0 {
			asNobody(t, root)
			return
		}
	}
	e := newEngine(t)
	o := atClock()
	o.Forget = true
	closed := sources.Source{App: sources.ClaudeCode, Root: filepath.Join(root, "closed")}
	_, err := sources.Sync(context.Background(), e, closed, o)
	require.ErrorIs(t, err, fs.ErrPermission)
	require.ErrorContains(t, err, "-home-ada-harbour-map")
	require.Zero(t, e.Len())

	whole, _ := readAll(t, sources.Source{App: sources.ClaudeCode, Root: "testdata/claude-code"}, o)
	r := syncNow(t, e, sources.Source{App: sources.ClaudeCode, Root: filepath.Join(root, "one")}, o)
	require.Len(t, r.Faults, 1)
	require.Contains(t, r.Faults[0].Path, "77b0a9c4")
	require.Contains(t, r.Faults[0].Reason, "permission denied")
	require.Equal(t, len(whole)-1, e.Len())
}

// openDirectory makes a directory that every user can use, unlike t.TempDir.
func openDirectory(t *testing.T) string {
	dir, err := os.MkdirTemp("", "sources")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o777))
	return dir
}

// asNobody runs the calling test again in a process of the user nobody.
func asNobody(t *testing.T, root string) {
	dir := openDirectory(t)
	require.NoError(t, os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("testdata")))
	binary := filepath.Join(dir, "sources.test")
	b, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(binary, b, 0o755))
	cmd := exec.Command(binary, "-test.run=^"+t.Name()+"$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), permissionRootEnv+"="+root, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS")
}
