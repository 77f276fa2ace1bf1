package strategytest

import (
	"math/rand/v2"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// source is where the signals of the suite come from.
const source = "synthetic"

// lag is how long after the end of its period a signal becomes known.
const lag = 7 * market.Time(time.Minute)

// period returns what a signal is about: a day of hourly bars, or as many finer ones.
func (s *settings) period() market.Time { return min(market.Day, 24*market.Time(s.interval)) }

// signals makes signals of every kind, about each asset and about the market.
func (s *settings) signals(w world, instruments []market.Instrument) []market.Signal {
	if w.signals == none {
		return nil
	}
	subjects := []market.Subject{market.MarketWide}
	for k := range instruments {
		subjects = append(subjects, market.Subject(instruments[k].Base))
	}
	var rows []market.Signal
	for n, k := range s.kinds {
		for m, subject := range subjects {
			r := rand.New(rand.NewPCG(s.seed, uint64(1000*(n+1)+m)))
			rows = append(rows, s.rows(w, r, k, subject)...)
		}
	}
	return rows
}

// rows makes the signals of one kind and subject. Some are missing, null, late, or
// revised after a while.
func (s *settings) rows(w world, r *rand.Rand, k kind, subject market.Subject) []market.Signal {
	end := start + market.Time(w.bars)*market.Time(s.interval)
	last := end
	if w.signals == ending {
		last = start + (end-start)/3
	}
	var rows []market.Signal
	at, period := 0.5, s.period()
	for t := start - 2*period; t+period+lag < last; t += period {
		at = bounce(at + (r.Float64()-0.5)/2)
		row := market.Signal{
			Source: source, Kind: k.name, Subject: subject, Instrument: market.NoInstrument,
			Effective: t, Known: t + period + lag, Value: k.value(at), Null: w.signals == allNull,
		}
		switch w.signals {
		case stale:
			row.Known += 10 * period
		case wild:
			row.Value = k.outside(r)
		}
		rows = append(rows, vary(r, row, k, period)...)
	}
	return rows
}

// vary returns what becomes of a row.
func vary(r *rand.Rand, row market.Signal, k kind, period market.Time) []market.Signal {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		row.Null = true
	case 2:
		row.Known += period + period/4
	case 3, 4:
		revised := row
		revised.Revision, revised.Known, revised.Value = 1, row.Known+period/4+lag, k.value(r.Float64())
		return []market.Signal{row, revised}
	}
	return []market.Signal{row}
}

// bounce brings a share back between 0 and 1.
func bounce(x float64) float64 {
	switch {
	case x < 0:
		return -x
	case x > 1:
		return 2 - x
	}
	return x
}

// outside returns a value that no source should send.
func (k kind) outside(r *rand.Rand) float64 {
	values := [...]float64{0, -1, 1e-12, -1e12, 1e12, k.low - 1, k.high + 1, 100 * k.high}
	return values[r.IntN(len(values))]
}

// value returns the value at a share of the range, on a grid of fiftieths so that
// assets are equal now and then.
func (k kind) value(share float64) float64 {
	step := float64(int(share*50)) / 50
	return k.low + float64(step*(k.high-k.low))
}
