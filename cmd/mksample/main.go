// Command mksample makes the bundled sample from its sources:
//
//	go run ./cmd/mksample DIR
//
// DIR holds binance-spot-bernini10/SYMBOL-1h.csv.gz (candles),
// signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz (counts of headlines by mood and
// day) and exchangeinfo/lean-binance-symbol-properties.csv.gz (tick and lot sizes).
// The result is internal/sample/sample.bin, in the archive format of docs/format.md.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

const output = "internal/sample/sample.bin"

// filtersFrom is when the table of filters was taken; before it they are assumed.
const filtersFrom = "2025-09-20"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./cmd/mksample DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "mksample:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	symbols := []string{"BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"}
	var bars []store.SeriesBars
	for _, symbol := range symbols {
		r, err := barfile.ReadFile(filepath.Join(dir, "binance-spot-bernini10", symbol+"-1h.csv.gz"), barfile.Options{Interval: market.Hour})
		if err != nil {
			return err
		}
		bars = append(bars, store.SeriesBars{Series: store.Series{Venue: "binance", Symbol: symbol, Interval: market.Hour}, Bars: r.Columns})
	}
	instruments, err := filters(filepath.Join(dir, "exchangeinfo", "lean-binance-symbol-properties.csv.gz"), symbols)
	if err != nil {
		return err
	}
	scores, err := barfile.ReadSignalsFile(filepath.Join(dir, "signals-cryptopulse", "BTCUSD-1d-sentiment.csv.gz"), barfile.SignalOptions{})
	if err != nil {
		return err
	}
	rows := scores.Signals
	var out bytes.Buffer
	if err := store.WriteArchive(&out, bars, instruments, rows); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d series, %d signals\n", output, out.Len(), len(bars), len(rows))
	return os.WriteFile(output, out.Bytes(), 0o644)
}

// table reads a gzip CSV file with a header.
func table(path string) (rows [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(z)
	r.FieldsPerRecord = -1
	if rows, err = r.ReadAll(); err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows: %v", path, err)
	}
	return rows[1:], nil
}

// filters reads the tick, the lot and the minimum notional of spot symbols.
func filters(path string, symbols []string) ([]store.InstrumentSnapshot, error) {
	rows, err := table(path)
	if err != nil {
		return nil, err
	}
	from, err := market.ParseTime(filtersFrom)
	if err != nil {
		return nil, err
	}
	var list []store.InstrumentSnapshot
	for _, symbol := range symbols {
		for _, row := range rows {
			if row[1] != symbol || row[2] != "crypto" {
				continue
			}
			base, quote, err := market.SplitSymbol(symbol)
			if err != nil {
				return nil, err
			}
			in := market.Bare(symbol, base, quote)
			in.Venue = "binance"
			for field, text := range map[*decimal.Decimal]string{&in.Tick: row[6], &in.Step: row[7], &in.MinNotional: row[9]} {
				if *field, err = decimal.NewFromString(text); err != nil {
					return nil, fmt.Errorf("%s: %s: %w", path, symbol, err)
				}
			}
			list = append(list, store.InstrumentSnapshot{From: from, Instrument: in})
		}
	}
	if len(list) != len(symbols) {
		return nil, fmt.Errorf("%s: found %d of %d symbols", path, len(list), len(symbols))
	}
	return list, nil
}
