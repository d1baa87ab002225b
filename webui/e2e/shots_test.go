package e2e

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// shot saves a picture of the page in the directory SESSIONDEX_SHOTS.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SESSIONDEX_SHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b.t, err)
	whole, err := png.Decode(bytes.NewReader(shot))
	require.NoError(b.t, err)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(b.t, encoder.Encode(&out, withFewColours(whole)))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), out.Bytes(), 0o644))
}

// withFewColours reduces a picture to 256 of its colours, a third of the bytes. A page has
// few colours, and shades of them at the edges of letters.
func withFewColours(whole image.Image) image.Image {
	box := whole.Bounds()
	frequency := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA) }
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			frequency[at(x, y)]++
		}
	}
	byFrequency := slices.SortedFunc(maps.Keys(frequency), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(frequency[b], frequency[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	distance := func(a, b color.RGBA) int {
		d := 0
		for _, c := range [][2]uint8{{a.R, b.R}, {a.G, b.G}, {a.B, b.B}} {
			d += max(int(c[0]), int(c[1])) - min(int(c[0]), int(c[1]))
		}
		return d
	}
	var chosen []color.RGBA
	for apart := 48; apart >= 0; apart -= 24 { // first those that differ much, such as a small red dot
		for _, c := range byFrequency {
			if len(chosen) < 256 && !slices.ContainsFunc(chosen, func(o color.RGBA) bool { return distance(o, c) <= apart }) {
				chosen = append(chosen, c)
			}
		}
	}
	var palette color.Palette
	for _, c := range chosen {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := at(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
