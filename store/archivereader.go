package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// An Archive is an open archive. It is a [Reader] and shares the memory of the
// []byte it was read from, which must not change.
type Archive struct {
	list        []Series
	blocks      map[Series]archived
	instruments []snapshot
	signals     []market.Signal
}

// archived is the blocks of one series and what their headers say.
type archived struct {
	span
	stats SeriesStats
	heads []column.Header
}

// ReadArchive checks an archive and opens it; bars are decoded when asked for. An
// error is of class [market.Data] and wraps ErrCorrupt or ErrSchema.
func ReadArchive(data []byte) (*Archive, error) {
	a, err := readArchive(data)
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: "archive", Err: err, Hint: "get the file or the program again"}
	}
	return a, nil
}

func readArchive(data []byte) (*Archive, error) {
	if len(data) < minArchive || string(data[:6]) != archiveMagic[:6] {
		return nil, fmt.Errorf("%w: not an archive", ErrCorrupt)
	}
	if string(data[:8]) != archiveMagic {
		return nil, fmt.Errorf("%w: archive version %x", ErrSchema, data[6:8])
	}
	n := len(data) - 4
	if sum := crc32.Checksum(data[:n], castagnoli); sum != binary.LittleEndian.Uint32(data[n:]) {
		return nil, fmt.Errorf("%w: checksum of the archive", ErrCorrupt)
	}
	a := &Archive{blocks: map[Series]archived{}}
	r := reader{b: data[8:n]}
	for range r.count(4) {
		if err := a.series(&r); err != nil {
			return nil, err
		}
	}
	a.readInstruments(&r)
	a.readSignals(&r)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return a, nil
}

// series reads one series and checks the order of its blocks.
func (a *Archive) series(r *reader) error {
	s := Series{Venue: r.limited(maxName), Symbol: r.limited(maxName), Interval: market.Interval(r.int())}
	if r.err == nil {
		if err := s.Validate(); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	if n := len(a.list); n > 0 && a.list[n-1].Compare(s) >= 0 {
		return fmt.Errorf("%w: series %s out of order", ErrCorrupt, s)
	}
	var got archived
	for range r.count(1) {
		if err := got.read(r, s.Interval); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	a.list = append(a.list, s)
	a.blocks[s] = got
	return nil
}

func (g *archived) read(r *reader, d market.Interval) error {
	n := r.count(1)
	if !blockSize(n) || r.err != nil {
		return fmt.Errorf("%w: block of %d bytes", ErrCorrupt, n)
	}
	block := r.take(n)
	h, err := g.add(block, d)
	if err != nil {
		return err
	}
	if g.stats.Rows > 0 && h.First <= g.stats.Last {
		return fmt.Errorf("%w: blocks overlap at %s", ErrCorrupt, h.First)
	}
	g.heads = append(g.heads, h)
	return g.stats.count(timeKey(h.First), block)
}

func (a *Archive) readInstruments(r *reader) {
	for range r.count(10) {
		s := snapshot{market.Time(r.int()), r.instrument()}
		if n := len(a.instruments); n > 0 && r.err == nil {
			last := a.instruments[n-1]
			if compareSnapshots(InstrumentSnapshot{last.from, last.i}, InstrumentSnapshot{s.from, s.i}) >= 0 {
				r.fail("instrument %s out of order", s.i.Symbol)
			}
		}
		if r.err != nil {
			return
		}
		a.instruments = append(a.instruments, s)
	}
}

func (a *Archive) readSignals(r *reader) {
	names := make([]signalName, r.count(3))
	for i := range names {
		names[i] = signalName{r.limited(maxName), market.SignalKind(r.limited(maxName)), market.Subject(r.limited(maxName))}
	}
	raws := make([]market.Hash, r.count(32))
	for i := range raws {
		raws[i] = r.hash()
	}
	a.signals = make([]market.Signal, 0, r.count(14))
	known := market.Time(0)
	for range cap(a.signals) {
		a.signals = append(a.signals, r.archivedSignal(names, raws, known))
		known = a.signals[len(a.signals)-1].Known
	}
	if r.err == nil && !slices.IsSortedFunc(a.signals, compareSignals) {
		r.fail("signals out of order")
	}
}

func (r *reader) archivedSignal(names []signalName, raws []market.Hash, known market.Time) market.Signal {
	name, raw := r.uint(), r.uint()
	s := market.Signal{Instrument: market.NoInstrument, Known: r.since(known)}
	s.Effective = r.since(s.Known)
	revision := r.uint()
	has := r.flags(2)
	s.Value = r.float()
	if name >= uint64(len(names)) || raw >= uint64(len(raws)) || revision > 1<<30 {
		r.fail("signal with name %d, answer %d, revision %d", name, raw, revision)
		return s
	}
	s.Source, s.Kind, s.Subject = names[name].source, names[name].kind, names[name].subject
	s.Raw, s.Revision, s.Null, s.Assumed = raws[raw], int(revision), has[0], has[1]
	return s
}

// SeriesList implements [Reader].
func (a *Archive) SeriesList() ([]Series, error) { return slices.Clone(a.list), nil }

// Stats implements [Reader].
func (a *Archive) Stats(s Series) (SeriesStats, error) {
	got, ok := a.blocks[s]
	if !ok {
		return SeriesStats{}, noSeries("archive", s)
	}
	return got.stats, nil
}

// Bars implements [Reader].
func (a *Archive) Bars(s Series, from, to market.Time) (*market.Columns, error) {
	got, ok := a.blocks[s]
	if !ok {
		return nil, noSeries("archive", s)
	}
	var wanted span
	for i, h := range got.heads {
		if h.Last >= from && (to == 0 || h.First < to) {
			wanted.blocks = append(wanted.blocks, got.blocks[i])
			wanted.rows += h.Count
		}
	}
	c, err := wanted.decode(s.Interval)
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: "archive", Err: fmt.Errorf("%s: %w", s, err)}
	}
	return between(c, from, to), nil
}

func (a *Archive) snapshots() ([]snapshot, error) { return slices.Clone(a.instruments), nil }

// Instruments implements [Reader].
func (a *Archive) Instruments(at market.Time) ([]market.Instrument, error) {
	return asOf(a.instruments, at), nil
}

// Listings implements [Reader].
func (a *Archive) Listings(from, to market.Time) ([]InstrumentSnapshot, error) {
	return listings(a.instruments, from, to), nil
}

// Fundings returns none: an archive holds none.
func (a *Archive) Fundings(_, _ string, _, _ market.Time) ([]market.Funding, error) { return nil, nil }

// FundingList implements [Reader].
func (a *Archive) FundingList() ([]Series, error) { return nil, nil }

// Signals implements [Reader].
func (a *Archive) Signals(f SignalFilter) ([]market.Signal, error) {
	var rows []market.Signal
	for i := range a.signals {
		if s := &a.signals[i]; f.Selects(s) {
			rows = append(rows, *s)
		}
	}
	return rows, nil
}
