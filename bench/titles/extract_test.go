package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wheel writes a zip archive of files and returns its name.
func wheel(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	path := filepath.Join(t.TempDir(), "package.whl")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// catalogue compiles messages and their translations as gettext does.
func catalogue(order binary.AppendByteOrder, pairs ...string) string {
	const header = 20
	n := uint32(len(pairs) / 2)
	out := order.AppendUint32(nil, 0x950412de)
	for _, v := range []uint32{0, n, header, header + 8*n} {
		out = order.AppendUint32(out, v)
	}
	at := uint32(header + 16*n)
	var texts []byte
	for side := range 2 {
		for i := side; i < len(pairs); i += 2 {
			out = order.AppendUint32(order.AppendUint32(out, uint32(len(pairs[i]))), at+uint32(len(texts)))
			texts = append(texts, pairs[i]...)
		}
	}
	return string(append(out, texts...))
}

// taken returns the titles that an extractor finds in an archive.
func taken(t *testing.T, extract func(string, func(string)) error, archive string) []string {
	t.Helper()
	c := newCollector()
	require.NoError(t, extract(archive, c.add))
	return strings.Split(strings.TrimSuffix(c.text(), "\n"), "\n")
}

func TestDefinitionsAndExamplesAreTitles(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range map[string]string{
		"package/dict/data.noun": "  1 a licence | of words\n" +
			`00001 03 n 01 dog 0 001 @ 2 n 0 | a member of the genus Canis; "the dog barked all night"; "dogs are loyal"  ` + "\n",
		"package/dict/index.noun": "dog | not a definition of it\n",
	} {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600}))
		_, err := w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	path := filepath.Join(t.TempDir(), "package.tgz")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	require.ElementsMatch(t, []string{"a member of the genus Canis", "the dog barked all night", "dogs are loyal"}, taken(t, glosses, path))
}

func TestEntriesOfChangeLogsAreTitlesWithoutTheirLinks(t *testing.T) {
	path := wheel(t, map[string]string{
		"a/CHANGELOG.rst": "v1\n==\n- ec2_vol - fix the\n  size of volumes (https://example.org/pull/1).\n* another - `#12 <https://example.org/12>`_\n",
		"a/README.md":     "- no entry of a change log\n",
	})
	require.ElementsMatch(t, []string{"ec2_vol - fix the size of volumes", "another -"}, taken(t, changes, path))
}

func TestMessagesAndTheirTranslationsAreSeparateTitles(t *testing.T) {
	pairs := []string{"", "Language: de\n", "Save the file", "Datei speichern", "menu\x04Open the file", "Datei öffnen", "%d old file\x00%d old files", "%d alte Datei\x00%d alte Dateien", "label_identifier", "Bezeichnung"}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		path := wheel(t, map[string]string{
			"p/de/LC_MESSAGES/p.mo":    catalogue(order, pairs...),
			"p/en_GB/LC_MESSAGES/p.mo": catalogue(order, "Choose a color", "Choose a colour"),
		})
		require.ElementsMatch(t, []string{"Save the file", "Open the file", "%d old file", "Choose a color"}, taken(t, messages, path))
		require.ElementsMatch(t, []string{"Datei speichern", "Datei öffnen", "%d alte Datei", "Bezeichnung"}, taken(t, translations, path))
	}
}

func TestADamagedCatalogueIsAnError(t *testing.T) {
	whole := catalogue(binary.LittleEndian, "Save the file", "Datei speichern")
	for n := range len(whole) {
		require.ErrorIs(t, readCatalogue([]byte(whole[:n]), func(_, _ string) {}), errCatalogue, "the first %d bytes", n)
	}
}
