package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/shopspring/decimal"
	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// A snapshot is an instrument as it was from some time on.
type snapshot struct {
	from market.Time
	i    market.Instrument
}

// instrumentPrefix is what the keys of an instrument's snapshots start with.
func instrumentPrefix(venue, symbol string) []byte {
	k := append([]byte(venue), 0)
	return append(append(k, symbol...), 0)
}

// PutInstruments records instruments as they were seen at a time. One that equals what is
// in force is stored too, since what comes later may tell of a time between. A snapshot
// of the same time is replaced; those that were and differed are returned as they were.
// IDs, Assumed, and of Margin what is the account's are not kept. Errors are of class
// [market.Data], and nothing is stored then.
func (db *DB) PutInstruments(from market.Time, list []market.Instrument) (replaced []market.Instrument, err error) {
	for i := range list {
		if err := checkInstrument(&list[i]); err != nil {
			return nil, &market.Error{Class: market.Data, Where: db.path, Err: err}
		}
	}
	err = db.update(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketInstruments)
		replaced = nil
		for i := 0; i < len(list) && err == nil; i++ {
			var old *market.Instrument
			if old, err = putInstrument(b, from, &list[i]); old != nil {
				replaced = append(replaced, *old)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return replaced, nil
}

func checkInstrument(i *market.Instrument) error {
	listed := own(*i)
	if listed.Margin != nil && listed.Margin.Leverage.IsZero() {
		listed.Margin.Leverage = decimal.New(1, 0) // the account's
	}
	if err := listed.Validate(); err != nil {
		return err
	}
	return Series{i.Venue, i.Symbol, market.Minute}.Validate()
}

// putInstrument stores a snapshot, and returns the other one that stood in its place.
func putInstrument(b *bolt.Bucket, from market.Time, i *market.Instrument) (old *market.Instrument, err error) {
	w := writer{}
	w.instrument(i)
	if w.err != nil {
		return nil, w.err
	}
	key := appendTimeKey(instrumentPrefix(i.Venue, i.Symbol), from)
	value := seal(key, w.b)
	switch stored := b.Get(key); {
	case bytes.Equal(stored, value):
		return nil, nil
	case stored != nil:
		was, err := parseSnapshot(key, stored)
		if err != nil {
			return nil, err
		}
		old = &was.i
	}
	return old, b.Put(key, value)
}

// seal appends a checksum of key and value to the value.
func seal(key, value []byte) []byte {
	return binary.BigEndian.AppendUint32(value, sum(key, value))
}

// unseal returns a value without its checksum.
func unseal(key, value []byte) ([]byte, error) {
	n := len(value) - 4
	if n < 0 || binary.BigEndian.Uint32(value[n:]) != sum(key, value[:n]) {
		return nil, fmt.Errorf("%w: checksum of key %x", ErrCorrupt, key)
	}
	return value[:n], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// Instruments implements [Reader].
func (db *DB) Instruments(at market.Time) ([]market.Instrument, error) {
	all, err := db.snapshots()
	return asOf(all, at), err
}

// snapshots returns all snapshots by venue, symbol and time.
func (db *DB) snapshots() (all []snapshot, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		all, err = snapshots(tx)
		return err
	})
	return all, err
}

// own returns i with a margin that the caller may change.
func own(i market.Instrument) market.Instrument {
	if i.Margin != nil {
		m := *i.Margin
		m.Brackets = slices.Clone(m.Brackets)
		i.Margin = &m
	}
	return i
}

// Listings implements [Reader].
func (db *DB) Listings(from, to market.Time) ([]InstrumentSnapshot, error) {
	all, err := db.snapshots()
	return listings(all, from, to), err
}

// changes leaves out of snapshots ordered by instrument and time those that say what the
// one before says.
func changes(all []snapshot) (list []snapshot) {
	for _, s := range all {
		if n := len(list); n == 0 || !sameInstrument(&list[n-1].i, &s.i) {
			list = append(list, s)
		}
	}
	return list
}

// listings chooses from snapshots ordered by instrument and time what Listings returns.
func listings(all []snapshot, from, to market.Time) (list []InstrumentSnapshot) {
	all = changes(all)
	for n, s := range all {
		first := n == 0 || all[n-1].i.Venue != s.i.Venue || all[n-1].i.Symbol != s.i.Symbol
		if first && s.from > from {
			assumed := InstrumentSnapshot{from, own(s.i)}
			assumed.Instrument.Assumed = true
			list = append(list, assumed)
		}
		switch {
		case !first && s.from <= from:
			list[len(list)-1] = InstrumentSnapshot{s.from, own(s.i)}
		case s.from <= from || to == 0 || s.from < to:
			list = append(list, InstrumentSnapshot{s.from, own(s.i)})
		}
	}
	return list
}

func snapshots(tx *bolt.Tx) (all []snapshot, err error) {
	b, err := bucket(tx, bucketInstruments)
	if err != nil {
		return nil, err
	}
	err = b.ForEach(func(k, v []byte) error {
		s, err := parseSnapshot(k, v)
		all = append(all, s)
		return err
	})
	return all, err
}

func parseSnapshot(k, v []byte) (snapshot, error) {
	v, err := unseal(k, v)
	if err != nil || len(k) < 8 {
		return snapshot{}, fmt.Errorf("%w: instrument %x", ErrCorrupt, k)
	}
	r := reader{b: v}
	i := r.instrument()
	if err := r.end(); err != nil {
		return snapshot{}, fmt.Errorf("%w: instrument %x: %w", ErrCorrupt, k, err)
	}
	return snapshot{parseTimeKey(k[len(k)-8:]), i}, nil
}

// sameInstrument compares what is stored of two.
func sameInstrument(a, b *market.Instrument) bool {
	var v, w writer
	v.instrument(a)
	w.instrument(b)
	return v.err == nil && w.err == nil && bytes.Equal(v.b, w.b)
}

// asOf chooses each instrument's snapshot as of a date from those ordered by
// instrument and time.
func asOf(all []snapshot, at market.Time) (list []market.Instrument) {
	for n, s := range all {
		first := n == 0 || all[n-1].i.Venue != s.i.Venue || all[n-1].i.Symbol != s.i.Symbol
		switch {
		case first:
			list = append(list, own(s.i))
			list[len(list)-1].Assumed = s.from > at
		case s.from <= at:
			list[len(list)-1] = own(s.i)
		}
	}
	return list
}

// instrument writes all of i but what belongs to one run.
func (w *writer) instrument(i *market.Instrument) {
	for _, s := range [...]string{i.Venue, i.Symbol, i.Base, i.Quote} {
		w.limited(s, maxName)
	}
	for _, d := range amounts(i) {
		w.decimal(*d)
	}
	w.int(int64(i.BasePrecision))
	w.int(int64(i.QuotePrecision))
	more := i.MaxOrders != 0 || i.MaxStops != 0 || !i.MaxNotional.IsZero() || i.Margin != nil
	w.flags(i.Fees.InQuote, more)
	if more {
		w.limits(i)
	}
}

// limits writes what only some instruments have.
func (w *writer) limits(i *market.Instrument) {
	w.decimal(i.MaxNotional)
	w.uint(uint64(i.MaxOrders))
	w.uint(uint64(i.MaxStops))
	w.flags(i.Margin != nil)
	if i.Margin == nil {
		return
	}
	w.decimal(i.Margin.LiquidationFee)
	if n := len(i.Margin.Brackets); n > market.MaxBrackets {
		w.fail("%d margin brackets are more than %d", n, market.MaxBrackets)
		return
	}
	w.uint(uint64(len(i.Margin.Brackets)))
	for k := range i.Margin.Brackets {
		for _, d := range bracket(&i.Margin.Brackets[k]) {
			w.decimal(*d)
		}
	}
}

func (r *reader) instrument() market.Instrument {
	i := market.Instrument{ID: market.NoInstrument}
	for _, s := range [...]*string{&i.Venue, &i.Symbol, &i.Base, &i.Quote} {
		*s = r.limited(maxName)
	}
	for _, d := range amounts(&i) {
		*d = r.decimal()
	}
	i.BasePrecision = int32(r.between(0, 18))
	i.QuotePrecision = int32(r.between(0, 18))
	has := r.flags(2)
	i.Fees.InQuote = has[0]
	if has[1] {
		r.limits(&i)
	}
	return i
}

func (r *reader) limits(i *market.Instrument) {
	i.MaxNotional = r.decimal()
	i.MaxOrders, i.MaxStops = r.count31(), r.count31()
	if r.flags(1)[0] {
		i.Margin = r.margin()
	} else if r.err == nil && i.MaxNotional.IsZero() && i.MaxOrders == 0 && i.MaxStops == 0 {
		r.fail("limits that limit nothing")
	}
}

func (r *reader) margin() *market.Margin {
	m := &market.Margin{LiquidationFee: r.decimal()}
	n := r.count(8)
	if n > market.MaxBrackets {
		r.fail("%d margin brackets are more than %d", n, market.MaxBrackets)
		return m
	}
	if n > 0 {
		m.Brackets = make([]market.MarginBracket, n)
	}
	for k := range m.Brackets {
		for _, d := range bracket(&m.Brackets[k]) {
			*d = r.decimal()
		}
	}
	return m
}

// count31 reads a number that fits an int on every machine.
func (r *reader) count31() int {
	v := r.uint()
	if v > math.MaxInt32 {
		r.fail("%d is above %d", v, math.MaxInt32)
		return 0
	}
	return int(v)
}

// bracket is the decimals of a margin bracket in the order they are stored.
func bracket(b *market.MarginBracket) [4]*decimal.Decimal {
	return [...]*decimal.Decimal{&b.Cap, &b.MaxLeverage, &b.Rate, &b.Deduction}
}

// amounts are the decimals of an instrument in the order they are stored.
func amounts(i *market.Instrument) [9]*decimal.Decimal {
	return [...]*decimal.Decimal{&i.Tick, &i.Step, &i.MinQuantity, &i.MaxQuantity, &i.MinNotional,
		&i.PriceBandUp, &i.PriceBandDown, &i.Fees.Maker, &i.Fees.Taker}
}
