package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

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

// PutInstruments records instruments as they are from a time on; a snapshot of the
// same time is replaced, and one equal to that in force before it is not stored.
// IDs and Assumed are not kept.
func (db *DB) PutInstruments(from market.Time, list []market.Instrument) error {
	for i := range list {
		if err := checkInstrument(&list[i]); err != nil {
			return &market.Error{Class: market.Data, Where: db.path, Err: err}
		}
	}
	return db.update(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketInstruments)
		if err != nil {
			return err
		}
		for i := range list {
			if err := putInstrument(b, from, &list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func checkInstrument(i *market.Instrument) error {
	if err := i.Validate(); err != nil {
		return err
	}
	return Series{i.Venue, i.Symbol, market.Minute}.Validate()
}

func putInstrument(b *bolt.Bucket, from market.Time, i *market.Instrument) error {
	w := writer{}
	w.instrument(i)
	if w.err != nil {
		return w.err
	}
	prefix := instrumentPrefix(i.Venue, i.Symbol)
	key := appendTimeKey(prefix, from)
	value := seal(key, w.b)
	if _, v := snapshotBefore(b, prefix, from); v != nil && bytes.Equal(v[:len(v)-4], value[:len(value)-4]) {
		return nil
	}
	return b.Put(key, value)
}

// snapshotBefore returns the latest snapshot at or before t.
func snapshotBefore(b *bolt.Bucket, prefix []byte, t market.Time) (k, v []byte) {
	cur := b.Cursor()
	key := appendTimeKey(bytes.Clone(prefix), t)
	k, v = cur.Seek(key)
	switch {
	case k == nil:
		k, v = cur.Last()
	case !bytes.Equal(k, key):
		k, v = cur.Prev()
	}
	if len(k) != len(key) || !bytes.HasPrefix(k, prefix) || len(v) < 4 {
		return nil, nil
	}
	return k, v
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
func (db *DB) Instruments(at market.Time) (list []market.Instrument, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		all, err := snapshots(tx)
		list = asOf(all, at)
		return err
	})
	return list, err
}

// snapshots returns all snapshots by venue, symbol and time.
func snapshots(tx *bolt.Tx) (all []snapshot, err error) {
	b, err := bucket(tx, bucketInstruments)
	if err != nil {
		return nil, err
	}
	err = b.ForEach(func(k, v []byte) error {
		v, err := unseal(k, v)
		if err != nil || len(k) < 8 {
			return fmt.Errorf("%w: instrument %x", ErrCorrupt, k)
		}
		r := reader{b: v}
		i := r.instrument()
		if err := r.end(); err != nil {
			return fmt.Errorf("%w: instrument %x: %w", ErrCorrupt, k, err)
		}
		all = append(all, snapshot{parseTimeKey(k[len(k)-8:]), i})
		return nil
	})
	return all, err
}

// asOf chooses each instrument's snapshot as of a date from those ordered by
// instrument and time.
func asOf(all []snapshot, at market.Time) (list []market.Instrument) {
	for n, s := range all {
		first := n == 0 || all[n-1].i.Venue != s.i.Venue || all[n-1].i.Symbol != s.i.Symbol
		switch {
		case first:
			s.i.Assumed = s.from > at
			list = append(list, s.i)
		case s.from <= at:
			list[len(list)-1] = s.i
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
	w.flags(i.Fees.InQuote)
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
	i.Fees.InQuote = r.flags(1)[0]
	return i
}

// amounts are the decimals of an instrument in the order they are stored.
func amounts(i *market.Instrument) [9]*decimal.Decimal {
	return [...]*decimal.Decimal{&i.Tick, &i.Step, &i.MinQuantity, &i.MaxQuantity, &i.MinNotional,
		&i.PriceBandUp, &i.PriceBandDown, &i.Fees.Maker, &i.Fees.Taker}
}
