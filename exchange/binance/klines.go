package binance

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	spot "github.com/adshao/go-binance/v2"

	"github.com/signalman-trading/signalman/market"
)

// The most bars that one answer holds, and what asking for them weighs.
const (
	spotBars, spotBarsWeight = 1000, 2
	usdmBars, usdmBarsWeight = 1500, 10
)

// barsPage returns the most bars of an answer and the weight of asking for them.
func (p *Public) barsPage() (rows, weight int) {
	if p.o.USDM {
		return usdmBars, usdmBarsWeight
	}
	return spotBars, spotBarsWeight
}

// PageBars returns how many bars one request can bring.
func (p *Public) PageBars() int {
	rows, _ := p.barsPage()
	return rows
}

// ErrRow is what errors wrap about a single bar: the venue has some, of the years 2017 and
// 2018 mostly, that open beside the grid of their interval.
var ErrRow = errors.New("bad bar of the venue")

// Klines yields the bars with from ≤ open time < to in rising time. Those that are not
// whole yet by the venue's clock are left out; zero to means up to them. The bars before
// an error are good. After an error that wraps ErrRow, which is about one bar, who goes on
// gets the others; any other ends it.
func (p *Public) Klines(ctx context.Context, symbol string, d market.Interval, from, to market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		now, err := p.Now(ctx)
		if err != nil {
			yield(market.Bar{}, err)
			return
		}
		end := d.Floor(now)
		if to > 0 {
			end = min(end, ceil(d, to))
		}
		series{p, symbol, d, laneHistory}.all(ctx, ceil(d, from), end)(yield)
	}
}

// all yields the bars of [start, end), which have all closed.
func (s series) all(ctx context.Context, start, end market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		for start < end {
			var err error
			start, err = s.stretch(ctx, start, end, yield)
			if err == nil && start < end {
				start, err = s.next(ctx, start, end)
			}
			if err != nil && !errors.Is(err, errStopped) {
				yield(market.Bar{}, err)
			}
			if err != nil {
				return
			}
		}
	}
}

// errStopped says that the caller wants no more.
var errStopped = errors.New("stopped")

// ceil returns the first start of a bar at or after t.
func ceil(d market.Interval, t market.Time) market.Time {
	if d.Aligned(t) {
		return t
	}
	return d.Floor(t) + market.Time(d)
}

// A series is what bars are asked for.
type series struct {
	p      *Public
	symbol string
	d      market.Interval
	lane   lane // how urgent they are
}

// stretch yields the bars from start on, page by page, up to a page without any. It
// returns where to go on: behind that page, or end.
func (s series) stretch(ctx context.Context, start, end market.Time, yield func(market.Bar, error) bool) (market.Time, error) {
	rows, _ := s.p.barsPage()
	step := market.Time(s.d) * market.Time(rows)
	pages := int((end - start + step - 1) / step)
	i := 0
	for page, err := range ahead(ctx, s.p.o.Lanes, pages, func(ctx context.Context, i int) ([]kline, error) {
		lo := start + market.Time(i)*step
		return s.window(ctx, lo, min(lo+step, end), rows)
	}) {
		if err != nil {
			return 0, err
		}
		for _, k := range page {
			if !yield(k.Bar, s.bad(k)) {
				return 0, errStopped
			}
		}
		if i++; len(page) == 0 {
			return min(start+market.Time(i)*step, end), nil
		}
	}
	return end, nil
}

// window returns the bars of [start, end). An answer that ends before may have been cut
// short: it is gone on behind, up to one without any bars.
func (s series) window(ctx context.Context, start, end market.Time, rows int) (all []kline, err error) {
	for start < end {
		page, err := s.page(ctx, start, end, rows)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		start = s.d.Floor(page[len(page)-1].OpenTime) + market.Time(s.d)
	}
	return all, nil
}

// next returns the open time of the first bar at or after start, or end: so a symbol that
// was not listed yet costs a request, and not one a page.
func (s series) next(ctx context.Context, start, end market.Time) (market.Time, error) {
	page, err := s.page(ctx, start, end, 1)
	if err != nil || len(page) == 0 {
		return end, err
	}
	return s.d.Floor(page[0].OpenTime), nil
}

// A kline is a row of an answer: a bar, or what is wrong with it.
type kline struct {
	market.Bar
	bad error
}

// bad makes the error of a row.
func (s series) bad(k kline) error {
	if k.bad == nil {
		return nil
	}
	return &market.Error{
		Class: market.Venue, Where: fmt.Sprintf("binance: kline of %s %s at %s", s.symbol, s.d, k.OpenTime), Err: fmt.Errorf("%w: %w", ErrRow, k.bad),
		Hint: "it can only be left out",
	}
}

// page asks for the first bars of [start, end).
func (s series) page(ctx context.Context, start, end market.Time, limit int) ([]kline, error) {
	_, weight := s.p.barsPage()
	if limit == 1 && s.p.o.USDM {
		weight = 1
	}
	r := request{lane: s.lane, what: fmt.Sprintf("klines of %s %s from %s", s.symbol, s.d, start), weight: weight, opens: '['}
	return ask(ctx, s.p, r, func(ctx context.Context) ([]kline, error) {
		rows, err := s.klines(ctx, start, end, limit)
		if err != nil {
			return nil, err
		}
		return s.bars(rows, start, end)
	})
}

// klines sends the request. The venue counts both ends in.
func (s series) klines(ctx context.Context, start, end market.Time, limit int) ([]*spot.Kline, error) {
	first, last := start.Millis(), end.Millis()-1
	if !s.p.o.USDM {
		return s.p.spot.NewKlinesService().Symbol(s.symbol).Interval(s.d.String()).StartTime(first).EndTime(last).Limit(limit).Do(ctx)
	}
	rows, err := s.p.futures.NewKlinesService().Symbol(s.symbol).Interval(s.d.String()).StartTime(first).EndTime(last).Limit(limit).Do(ctx)
	out := make([]*spot.Kline, len(rows))
	for i, k := range rows {
		out[i] = (*spot.Kline)(k)
	}
	return out, err
}

// bars checks the rows of an answer. Rows after the end of what was asked for are left
// out, if others come before them.
func (s series) bars(rows []*spot.Kline, start, end market.Time) ([]kline, error) {
	bars := make([]kline, 0, len(rows))
	last, dense := start-market.Time(s.d), 0
	for i, row := range rows {
		k, err := s.bar(row)
		if err == nil && len(bars) > 0 && k.OpenTime >= end {
			break
		}
		switch {
		case err != nil:
		case k.OpenTime < start || k.OpenTime >= end:
			err = fmt.Errorf("open time %s is not in what was asked for, %s to %s", k.OpenTime, start, end)
		case k.OpenTime <= last:
			err = fmt.Errorf("open time %s does not follow %s of the row before", k.OpenTime, last)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		if k.OpenTime < last+market.Time(s.d) {
			dense++
		}
		last = k.OpenTime
		bars = append(bars, k)
	}
	if dense > len(bars)/2 {
		return nil, fmt.Errorf("most rows open less than %s after the one before", s.d)
	}
	return bars, nil
}

// bar reads a row. What cannot be a row of the interval at all is an error; what is one,
// and cannot be used, is a bad bar.
func (s series) bar(row *spot.Kline) (k kline, err error) {
	if k.OpenTime, err = when(row.OpenTime); err != nil {
		return k, fmt.Errorf("open time %w", err)
	}
	closes, err := when(row.CloseTime)
	switch {
	case err != nil:
		return k, fmt.Errorf("close time %w", err)
	case closes >= k.OpenTime+market.Time(s.d):
		return k, fmt.Errorf("close time %s is not within %s of open time %s", closes, s.d, k.OpenTime)
	}
	for _, f := range [...]struct {
		name, text string
		into       *float64
	}{{"open", row.Open, &k.Open}, {"high", row.High, &k.High}, {"low", row.Low, &k.Low}, {"close", row.Close, &k.Close}, {"volume", row.Volume, &k.Volume}} {
		if *f.into, err = number(f.name, f.text); err != nil {
			return k, err
		}
	}
	if k.bad = k.Check(); !s.d.Aligned(k.OpenTime) {
		k.bad = fmt.Errorf("open time %s is not on the grid of %s", k.OpenTime, s.d)
	}
	return k, nil
}

// number reads a plain decimal of at most 40 characters.
func number(name, text string) (float64, error) {
	if !plain(text) {
		return 0, fmt.Errorf("%s %.60q is not a number", name, text)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %.60q is not a number", name, text)
	}
	return x, nil
}

// plain reports whether text is digits with a sign and a point at most: no exponent, no
// NaN, no hexadecimal.
func plain(text string) bool {
	for i, c := range []byte(text) {
		if (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 40
}
