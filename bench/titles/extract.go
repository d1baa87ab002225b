package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
)

// glosses adds the definitions and examples of WordNet's data files, which are in a
// gzipped tar archive.
func glosses(archive string, add func(string)) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !strings.HasPrefix(path.Base(h.Name), "data.") {
			continue
		}
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			gloss(lines.Text(), add)
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// gloss adds what a line of a data file explains: after a bar a definition, and
// examples in quotation marks. The lines of the licence at the beginning have no bar.
func gloss(line string, add func(string)) {
	_, text, found := strings.Cut(line, " | ")
	if !found || strings.HasPrefix(line, "  ") {
		return
	}
	definition, examples, _ := strings.Cut(text, `; "`)
	add(definition)
	for i, part := range strings.Split(examples, `"`) {
		if i%2 == 0 {
			add(part)
		}
	}
}

var (
	bullet = regexp.MustCompile(`(?m)^[-*] (.+(?:\n  \S.*)*)`)
	// Links to pull requests and issues, which would be in every title.
	reference = regexp.MustCompile("\\s*\\(?(?:https?://\\S+|`#?\\d+ <[^>]*>`_+|#\\d+)[),.]*")
)

// changes adds the entries of all change logs in a wheel.
func changes(archive string, add func(string)) error {
	return eachFile(archive, func(name string) bool {
		base := strings.ToLower(path.Base(name))
		return base == "changelog.rst" || base == "changelog.md"
	}, func(_ string, text []byte) error {
		for _, entry := range bullet.FindAllSubmatch(text, -1) {
			add(reference.ReplaceAllString(string(entry[1]), ""))
		}
		return nil
	})
}

// messages adds the English texts that the catalogues of a wheel translate. Those
// without a blank may be identifiers.
func messages(archive string, add func(string)) error {
	return eachMessage(archive, func(_, english, _ string) {
		if strings.Contains(english, " ") {
			add(english)
		}
	})
}

// translations adds the texts of all catalogues of a wheel but the English ones.
func translations(archive string, add func(string)) error {
	return eachMessage(archive, func(language, english, translation string) {
		if translation != english && !strings.HasPrefix(language, "en") {
			add(translation)
		}
	})
}

// eachMessage calls use for each message of each catalogue, which are at
// …/LANGUAGE/LC_MESSAGES/….mo.
func eachMessage(archive string, use func(language, english, translation string)) error {
	return eachFile(archive, func(name string) bool { return strings.HasSuffix(name, ".mo") }, func(name string, catalogue []byte) error {
		language := path.Base(path.Dir(path.Dir(name)))
		return readCatalogue(catalogue, func(english, translation string) { use(language, english, translation) })
	})
}

// eachFile calls use for the files of a wheel, which is a zip archive, whose names are ok.
func eachFile(archive string, ok func(name string) bool, use func(name string, text []byte) error) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if !ok(f.Name) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err == nil {
			err = use(f.Name, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}
