package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// sample is some content of an archive, out of order.
func sample() ([]SeriesBars, []InstrumentSnapshot, []market.Signal) {
	hours := minutes(100, 200, 0)
	hours.Interval, hours.PriceScale = market.Hour, -1
	hours.Incomplete = make([]bool, 100)
	hours.Incomplete[5] = true
	bars := []SeriesBars{{Series{"binance", "ETHUSDT", market.Minute}, minutes(5, 5005, 1)}, {btc, minutes(0, 9000, 0)}, {Series{"binance", "BTCUSDT", market.Hour}, hours}}
	instruments := []InstrumentSnapshot{{200, instrument("B", 1)}, {50, instrument("A", 2)}, {100, instrument("A", 3)}}
	signals := []market.Signal{
		{Source: "s", Kind: "k", Subject: "BTC", Effective: 5, Known: 90, Value: 1.5, Raw: market.Hash{1}, Instrument: market.NoInstrument},
		{Source: "s", Kind: "k", Subject: "*", Effective: 7, Known: 8, Null: true, Assumed: true, Revision: 3, Instrument: market.NoInstrument},
		{Source: "r", Kind: "k", Subject: "BTC", Effective: 5, Known: 90, Value: -2, Raw: market.Hash{1}, Instrument: market.NoInstrument},
	}
	return bars, instruments, signals
}

func sampleArchive(tb testing.TB) []byte {
	tb.Helper()
	bars, instruments, signals := sample()
	var b bytes.Buffer
	if err := WriteArchive(&b, bars, instruments, signals); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// sampleDB puts the same content into a file.
func sampleDB(tb testing.TB) *DB {
	tb.Helper()
	db := open(tb, filepath.Join(tb.TempDir(), "history.db"))
	bars, instruments, signals := sample()
	for _, s := range bars {
		mustPut(tb, db, s.Series, s.Bars)
	}
	for _, s := range instruments {
		if _, err := db.PutInstruments(s.From, []market.Instrument{s.Instrument}); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := db.PutSignals(signals); err != nil {
		tb.Fatal(err)
	}
	return db
}

// TestArchiveReadsAsFile compares every answer of an archive with that of a file of
// the same content.
func TestArchiveReadsAsFile(t *testing.T) {
	a, err := ReadArchive(sampleArchive(t))
	if err != nil {
		t.Fatal(err)
	}
	db := sampleDB(t)
	list, err := db.SeriesList()
	same(t, "series", list, err, a.SeriesList)
	for _, s := range append(list, Series{"x", "Y", market.Minute}) {
		st, err := db.Stats(s)
		same(t, "statistics", st, err, func() (SeriesStats, error) { return a.Stats(s) })
		for _, r := range [][2]int{{0, 0}, {50, 4100}, {4097, 4098}, {9000, 0}, {200, 100}, {0, 1}} {
			from, to := minute(r[0]-1, 0).OpenTime, minute(r[1]-1, 0).OpenTime
			c, err := db.Bars(s, from, to)
			same(t, "bars", c, err, func() (*market.Columns, error) { return a.Bars(s, from, to) })
		}
	}
	for _, at := range []market.Time{0, 50, 100, 150, 500} {
		got, err := db.Instruments(at)
		same(t, "instruments", got, err, func() ([]market.Instrument, error) { return a.Instruments(at) })
	}
	for _, f := range []SignalFilter{{}, {Source: "s"}, {Subject: "*"}, {From: 9}, {To: 90}, {Kind: "x"}} {
		got, err := db.Signals(f)
		same(t, "signals", got, err, func() ([]market.Signal, error) { return a.Signals(f) })
	}
}

func same[T any](t *testing.T, what string, want T, wantErr error, f func() (T, error)) {
	t.Helper()
	got, err := f()
	if errors.Is(err, ErrNoSeries) != errors.Is(wantErr, ErrNoSeries) || (err == nil) != (wantErr == nil) {
		t.Errorf("%s: %v, want %v", what, err, wantErr)
	}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Errorf("%s (-file +archive):\n%.500s", what, diff)
	}
}

func TestArchiveSameBytes(t *testing.T) {
	bars, instruments, signals := sample()
	slices.Reverse(bars)
	slices.Reverse(instruments)
	slices.Reverse(signals)
	var b bytes.Buffer
	if err := WriteArchive(&b, bars, instruments, signals); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), sampleArchive(t)) {
		t.Error("the order of the content changes the archive")
	}
}

func TestArchiveRefuses(t *testing.T) {
	bars, instruments, signals := sample()
	bad := minutes(0, 5, 0)
	bad.Low[2] = -1
	for name, f := range map[string]func() error{
		"series twice":     func() error { return WriteArchive(&bytes.Buffer{}, append(bars, bars[0]), nil, nil) },
		"bad bar":          func() error { return WriteArchive(&bytes.Buffer{}, []SeriesBars{{btc, bad}}, nil, nil) },
		"instrument twice": func() error { return WriteArchive(&bytes.Buffer{}, nil, append(instruments, instruments[0]), nil) },
		"no instrument":    func() error { return WriteArchive(&bytes.Buffer{}, nil, make([]InstrumentSnapshot, 1), nil) },
		"signal twice":     func() error { return WriteArchive(&bytes.Buffer{}, nil, nil, append(signals, signals[0])) },
		"no signal":        func() error { return WriteArchive(&bytes.Buffer{}, nil, nil, make([]market.Signal, 1)) },
	} {
		if err := f(); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	whole := sampleArchive(t)
	for i := 0; i < len(whole); i += 97 {
		bad := slices.Clone(whole)
		bad[i] ^= 1
		if _, err := ReadArchive(bad); market.ClassOf(err) != market.Data {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
		if _, err := ReadArchive(whole[:i]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

// TestArchiveSignals writes random rows and reads them with random filters.
func TestArchiveSignals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, _ := tellSignals(nil, nil)
		for _, s := range rapid.SliceOf(rapid.Custom(drawSignal)).Draw(t, "rows") {
			if all, conflict := tellSignals(rows, []market.Signal{s}); !conflict {
				rows = all
			}
		}
		var b bytes.Buffer
		if err := WriteArchive(&b, nil, nil, rows); err != nil {
			t.Fatal(err)
		}
		a, err := ReadArchive(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		compareFiltered(t, a, rows)
	})
}

// FuzzArchive reads bytes whose checksum is right, and everything in them.
func FuzzArchive(f *testing.F) {
	f.Add(sampleArchive(f))
	var b bytes.Buffer
	if err := WriteArchive(&b, []SeriesBars{{btc, minutes(0, 3, 0)}}, nil, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	_, instruments, signals := sample()
	b.Reset()
	if err := WriteArchive(&b, nil, instruments, signals); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := len(data) - 4; n >= 0 {
			data = slices.Clone(data)
			binary.LittleEndian.PutUint32(data[n:], crc32.Checksum(data[:n], castagnoli))
		}
		a, err := ReadArchive(data)
		if err != nil {
			return
		}
		for _, s := range a.list {
			if c, err := a.Bars(s, 0, 0); err == nil && c.Len() > a.blocks[s].rows {
				t.Fatalf("%s: %d rows of %d", s, c.Len(), a.blocks[s].rows)
			}
		}
		if _, err := a.Instruments(5); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Signals(SignalFilter{From: 5}); err != nil {
			t.Fatal(err)
		}
	})
}
