package strategytest

import (
	"math/rand/v2"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// source is where the signals of the suite come from.
const source = "synthetic"

// lag is how long after the end of its day a signal becomes known.
const lag = 7 * market.Time(time.Minute)

// signals makes daily signals of every kind, about each asset and about the market.
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
			rows = append(rows, s.days(w, r, k, subject)...)
		}
	}
	return rows
}

// days makes the signals of one kind and subject. Some days are missing, null, late,
// or revised in the evening.
func (s *settings) days(w world, r *rand.Rand, k kind, subject market.Subject) []market.Signal {
	end := start + market.Time(w.bars)*market.Time(s.interval)
	last := end
	if w.signals == ending {
		last = start + (end-start)/3
	}
	var rows []market.Signal
	at := 0.5
	for day := start - 2*market.Day; day+market.Day+lag < last; day += market.Day {
		at = bounce(at + (r.Float64()-0.5)/2)
		row := market.Signal{
			Source: source, Kind: k.name, Subject: subject, Instrument: market.NoInstrument,
			Effective: day, Known: day + market.Day + lag, Value: k.value(at), Null: w.signals == allNull,
		}
		rows = append(rows, vary(r, row, k)...)
	}
	return rows
}

// vary returns what becomes of a day's row.
func vary(r *rand.Rand, row market.Signal, k kind) []market.Signal {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		row.Null = true
	case 2:
		row.Known += 30 * market.Time(time.Hour)
	case 3, 4:
		revised := row
		revised.Revision, revised.Known, revised.Value = 1, row.Known+6*market.Time(time.Hour)+lag, k.value(r.Float64())
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

// value returns the value at a share of the range, on a grid of fiftieths so that
// assets are equal now and then.
func (k kind) value(share float64) float64 {
	step := float64(int(share*50)) / 50
	return k.low + float64(step*(k.high-k.low))
}
