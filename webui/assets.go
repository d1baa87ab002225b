package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed page
var files embed.FS

// asset is a file of the page, as it is sent.
type asset struct {
	body, zipped []byte
	mime         string
}

// assets are the page's files by path, and a hash of them all, which is part of their
// addresses: a browser may keep what it has for ever.
type assets struct {
	files map[string]asset
	hash  string
}

func loadAssets() (*assets, error) {
	a := &assets{files: make(map[string]asset)}
	sum := sha256.New()
	err := fs.WalkDir(files, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".html" {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, "page/")
		if path.Ext(rel) == ".js" && !strings.HasPrefix(rel, "vendor/") {
			body = withoutComments(body)
		}
		_, _ = sum.Write([]byte(rel + "\x00"))
		_, _ = sum.Write(body)
		var zipped bytes.Buffer
		z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err = z.Write(body); err == nil {
			err = z.Close()
		}
		a.files[rel] = asset{body: body, zipped: zipped.Bytes(), mime: typeOf(rel)}
		return err
	})
	a.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	return a, err
}

// modules are the scripts, which a browser would otherwise find one import after another.
func (a *assets) modules() []string {
	var names []string
	for name := range a.files {
		if path.Ext(name) == ".js" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// withoutComments returns a script without the comments that have lines of their own, and
// without indentation: a quarter of what would be sent. The lines that are left keep their
// numbers, so that a browser's console names the place in the source.
func withoutComments(script []byte) []byte {
	var out bytes.Buffer
	inside := false
	for line := range bytes.Lines(script) {
		text := bytes.TrimSpace(line)
		opens := !inside && bytes.HasPrefix(text, []byte("/*")) && !bytes.Contains(text[:len(text)-min(2, len(text))], []byte("*/"))
		switch {
		case inside || opens:
			inside = !bytes.HasSuffix(text, []byte("*/"))
		case !bytes.HasPrefix(text, []byte("//")):
			out.Write(text)
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// typeOf does not ask the system, which may know another type for .js.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case "":
		return "text/plain; charset=utf-8" // a licence
	}
	return mime.TypeByExtension(path.Ext(name))
}

// serve answers assets/<hash>/<file>. Another hash is of another version of the page,
// whose files are not here.
func (a *assets) serve(w http.ResponseWriter, r *http.Request, rest string) {
	hash, name, _ := strings.Cut(rest, "/")
	f, ok := a.files[name]
	if hash != a.hash || !ok {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.body
	if acceptsGzip(r.Header.Get("Accept-Encoding")) && len(f.zipped) < len(f.body) {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reads what browsers send. A client that writes it in another way gets the
// file as it is.
func acceptsGzip(accept string) bool {
	for coding := range strings.SplitSeq(accept, ",") {
		if name, q, _ := strings.Cut(strings.TrimSpace(coding), ";"); name == "gzip" {
			return strings.TrimSpace(q) != "q=0"
		}
	}
	return false
}
