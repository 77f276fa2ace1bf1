package barfile

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// fast reads a plain row at b[i:], which is part of whole lines, and returns the
// index of the next line, or -1 where the row needs the slow way.
func (p *parser) fast(b []byte, i int) (bar market.Bar, next int) {
	if p.columns == 0 {
		return bar, -1
	}
	var t uint64
	start := i
	for c := b[i] - '0'; c <= 9; c = b[i] - '0' {
		t = t*10 + uint64(c)
		i++
	}
	if i == start || i-start > 19 || t < p.clock.unit.lo || t > p.clock.unit.hi {
		return bar, -1
	}
	bar.OpenTime = market.Time(t) * p.clock.unit.scale
	for _, to := range [...]*float64{&bar.Open, &bar.High, &bar.Low, &bar.Close} {
		if b[i] != ',' {
			return bar, -1
		}
		if *to, i = p.prices.fast(b, i+1); i < 0 {
			return bar, -1
		}
	}
	if b[i] != ',' {
		return bar, -1
	}
	if bar.Volume, i = p.volumes.fast(b, i+1); i < 0 {
		return bar, -1
	}
	if p.columns > ownColumns {
		if i = skipColumns(b, i, p.columns-ownColumns); i < 0 {
			return bar, -1
		}
	}
	return bar, lineEnd(b, i)
}

// skipColumns returns the end of a line that has so many more plain columns, or -1.
func skipColumns(b []byte, start, more int) int {
	n := bytes.IndexByte(b[start:], '\n')
	rest := b[start : start+n]
	if bytes.Count(rest, []byte{','}) != more || bytes.IndexByte(rest, '"') >= 0 {
		return -1
	}
	return start + n
}

// lineEnd returns the index of the next line if b[i:] ends one, or -1.
func lineEnd(b []byte, i int) int {
	if b[i] == '\r' {
		i++
	}
	if b[i] != '\n' {
		return -1
	}
	return i + 1
}

// slow reads any row or header, without its '\n'. What it learns from the first row is
// kept only where the row is whole.
func (p *parser) slow(line []byte) (market.Bar, *fault) {
	fields, f := p.table.row(line)
	if f != nil || fields == nil {
		return noBar, f
	}
	p.clock.millis = p.table.heading == "open_time_ms"
	t, clock, f := p.clock.read("open_time", fields[0])
	if f != nil {
		return noBar, f
	}
	bar := market.Bar{OpenTime: t}
	for i, to := range [...]*float64{&bar.Open, &bar.High, &bar.Low, &bar.Close, &bar.Volume} {
		g := &p.prices
		if to == &bar.Volume {
			g = &p.volumes
		}
		if *to, f = g.field(barTable.columns[i+1].name, fields[i+1]); f != nil {
			return noBar, f.of(t)
		}
	}
	p.table.keep()
	p.clock = clock
	p.columns = 0
	if p.table.plain() && clock.dates == "" {
		p.columns = p.table.count
	}
	return bar, nil
}

// field reads a decimal in whatever form.
func (g *grid) field(name, field string) (float64, *fault) {
	text := strings.TrimSpace(field)
	if text == "" {
		return 0, faultf("leave the row out if nothing traded", "%s is empty", name)
	}
	x, err := g.slow(text)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, faultf("write decimals such as 123.45", "%s %s is too large", name, quote(field))
	case err != nil:
		return 0, faultf("write decimals such as 123.45", "%s %s is not a number", name, quote(field))
	}
	return x, nil
}
