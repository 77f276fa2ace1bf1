package store

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// BenchmarkDecodeFromBolt reads a year of minutes from a file: into the same Columns
// again and again, which measures the decoder, and into new ones, which measures the
// allocator and the collector too.
func BenchmarkDecodeFromBolt(b *testing.B) {
	const rows = 525_600
	db := open(b, filepath.Join(b.TempDir(), "history.db"))
	mustPut(b, db, btc, minutes(0, rows, 0))
	st, err := db.Stats(btc)
	if err != nil {
		b.Fatal(err)
	}
	room := *market.MakeColumns(btc.Interval, rows)
	for name, read := range map[string]func() error{
		"reused": func() error { c := room; return readInto(db, &c) },
		"new":    func() error { _, err := db.Bars(btc, 0, 0); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
			b.ReportMetric(float64(st.Bytes)/rows, "B/bar")
		})
	}
}

// readInto is DB.Bars without the allocation.
func readInto(db *DB, c *market.Columns) error {
	return db.view(func(tx *bolt.Tx) error {
		b, err := seriesBucket(tx, btc)
		if err != nil {
			return err
		}
		blocks, err := collect(b, btc.Interval, 0, 0)
		if err != nil {
			return err
		}
		return blocks.into(c)
	})
}

// BenchmarkPutBars imports a year of minutes into an empty file.
func BenchmarkPutBars(b *testing.B) {
	const rows = 525_600
	c := minutes(0, rows, 0)
	run := 0
	for b.Loop() {
		run++
		db := open(b, filepath.Join(b.TempDir(), fmt.Sprint(run)))
		mustPut(b, db, btc, c)
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
}

// BenchmarkPutSpool checks, packs and imports a year of minutes in chunks, as a file is.
func BenchmarkPutSpool(b *testing.B) {
	const rows, chunk = 525_600, 1 << 16
	c := minutes(0, rows, 0)
	run := 0
	for b.Loop() {
		run++
		db := open(b, filepath.Join(b.TempDir(), fmt.Sprint(run)))
		sp := NewSpool(b.TempDir())
		for lo := 0; lo < rows; lo += chunk {
			if err := sp.Add(c.Slice(lo, min(lo+chunk, rows))); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := db.PutSpool(btc, sp); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
}

// BenchmarkAppend puts one bar at a time behind others, as they come in: with the disk,
// and without waiting for it.
func BenchmarkAppend(b *testing.B) {
	for _, wait := range []bool{true, false} {
		b.Run(fmt.Sprint("wait=", wait), func(b *testing.B) {
			db := open(b, filepath.Join(b.TempDir(), "live.db"))
			db.bolt.NoSync = !wait
			mustPut(b, db, btc, minutes(0, 10_000, 0))
			rows := 10_000
			for b.Loop() {
				mustPut(b, db, btc, minutes(rows, rows+1, 0))
				rows++
			}
		})
	}
}

// BenchmarkFold moves an hour of minutes of 500 series into a history of them.
func BenchmarkFold(b *testing.B) {
	const series = 500
	dir := b.TempDir()
	history, live := open(b, filepath.Join(dir, "history.db")), open(b, filepath.Join(dir, "live.db"))
	put := func(db *DB, from, to int) {
		db.bolt.NoSync = true
		c := minutes(from, to, 0)
		for i := range series {
			mustPut(b, db, Series{"v", fmt.Sprint("S", i), market.Minute}, c)
		}
		db.bolt.NoSync = false
	}
	put(history, 0, 6000)
	rows := 6000
	for b.Loop() {
		b.StopTimer()
		put(live, rows, rows+60)
		rows += 60
		b.StartTimer()
		if _, err := Fold(history, live); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a file of 2,000 series for reading and lists them.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "history.db")
	db := open(b, path)
	db.bolt.NoSync = true
	c := minutes(0, 10, 0)
	for i := range 2000 {
		mustPut(b, db, Series{"v", fmt.Sprint("S", i), market.Minute}, c)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		if list, err := r.SeriesList(); err != nil || len(list) != 2000 {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJournal commits instants of five bars, with a decision in none or in all.
func BenchmarkJournal(b *testing.B) {
	for _, decisions := range []int{0, 1} {
		b.Run(fmt.Sprint("decisions=", decisions), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "a.journal")
			j := mustCreate(b, path)
			bars := minutes(0, 1000, 0)
			i := 0
			for b.Loop() {
				r := barRecord(0, 0)
				r.Event.Bars, r.Event.Row = bars, int32(i%1000)
				for id := range 5 {
					r.Event.Instrument = market.InstrumentID(id)
					_ = j.Append(r)
				}
				for range decisions {
					_ = j.Append(market.Record{Kind: market.RecordDecision, Decision: &market.Decision{}})
				}
				if err := j.Commit(); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkReadArchive opens an archive of five years of hours of five symbols and
// decodes it all.
func BenchmarkReadArchive(b *testing.B) {
	var bars []SeriesBars
	for i := range 5 {
		c := minutes(i*50_000, i*50_000+43_800, 0)
		bars = append(bars, SeriesBars{Series{"v", fmt.Sprint("S", i), market.Minute}, c})
	}
	var buf bytes.Buffer
	if err := WriteArchive(&buf, bars, nil, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a, err := ReadArchive(buf.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range a.list {
			mustBars(b, a, s, 0, 0)
		}
	}
	b.ReportMetric(float64(buf.Len()), "B")
}
