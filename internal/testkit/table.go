package testkit

import (
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// defaultVolume is a bar's volume where its row gives none: enough for any order.
const defaultVolume = "1000"

// table is a series that is being read.
type table struct {
	columns *market.Columns
}

// newTable starts the bars of an instrument at an interval, among others.
func (p *parser) newTable(among *[]backtest.Series) {
	i, d := p.instrument(), p.interval()
	if p.err != nil {
		return
	}
	p.table = &table{market.MakeColumns(d, 0)}
	*among = append(*among, backtest.Series{Instrument: i, Columns: p.table.columns})
}

// row reads a row, or a range of equal rows.
func (p *parser) row() {
	first, last, ranged := strings.Cut(p.word(), "..")
	from, err := parseClock(first)
	to := from
	if ranged && err == nil {
		to, err = parseClock(last)
	}
	if err != nil {
		p.fail("%w", err)
		return
	}
	b := p.bar()
	c := p.table.columns
	for t := from; t <= to && p.err == nil; t += market.Time(c.Interval) {
		if n := c.Len(); !c.Interval.Aligned(t) || n > 0 && t <= c.OpenTime[n-1] {
			p.fail("a bar of %s that opens at %s is off the grid or out of order", c.Interval, formatClock(t))
			return
		}
		b.OpenTime = t
		c.Append(b)
	}
}

// bar reads the figures of a row: 1 (flat), 2 (flat, volume), 4 or 5.
func (p *parser) bar() market.Bar {
	w := p.words
	switch len(w) {
	case 1:
		w = []string{w[0], w[0], w[0], w[0], defaultVolume}
	case 2:
		w = []string{w[0], w[0], w[0], w[0], w[1]}
	case 4:
		w = append(w[:4:4], defaultVolume)
	}
	if len(w) != 5 {
		p.fail("a row has 1, 2, 4 or 5 figures after its time")
		return market.Bar{}
	}
	c := p.table.columns
	c.PriceScale = max(c.PriceScale, scale(w[:4]...))
	c.VolumeScale = max(c.VolumeScale, scale(w[4]))
	p.words = w
	b := market.Bar{Open: p.float(), High: p.float(), Low: p.float(), Close: p.float(), Volume: p.float()}
	if err := b.Check(); err != nil {
		p.fail("%w", err)
	}
	return b
}

// scale returns the most decimals that figures show: the grid of a table.
func scale(figures ...string) (most int32) {
	for _, f := range figures {
		_, decimals, _ := strings.Cut(f, ".")
		most = max(most, int32(len(decimals)))
	}
	return most
}
