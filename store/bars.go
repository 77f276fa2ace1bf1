package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// seriesKey is venue, NUL, symbol, NUL and the interval as big-endian nanoseconds.
func seriesKey(s Series) []byte {
	k := append([]byte(s.Venue), 0)
	k = append(append(k, s.Symbol...), 0)
	return binary.BigEndian.AppendUint64(k, uint64(s.Interval))
}

func parseSeriesKey(k []byte) (Series, error) {
	venue, rest, ok1 := bytes.Cut(k, []byte{0})
	symbol, d, ok2 := bytes.Cut(rest, []byte{0})
	if !ok1 || !ok2 || len(d) != 8 {
		return Series{}, fmt.Errorf("%w: series key %x", ErrCorrupt, k)
	}
	s := Series{string(venue), string(symbol), market.Interval(binary.BigEndian.Uint64(d))}
	if err := s.Validate(); err != nil {
		return Series{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return s, nil
}

// SeriesList implements [Reader].
func (db *DB) SeriesList() (list []Series, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		bars, err := bucket(tx, bucketBars)
		if err != nil {
			return err
		}
		return bars.ForEachBucket(func(k []byte) error {
			s, err := parseSeriesKey(k)
			list = append(list, s)
			return err
		})
	})
	return list, err
}

// seriesBucket returns the blocks of s, or nil where there are none.
func seriesBucket(tx *bolt.Tx, s Series) (*bolt.Bucket, error) {
	bars, err := bucket(tx, bucketBars)
	if err != nil {
		return nil, err
	}
	return bars.Bucket(seriesKey(s)), nil
}

// Stats implements [Reader].
func (db *DB) Stats(s Series) (st SeriesStats, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		b, err := seriesBucket(tx, s)
		if err != nil {
			return err
		}
		if b == nil {
			return noSeries(db.path, s)
		}
		if err := b.ForEach(func(k, v []byte) error { return st.count(k, v) }); err != nil {
			return err
		}
		return checkTotal(b, st.Rows)
	})
	return st, err
}

func (st *SeriesStats) count(key, block []byte) error {
	h, err := column.Peek(block)
	if err != nil {
		return err
	}
	if err := checkKey(key, h); err != nil {
		return err
	}
	if st.Blocks == 0 {
		st.First = h.First
	}
	st.Blocks++
	st.Rows += h.Count
	st.Last = h.Last
	st.Bytes += int64(len(block))
	return nil
}

func checkKey(key []byte, h column.Header) error {
	if len(key) != 8 || parseTimeKey(key) != h.First {
		return fmt.Errorf("%w: block of %s has key %x", ErrCorrupt, h.First, key)
	}
	return nil
}

// Bars implements [Reader].
func (db *DB) Bars(s Series, from, to market.Time) (c *market.Columns, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		b, err := seriesBucket(tx, s)
		if err != nil {
			return err
		}
		if b == nil {
			return noSeries(db.path, s)
		}
		blocks, err := collect(b, s.Interval, from, to)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if from == 0 && to == 0 {
			if err := checkTotal(b, blocks.rows); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		if c, err = blocks.decode(s.Interval); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		c = between(c, from, to)
		return nil
	})
	return c, err
}

// collect finds the blocks that can hold rows of [from, to).
func collect(b *bolt.Bucket, d market.Interval, from, to market.Time) (span, error) {
	var out span
	cur := b.Cursor()
	k, v := seekBefore(cur, from)
	if first, _ := b.Cursor().First(); len(k) == 8 && parseTimeKey(k) > from && !bytes.Equal(k, first) {
		return out, fmt.Errorf("%w: blocks before %s are not found", ErrCorrupt, parseTimeKey(k))
	}
	for ; k != nil; k, v = cur.Next() {
		if len(k) == 8 && to != 0 && parseTimeKey(k) >= to {
			break
		}
		h, err := out.add(v, d)
		if err != nil {
			return out, err
		}
		if err := checkKey(k, h); err != nil {
			return out, err
		}
	}
	return out, nil
}

// seekBefore goes to the last block that starts at or before t, or to the first.
func seekBefore(cur *bolt.Cursor, t market.Time) (k, v []byte) {
	switch k, v = cur.Seek(timeKey(t)); {
	case k == nil:
		return cur.Last()
	case bytes.Equal(k, timeKey(t)):
		return k, v
	}
	if k, v = cur.Prev(); k != nil {
		return k, v
	}
	return cur.First()
}
