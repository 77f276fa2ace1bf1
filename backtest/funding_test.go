package backtest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// funded is two perpetuals with hourly bars from 00:00 to 04:00, without that of 02:00, whose
// closes are 100, 101, 103.
func funded(rows ...backtest.FundingRow) *backtest.History {
	h := &backtest.History{Funding: rows}
	for k, base := range []string{"B", "A"} { // by symbol, A comes first
		c := market.MakeColumns(market.Hour, 0)
		for _, b := range [][2]float64{{0, 100}, {1, 101}, {3, 103}} {
			c.Append(market.Bar{OpenTime: clock(b[0]), Open: b[1], High: b[1], Low: b[1], Close: b[1]})
		}
		in := market.Bare(base+"USDT", base, "USDT")
		in.ID, in.Fees.InQuote, in.Margin = market.InstrumentID(k), true, &market.Margin{Leverage: decimal.New(1, 0)}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
	}
	h.Sort()
	return h
}

// clock is an hour of the first day of 2024.
func clock(hour float64) market.Time {
	return market.Time(1_704_067_200*time.Second) + market.Time(hour*float64(market.Hour))
}

// TestFundingIsBooked checks when a funding is booked, and on which mark: at the close of
// the bar with open < F ≤ close, or of the first that closes later (M6).
func TestFundingIsBooked(t *testing.T) {
	rate := decimal.New(1, -4)
	h := funded(
		backtest.FundingRow{Instrument: 0, Time: clock(0), Rate: rate},                                  // at the first open: nobody holds anything
		backtest.FundingRow{Instrument: 0, Time: clock(0.5), Rate: rate},                                // no close is known
		backtest.FundingRow{Instrument: 0, Time: clock(1) + 17e6, Rate: rate},                           // 01:00, a little late
		backtest.FundingRow{Instrument: 0, Time: clock(1) - 400e6, Rate: rate, Mark: decimal.New(5, 0)}, // and a little early
		backtest.FundingRow{Instrument: 1, Time: clock(1), Rate: rate},
		backtest.FundingRow{Instrument: 0, Time: clock(2.5), Rate: rate}, // in a gap: the bar that closes at 04:00
		backtest.FundingRow{Instrument: 0, Time: clock(3.5), Rate: rate},
		backtest.FundingRow{Instrument: 0, Time: clock(4), Rate: rate},
		backtest.FundingRow{Instrument: 0, Time: clock(4.5), Rate: rate}, // after the end
	)
	f, _, err := backtest.NewFeed(h, []engine.Subscription{{Instrument: 0, Interval: market.Hour}, {Instrument: 1, Interval: market.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		events, err := f.Next(context.Background(), market.MaxTime)
		if err != nil {
			break
		}
		for _, e := range events {
			if e.Kind == market.KindFunding {
				got = append(got, fmt.Sprintf("%s %s of %s on %s", e.Time.UTC().Format("15:04"), h.Instruments[e.Instrument].Base, e.Funding.Time.UTC().Format("15:04:05"), e.Funding.Mark))
			}
		}
	}
	want := []string{
		"01:00 B of 00:30:00 on 0", "01:00 A of 01:00:00 on 100", "01:00 B of 01:00:00 on 5", "01:00 B of 01:00:00 on 100",
		"04:00 B of 02:30:00 on 101", "04:00 B of 03:30:00 on 101", "04:00 B of 04:00:00 on 103",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestFundingIsAnInput checks that fundings and marks are part of the inputs, and are cut
// with the bars.
func TestFundingIsAnInput(t *testing.T) {
	row := func(hour float64, rate int64) backtest.FundingRow {
		return backtest.FundingRow{Time: clock(hour), Rate: decimal.New(rate, -4)}
	}
	plain := funded(row(1, 1), row(2, 1))
	marked := funded(row(1, 1), row(2, 1))
	marked.Marks = marked.Series[:1]
	hashes := map[market.Hash]string{plain.InputsHash(nil): "plain"}
	for name, h := range map[string]*backtest.History{"rate": funded(row(1, 1), row(2, 2)), "one": funded(row(1, 1)), "none": funded(), "marked": marked} {
		if was, twice := hashes[h.InputsHash(nil)]; twice {
			t.Errorf("%s and %s have one hash", name, was)
		}
		hashes[h.InputsHash(nil)] = name
	}
	cut := plain.Between(clock(1), clock(3))
	if len(cut.Funding) != 1 || cut.Funding[0].Time != clock(2) {
		t.Errorf("from 01:00 to 03:00 there are fundings %v, want that of 02:00", cut.Funding)
	}
	if cut := marked.Between(0, clock(1)); len(cut.Funding) != 1 || cut.Marks[0].Columns.Len() != 1 {
		t.Errorf("to 01:00 there are fundings %v and marks %v", cut.Funding, cut.Marks[0].Columns)
	}
}
