package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

const (
	archiveMagic = "SMARCH\x00\x01"
	minArchive   = len(archiveMagic) + 4 + 3 // magic, checksum, three empty lists
)

// SeriesBars is a series with its bars, for [WriteArchive].
type SeriesBars struct {
	Series
	Bars *market.Columns
}

// An InstrumentSnapshot is an instrument as it was from a time on.
type InstrumentSnapshot struct {
	From       market.Time
	Instrument market.Instrument
}

// WriteArchive writes bars, instruments and signals as one archive. They are
// checked as a [DB] checks them, and may come in any order; the same content gives
// the same bytes.
func WriteArchive(out io.Writer, bars []SeriesBars, instruments []InstrumentSnapshot, signals []market.Signal) error {
	var w writer
	w.raw([]byte(archiveMagic))
	if err := w.bars(bars); err != nil {
		return err
	}
	if err := w.snapshots(instruments); err != nil {
		return err
	}
	if err := w.signals(signals); err != nil {
		return err
	}
	if w.err != nil {
		return w.err
	}
	_, err := out.Write(binary.LittleEndian.AppendUint32(w.b, crc32.Checksum(w.b, castagnoli)))
	return err
}

func (s *SeriesBars) check() error {
	if err := s.Validate(); err != nil {
		return err
	}
	if s.Bars.Len() > 0 && s.Bars.Interval != s.Interval {
		return fmt.Errorf("bars of %s put as %s", s.Bars.Interval, s.Interval)
	}
	return checkRows(s.Bars)
}

func (w *writer) bars(bars []SeriesBars) error {
	bars = slices.SortedFunc(slices.Values(bars), func(a, b SeriesBars) int { return a.Compare(b.Series) })
	w.uint(uint64(len(bars)))
	for i, s := range bars {
		if i > 0 && s.Series == bars[i-1].Series {
			return fmt.Errorf("series %s twice", s.Series)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("%s: %w", s.Series, err)
		}
		blocks, err := encode(s.Bars)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Series, err)
		}
		w.text(s.Venue)
		w.text(s.Symbol)
		w.int(int64(s.Interval))
		w.uint(uint64(len(blocks)))
		for _, b := range blocks {
			w.uint(uint64(len(b)))
			w.raw(b)
		}
	}
	return nil
}

func (w *writer) snapshots(list []InstrumentSnapshot) error {
	list = slices.SortedFunc(slices.Values(list), compareSnapshots)
	w.uint(uint64(len(list)))
	for i := range list {
		s := &list[i]
		if i > 0 && compareSnapshots(list[i-1], *s) == 0 {
			return fmt.Errorf("instrument %s twice at %s", s.Instrument.Symbol, s.From)
		}
		if err := checkInstrument(&s.Instrument); err != nil {
			return err
		}
		w.int(int64(s.From))
		w.instrument(&s.Instrument)
	}
	return nil
}

func compareSnapshots(a, b InstrumentSnapshot) int {
	k := bytes.Compare(instrumentPrefix(a.Instrument.Venue, a.Instrument.Symbol), instrumentPrefix(b.Instrument.Venue, b.Instrument.Symbol))
	if k != 0 {
		return k
	}
	return bytes.Compare(timeKey(a.From), timeKey(b.From))
}

// signals writes rows against the one before: names and raw hashes go into tables.
func (w *writer) signals(rows []market.Signal) error {
	rows = slices.SortedFunc(slices.Values(rows), compareSignals)
	names, raws := table[signalName]{}, table[market.Hash]{}
	for i := range rows {
		if err := checkSignal(&rows[i]); err != nil {
			return err
		}
		if i > 0 && compareSignals(rows[i-1], rows[i]) == 0 {
			return fmt.Errorf("signal of %s for %s, revision %d, twice", rows[i].Source, rows[i].Effective, rows[i].Revision)
		}
		names.add(nameOf(&rows[i]))
		raws.add(rows[i].Raw)
	}
	w.uint(uint64(len(names.list)))
	for _, n := range names.list {
		w.text(n.source)
		w.text(string(n.kind))
		w.text(string(n.subject))
	}
	w.uint(uint64(len(raws.list)))
	for _, h := range raws.list {
		w.raw(h[:])
	}
	w.uint(uint64(len(rows)))
	known := market.Time(0)
	for i := range rows {
		s := &rows[i]
		w.uint(names.index[nameOf(s)])
		w.uint(raws.index[s.Raw])
		w.since(s.Known, known)
		w.since(s.Effective, s.Known)
		w.uint(uint64(s.Revision))
		w.flags(s.Null, s.Assumed)
		w.float(s.Value)
		known = s.Known
	}
	return nil
}

type signalName struct {
	source  string
	kind    market.SignalKind
	subject market.Subject
}

func nameOf(s *market.Signal) signalName { return signalName{s.Source, s.Kind, s.Subject} }

// A table numbers things in the order they first appear.
type table[T comparable] struct {
	list  []T
	index map[T]uint64
}

func (t *table[T]) add(v T) {
	if _, known := t.index[v]; known {
		return
	}
	if t.index == nil {
		t.index = map[T]uint64{}
	}
	t.index[v] = uint64(len(t.list))
	t.list = append(t.list, v)
}

// blockSize bounds what a block may say of its length.
func blockSize(n int) bool { return n > 0 && n <= column.MaxSize }
