package main

import (
	"bytes"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgsvg" // the format of the charts
)

// chart is one that was drawn.
type chart struct{ title, file string }

// looks are the colours and shapes of the candidates, by their place among the
// entrants; they are told apart without colours too.
var looks = []struct {
	color color.RGBA
	shape draw.GlyphDrawer
}{
	{color.RGBA{127, 127, 127, 255}, draw.CrossGlyph{}},
	{color.RGBA{214, 39, 40, 255}, draw.CircleGlyph{}},
	{color.RGBA{255, 152, 150, 255}, draw.RingGlyph{}},
	{color.RGBA{227, 119, 194, 255}, draw.PlusGlyph{}},
	{color.RGBA{31, 119, 180, 255}, draw.BoxGlyph{}},
	{color.RGBA{23, 190, 207, 255}, draw.SquareGlyph{}},
	{color.RGBA{148, 103, 189, 255}, draw.TriangleGlyph{}},
	{color.RGBA{255, 187, 0, 255}, draw.PyramidGlyph{}},
	{color.RGBA{44, 160, 44, 255}, draw.BoxGlyph{}},
	{color.RGBA{140, 86, 75, 255}, draw.TriangleGlyph{}},
}

// chartOrder fixes which look a candidate has, whichever took part.
var chartOrder = []string{"slice", us, "sessiondex-durable", "sessiondex-system", "sqlite-mattn", "sqlite-durable", "sqlite-modernc", "duckdb", "go-memdb", "bleve"}

func glyph(name string) draw.GlyphStyle {
	look := looks[max(0, slices.Index(chartOrder, name))]
	return draw.GlyphStyle{Color: look.color, Radius: vg.Points(4), Shape: look.shape}
}

func newPlot(title string) *plot.Plot {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(14)
	p.Title.Padding = vg.Points(8)
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(2)
	p.Legend.XOffs = -vg.Points(8)
	p.BackgroundColor = color.White
	return p
}

// timeTicks marks the powers of ten of an axis of nanoseconds.
var timeTicks = plot.TickerFunc(func(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for exponent := math.Floor(math.Log10(low)); exponent <= math.Ceil(math.Log10(high)); exponent++ {
		value := math.Pow(10, exponent)
		ticks = append(ticks, plot.Tick{Value: value, Label: short(time.Duration(value))})
		for digit := 2.0; digit < 10; digit++ {
			ticks = append(ticks, plot.Tick{Value: digit * value})
		}
	}
	return slices.DeleteFunc(ticks, func(t plot.Tick) bool { return t.Value < low || t.Value > high })
})

// decades widens a span to whole powers of ten, so that every axis has two at least.
func decades(low, high float64) (float64, float64) {
	low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	if low == high {
		high *= 10
	}
	return low, high
}

// draw makes the charts of everything that was measured.
func (r *report) draw(dir string) ([]chart, error) {
	var charts []chart
	save := func(p *plot.Plot, w, h vg.Length, title, file string) error {
		charts = append(charts, chart{title, file})
		return saveSVG(p, w, h, filepath.Join(dir, file))
	}
	z, sizes := r.main(), r.plainSizes()
	if p, rows, err := z.byQuestion(); err != nil {
		return nil, err
	} else if rows > 0 {
		if err := save(p, 11*vg.Inch, vg.Length(rows)*0.27*vg.Inch+1.6*vg.Inch, "Time by question and candidate", "time-by-question.svg"); err != nil {
			return nil, err
		}
	}
	if len(sizes) > 1 {
		if p, lines, err := growthLines(sizes); err != nil {
			return nil, err
		} else if lines > 0 {
			if err := save(p, 9*vg.Inch, 6*vg.Inch, "Growth of this library", "growth.svg"); err != nil {
				return nil, err
			}
		}
		for _, c := range []struct{ question, file string }{
			{"default listing, first page", "time-by-size-default.svg"},
			{"2 states × 2 channels × type, offset 1,000", "time-by-size-filters.svg"},
			{"keyword of 3+ letters, up to 1 % hits", "time-by-size-keyword.svg"},
		} {
			p, lines, err := bySize(sizes, c.question)
			if err != nil {
				return nil, err
			}
			if lines == 0 {
				continue
			}
			if err := save(p, 8*vg.Inch, 5*vg.Inch, "Time by size: "+c.question, c.file); err != nil {
				return nil, err
			}
		}
	}
	if p, lines, err := z.underWrites(); err != nil {
		return nil, err
	} else if lines > 0 {
		if err := save(p, 8*vg.Inch, 5*vg.Inch, "Readers' p99 under writes", "p99-under-writes.svg"); err != nil {
			return nil, err
		}
	}
	if p, bars, err := z.memoryBars(); err != nil {
		return nil, err
	} else if bars > 0 {
		if err := save(p, 8*vg.Inch, 4.5*vg.Inch, "Memory", "memory.svg"); err != nil {
			return nil, err
		}
	}
	return charts, nil
}

// saveSVG names fonts of the same widths as the one that the chart was laid out with,
// for readers who do not have that.
func saveSVG(p *plot.Plot, w, h vg.Length, path string) error {
	drawn, err := p.WriterTo(w, h, "svg")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := drawn.WriteTo(&b); err != nil {
		return err
	}
	svg := bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
	return os.WriteFile(path, svg, 0o644)
}

// byQuestion has a row for each question and a mark for each candidate.
func (z *sized) byQuestion() (*plot.Plot, int, error) {
	var names []string
	for _, q := range slices.Backward(z.Questions) {
		if slices.ContainsFunc(z.readers(), func(r result) bool { row, ok := r.row(q.Name); return ok && row.Missing == "" }) {
			names = append(names, q.Name)
		}
	}
	if len(names) == 0 {
		return nil, 0, nil
	}
	p := newPlot("Median time of a question, " + number(z.Data.N) + " sessions")
	low, high := math.Inf(1), 0.0
	grid := plotter.NewGrid()
	p.Add(grid)
	for _, res := range z.readers() {
		var points plotter.XYs
		for y, name := range names {
			if row, ok := res.row(name); ok && row.Missing == "" && row.Median > 0 {
				x := float64(row.Median)
				points = append(points, plotter.XY{X: x, Y: float64(y)})
				low, high = min(low, x), max(high, x)
			}
		}
		if len(points) == 0 {
			continue
		}
		s, err := plotter.NewScatter(points)
		if err != nil {
			return nil, 0, err
		}
		s.GlyphStyle = glyph(res.Name)
		p.Add(s)
		p.Legend.Add(res.Name, s)
	}
	p.NominalY(names...)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, timeTicks
	p.X.Min, p.X.Max = decades(low, high)
	p.X.Max *= 30 // room for the legend
	p.Y.Min, p.Y.Max = -0.7, float64(len(names))-0.3
	return p, len(names), nil
}

func nameOf(res result) string { return res.Name }

// lines adds one line for each candidate and returns how many there are. It sets the
// scale of the times.
func lines(p *plot.Plot, candidates []result, label func(result) string, points func(result) plotter.XYs) (int, error) {
	low, high, n := math.Inf(1), 0.0, 0
	p.Add(plotter.NewGrid())
	for _, res := range candidates {
		xys := points(res)
		if len(xys) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(xys)
		if err != nil {
			return n, err
		}
		marks.GlyphStyle = glyph(res.Name)
		line.Color, line.Width = marks.Color, vg.Points(1.5)
		p.Add(line, marks)
		p.Legend.Add(label(res), line, marks)
		for _, xy := range xys {
			low, high = min(low, xy.Y), max(high, xy.Y)
		}
		n++
	}
	if n > 0 {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, timeTicks
		p.Y.Min, p.Y.Max = decades(low, high)
	}
	return n, nil
}

// bySize has a line for each candidate, as far as it was measured.
func bySize(sizes []*sized, question string) (*plot.Plot, int, error) {
	p := newPlot(question)
	p.Legend.Left = true
	last := sizes[len(sizes)-1]
	candidates := last.readers()
	for _, z := range sizes {
		for _, res := range z.readers() {
			if !slices.ContainsFunc(candidates, func(c result) bool { return c.Name == res.Name }) {
				candidates = append(candidates, res)
			}
		}
	}
	n, err := lines(p, candidates, nameOf, func(res result) plotter.XYs {
		var xys plotter.XYs
		for _, z := range sizes {
			if row, ok := z.row(res.Name, question); ok && row.Missing == "" && row.Median > 0 {
				xys = append(xys, plotter.XY{X: float64(z.Data.N), Y: float64(row.Median)})
			}
		}
		return xys
	})
	bySizes(p, sizes)
	return p, n, err
}

// growthLines has a line for each of the main questions, all of this library.
func growthLines(sizes []*sized) (*plot.Plot, int, error) {
	p := newPlot("Growth of this library: medians")
	p.Legend.Left = true
	var asked []result
	points := map[string]plotter.XYs{}
	for i, c := range claimed {
		// Only the look of the line is a candidate's.
		as := chartOrder[i%len(chartOrder)]
		for _, z := range sizes {
			if row, ok := z.row(us, c.question); ok && row.Missing == "" && row.Median > 0 {
				points[as] = append(points[as], plotter.XY{X: float64(z.Data.N), Y: float64(row.Median)})
			}
		}
		asked = append(asked, result{Name: as, About: c.question})
	}
	n, err := lines(p, asked, func(res result) string { return res.About }, func(res result) plotter.XYs { return points[res.Name] })
	bySizes(p, sizes)
	p.Y.Max *= 100 // room for the legend
	return p, n, err
}

// bySizes makes the sizes the axis of a plot.
func bySizes(p *plot.Plot, sizes []*sized) {
	p.X.Label.Text = "sessions"
	p.X.Scale = plot.LogScale{}
	var ticks []plot.Tick
	for _, z := range sizes {
		ticks = append(ticks, plot.Tick{Value: float64(z.Data.N), Label: number(z.Data.N)})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.X.Min, p.X.Max = decades(float64(sizes[0].Data.N), float64(sizes[len(sizes)-1].Data.N))
}

func (z *sized) underWrites() (*plot.Plot, int, error) {
	p := newPlot("Readers' p99, mixed questions, " + number(z.Data.N) + " sessions")
	var ticks []plot.Tick
	n, err := lines(p, z.Results, nameOf, func(res result) plotter.XYs {
		var xys plotter.XYs
		for _, m := range res.Mixes {
			if m.Asked != "mixed questions" || m.P99 == 0 {
				continue
			}
			xys = append(xys, plotter.XY{X: float64(m.Rate), Y: float64(m.P99)})
			tick := plot.Tick{Value: float64(m.Rate), Label: number(m.Rate)}
			if !slices.Contains(ticks, tick) {
				ticks = append(ticks, tick)
			}
		}
		return xys
	})
	p.X.Label.Text = "updates a second, aimed at"
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.X.Max *= 1.6 // room for the legend
	return p, n, err
}

func (z *sized) memoryBars() (*plot.Plot, int, error) {
	var values plotter.Values
	var names []string
	own := 0.0
	for _, res := range z.Results {
		if res.RSS > 0 {
			values, names = append(values, float64(res.RSS)/float64(z.Data.N)), append(names, res.Name)
			own = float64(res.Own) / float64(z.Data.N)
		}
	}
	if len(values) == 0 {
		return nil, 0, nil
	}
	p := newPlot("Resident bytes per session, " + number(z.Data.N) + " sessions (line: their own text)")
	bars, err := plotter.NewBarChart(values, vg.Points(28))
	if err != nil {
		return nil, 0, err
	}
	bars.Color, bars.LineStyle.Width = looks[4].color, 0
	line, err := plotter.NewLine(plotter.XYs{{X: -0.5, Y: own}, {X: float64(len(values)) - 0.5, Y: own}})
	if err != nil {
		return nil, 0, err
	}
	line.Color, line.Width = looks[1].color, vg.Points(1.5)
	p.Add(plotter.NewGrid(), bars, line)
	p.NominalX(names...)
	p.X.Tick.Label.Rotation = 0.4
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YTop
	p.Y.Min = 0
	p.Y.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick {
		ticks := plot.DefaultTicks{}.Ticks(low, high)
		for i := range ticks {
			if ticks[i].Label != "" {
				ticks[i].Label = number(int(ticks[i].Value))
			}
		}
		return ticks
	})
	return p, len(values), nil
}
