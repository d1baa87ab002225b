package cluster

import (
	"crypto/sha256"
	"encoding/base64"
	"hash/fnv"
	"strconv"
	"strings"
)

// maxToken is how long a token may be that has the bytes themselves.
const maxToken = 200

// token returns what stands for an id or a workspace in a subject. Letters, digits, '-'
// and '_' are themselves; everything else is "=" and base64url, and if that would be too
// long, "==" and the base64url of the SHA-256. No plain token begins with '=' and no
// base64url has one, so that different strings have different tokens (hashes apart).
func token(s string) string {
	switch {
	case len(s) > maxToken:
		sum := sha256.Sum256([]byte(s))
		return "==" + base64.RawURLEncoding.EncodeToString(sum[:])
	case isPlain(s):
		return s
	}
	return "=" + base64.RawURLEncoding.EncodeToString([]byte(s))
}

// PartitionOf returns the partition of a workspace: the FNV-1a hash of its token, modulo
// their number. It is what a server's {{partition(n,1)}} makes of the token.
func PartitionOf(workspace string, count int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(token(workspace)))
	return int(h.Sum32() % uint32(count))
}

// subjects are those of a stream: "NAME.<partition>.<workspace>.<id>" of sessions and
// "NAME.sync.<node>" of the messages by which nodes find the stream's end.
type subjects struct {
	prefix string
	count  int
}

func (o *Options) subjects() subjects { return subjects{o.Stream, o.PartitionCount} }

// all matches every subject of the stream.
func (s subjects) all() string { return s.prefix + ".>" }

// session is the subject of a session.
func (s subjects) session(workspace, id string) string {
	return s.prefix + "." + strconv.Itoa(PartitionOf(workspace, s.count)) + "." + token(workspace) + "." + token(id)
}

// sync is the subject of a node.
func (s subjects) sync(node string) string { return s.prefix + ".sync." + node }

// address is what a subject says.
type address struct {
	node          string // of a sync message, else ""
	partition     int
	workspace, id string // tokens
}

// parse reads a subject; it reports whether it is one of this stream's form.
func (s subjects) parse(subject string) (a address, ok bool) {
	rest, ok := strings.CutPrefix(subject, s.prefix+".")
	if !ok {
		return address{}, false
	}
	first, rest, _ := strings.Cut(rest, ".")
	if first == "sync" {
		return address{node: rest}, rest != ""
	}
	p, err := strconv.Atoi(first)
	a.partition = p
	a.workspace, a.id, ok = strings.Cut(rest, ".")
	return a, ok && err == nil && p >= 0 && p < s.count && strconv.Itoa(p) == first && a.workspace != "" && a.id != "" && !strings.Contains(a.id, ".")
}
