// Command vendorjs fetches the JavaScript packages that vendor.json pins from the npm
// registry and writes the files that the page needs of them. A tarball whose hash is not
// the pinned one, and a file that differs from its own, are refused.
//
//	go run ./webui/internal/vendorjs
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type pins struct {
	Packages []struct {
		Name, Version, Licence, Integrity string
		Files                             map[string]string
	} `json:"packages"`
}

func main() {
	if err := run("webui"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "vendor.json"))
	if err != nil {
		return err
	}
	var p pins
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	registry := os.Getenv("npm_config_registry")
	if registry == "" {
		registry = "https://registry.npmjs.org"
	}
	for _, pkg := range p.Packages {
		url := fmt.Sprintf("%s/%s/-/%s-%s.tgz", strings.TrimSuffix(registry, "/"), pkg.Name, filepath.Base(pkg.Name), pkg.Version)
		tarball, err := fetch(url)
		if err != nil {
			return err
		}
		sum := sha512.Sum512(tarball)
		if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != pkg.Integrity {
			return fmt.Errorf("%s: integrity is %s, pinned %s", url, got, pkg.Integrity)
		}
		if err := extract(tarball, pkg.Files, filepath.Join(dir, "page", "vendor", pkg.Name)); err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
	}
	return nil
}

func fetch(url string) ([]byte, error) {
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 64<<20))
}

// extract writes the files that are wanted of a tarball, whose paths begin with "package/".
func extract(tarball []byte, want map[string]string, dir string) error {
	z, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return err
	}
	found := 0
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(h.Name, "package/")
		pinned, ok := want[name]
		if !ok {
			continue
		}
		body, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		if got := hex.EncodeToString(sum[:]); got != pinned {
			return fmt.Errorf("%s: sha256 is %s, pinned %s", name, got, pinned)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
			return err
		}
		found++
	}
	if found != len(want) {
		return fmt.Errorf("%d of %d files found", found, len(want))
	}
	return nil
}
