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
	if p.unit.scale == 0 {
		return bar, -1
	}
	var t uint64
	start := i
	for c := b[i] - '0'; c <= 9; c = b[i] - '0' {
		t = t*10 + uint64(c)
		i++
	}
	if i == start || i-start > 18 || t < p.unit.lo || t > p.unit.hi {
		return bar, -1
	}
	bar.OpenTime = market.Time(t) * p.unit.scale
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
	if p.columns == klineColumns {
		i = skipColumns(b, i)
	}
	return bar, lineEnd(b, i)
}

// skipColumns returns the end of a line that has six more plain columns, or start.
func skipColumns(b []byte, start int) int {
	n := bytes.IndexByte(b[start:], '\n')
	rest := b[start : start+n]
	if bytes.Count(rest, []byte{','}) != klineColumns-ownColumns || bytes.IndexByte(rest, '"') >= 0 {
		return start
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

// slow reads any row or header, without its '\n'.
func (p *parser) slow(line []byte) (market.Bar, *fault) {
	if len(line) > maxLine {
		return noBar, longLine(len(line))
	}
	fields, f := splitFields(strings.TrimSuffix(string(line), "\r"))
	if f != nil {
		return noBar, f
	}
	if !p.started {
		p.started = true
		if isHeader(fields[0]) {
			return noBar, p.header(fields)
		}
	}
	return p.fields(fields)
}

// isHeader reports whether a first field names a column rather than a time.
func isHeader(field string) bool {
	c := strings.TrimSpace(field) + " "
	return c[0] >= 'a' && c[0] <= 'z' || c[0] >= 'A' && c[0] <= 'Z'
}

func (p *parser) header(fields []string) (f *fault) {
	if p.millis, f = checkHeader(fields); f != nil {
		f.fatal = true
		return f
	}
	p.columns = len(fields)
	return nil
}

// fields reads a row from its fields. What it learns from the first row is kept only
// where the row is whole.
func (p *parser) fields(fields []string) (market.Bar, *fault) {
	if f := p.checkCount(len(fields)); f != nil {
		return noBar, f
	}
	t, u, f := p.time(fields[0])
	if f != nil {
		return noBar, f
	}
	bar := market.Bar{OpenTime: t}
	for i, to := range [...]*float64{&bar.Open, &bar.High, &bar.Low, &bar.Close, &bar.Volume} {
		g := &p.prices
		if to == &bar.Volume {
			g = &p.volumes
		}
		if *to, f = g.field(columnNames[i+1], fields[i+1]); f != nil {
			return noBar, f
		}
	}
	p.columns, p.unit = len(fields), u
	return bar, nil
}

func (p *parser) checkCount(n int) *fault {
	switch {
	case n == p.columns || p.columns == 0 && (n == ownColumns || n == klineColumns):
		return nil
	case p.columns == 0:
		return faultf(rowHint, "the row has %d columns where %d or %d are expected", n, ownColumns, klineColumns)
	}
	return faultf(rowHint, "the row has %d columns where %d are expected", n, p.columns)
}

// time reads an open time, and finds the unit of the file if it is the first.
func (p *parser) time(field string) (market.Time, unit, *fault) {
	text := strings.TrimSpace(field)
	v, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		hint := "times are seconds, milliseconds or microseconds since 1970"
		if isHeader(text) {
			hint = "a header may stand in the first line only"
		}
		return 0, unit{}, faultf(hint, "open_time %s is not a whole number since 1970", quote(field))
	}
	u := p.unit
	if u.scale == 0 {
		u = unitOf(v, p.millis)
	}
	if v < u.lo || v > u.hi {
		return 0, unit{}, u.misfit("open_time", v, p.millis)
	}
	return market.Time(v) * u.scale, u, nil
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

// splitFields cuts a line at its commas. Fields may stand in double quotes, with ""
// for a quote, but may not hold a line break.
func splitFields(line string) ([]string, *fault) {
	if strings.IndexByte(line, '"') < 0 {
		return strings.Split(line, ","), nil
	}
	var fields []string
	for {
		field, rest, f := cutField(line)
		if f != nil {
			return nil, f
		}
		fields = append(fields, field)
		if rest == "" {
			return fields, nil
		}
		line = rest[1:]
	}
}

// cutField returns the first field of a line, and the rest from its comma on.
func cutField(line string) (field, rest string, f *fault) {
	if !strings.HasPrefix(line, `"`) {
		if i := strings.IndexByte(line, ','); i >= 0 {
			return line[:i], line[i:], nil
		}
		return line, "", nil
	}
	var b strings.Builder
	for line = line[1:]; ; line = line[1:] {
		i := strings.IndexByte(line, '"')
		if i < 0 {
			return "", "", faultf("close the quote on the line where it opens", "a quoted field does not end")
		}
		b.WriteString(line[:i])
		line = line[i+1:]
		if !strings.HasPrefix(line, `"`) {
			break
		}
		b.WriteByte('"')
	}
	if line != "" && line[0] != ',' {
		return "", "", faultf("double the quotes inside a quoted field", "text follows a quoted field")
	}
	return b.String(), line, nil
}
