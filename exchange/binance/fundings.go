package binance

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/adshao/go-binance/v2/futures"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// fundingRows is the most fundings that one answer holds.
const fundingRows = 1000

// Fundings yields the fundings of a perpetual future with from ≤ time < to in rising
// time; zero to means no end. Times are rounded to the second (semantics M6). The first
// error ends it, and the rows before it are good.
func (p *Public) Fundings(ctx context.Context, symbol string, from, to market.Time) iter.Seq2[market.Funding, error] {
	return func(yield func(market.Funding, error) bool) {
		if !p.o.USDM {
			yield(market.Funding{}, &market.Error{Class: market.Usage, Where: symbol, Err: errors.New("spot has no fundings")})
			return
		}
		if to == 0 {
			to = market.MaxTime
		}
		// The venue's times are some milliseconds off, to either side.
		for start := from - second; start < to; {
			page, err := p.fundings(ctx, symbol, start, to)
			if err != nil {
				yield(market.Funding{}, err)
				return
			}
			for _, f := range page {
				if f.Time >= from && f.Time < to && !yield(f, nil) {
					return
				}
			}
			if len(page) == 0 { // a short one may have been cut
				return
			}
			start = page[len(page)-1].Time + second
		}
	}
}

const second = market.Time(time.Second)

// fundings asks for the first fundings from start on.
func (p *Public) fundings(ctx context.Context, symbol string, start, to market.Time) ([]market.Funding, error) {
	r := request{lane: laneHistory, what: fmt.Sprintf("fundingRate of %s from %s", symbol, max(start, 0)), weight: 1, opens: '['}
	service := p.futures.NewFundingRateService().Symbol(symbol).StartTime(max(start.Millis(), 0)).Limit(fundingRows)
	if to != market.MaxTime {
		service.EndTime(to.Millis())
	}
	return ask(ctx, p, r, func(ctx context.Context) ([]market.Funding, error) {
		rows, err := service.Do(ctx)
		if err != nil {
			return nil, err
		}
		return fundingsOf(rows, symbol, start)
	})
}

// fundingsOf checks the rows of an answer.
func fundingsOf(rows []*futures.FundingRate, symbol string, start market.Time) ([]market.Funding, error) {
	out := make([]market.Funding, 0, len(rows))
	last := start - second
	for i, row := range rows {
		f, err := fundingOf(row, symbol)
		if err == nil && f.Time <= last {
			err = fmt.Errorf("time %s does not follow %s", f.Time, last)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		last = f.Time
		out = append(out, f)
	}
	return out, nil
}

func fundingOf(row *futures.FundingRate, symbol string) (f market.Funding, err error) {
	if row == nil || row.Symbol != symbol {
		return f, fmt.Errorf("it is not of %s", symbol)
	}
	if f.Time, err = when(row.FundingTime); err != nil {
		return f, fmt.Errorf("fundingTime %w", err)
	}
	f.Time = f.Time.Second()
	if f.Rate, err = exactly("fundingRate", row.FundingRate); err != nil {
		return f, err
	}
	if row.MarkPrice != "" { // it is empty before the venue recorded it
		if f.Mark, err = exactly("markPrice", row.MarkPrice); err != nil {
			return f, err
		}
	}
	if !f.Rate.Abs().LessThan(decimal.New(1, 0)) || f.Mark.IsNegative() {
		return f, fmt.Errorf("fundingRate %s of markPrice %s is none", f.Rate, f.Mark)
	}
	return f, nil
}

// exactly reads a plain decimal exactly.
func exactly(name, text string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(text)
	if err != nil || !plain(text) {
		return decimal.Zero, fmt.Errorf("%s %.60q is not a number", name, text)
	}
	return d, nil
}
