package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// PutBars merges c into a series, all or nothing: rows at new times are added, equal
// ones left alone, different ones replaced and counted as restated. Rows must be
// possible bars (see [market.Bar.Check]) of the interval of s in strictly rising time;
// if one is not, nothing is put and the error is of class [market.Data].
func (db *DB) PutBars(s Series, c *market.Columns) (PutStats, error) {
	sp := Spool{room: math.MaxInt}
	if err := sp.Add(c); err != nil {
		return PutStats{}, at(s.String(), err)
	}
	return db.PutSpool(s, &sp)
}

// at says where an error is that does not.
func at(where string, err error) error {
	var e *market.Error
	if !errors.As(err, &e) || e.Where != "" {
		return err
	}
	named := *e
	named.Where = where
	return &named
}

// PutSpool does with what a Spool holds what [DB.PutBars] does with its rows, in little
// memory however many they are. The Spool may be put again.
func (db *DB) PutSpool(s Series, sp *Spool) (PutStats, error) {
	if err := s.Validate(); err != nil {
		return PutStats{}, &market.Error{Class: market.Data, Where: s.String(), Err: err}
	}
	if sp.rows == 0 {
		return PutStats{}, nil
	}
	if sp.interval != s.Interval {
		return PutStats{}, &market.Error{Class: market.Data, Where: s.String(), Err: fmt.Errorf("bars of %s put as %s", sp.interval, s.Interval)}
	}
	db.writing.Lock()
	defer db.writing.Unlock()
	var st PutStats
	err := db.write(func(tx *bolt.Tx) (err error) {
		if st, err = db.putBars(tx, s, sp); err == nil && !st.changed() {
			return errUnchanged
		}
		return err
	})
	switch {
	case errors.Is(err, errLarge):
		return db.putStaged(s, sp)
	case err != nil && !errors.Is(err, errUnchanged):
		return PutStats{}, err
	}
	return st, nil
}

// errUnchanged rolls a transaction back that has nothing to write, errLarge one that
// would write too much.
var (
	errUnchanged = errors.New("nothing to write")
	errLarge     = errors.New("too much for one transaction")
)

// maxPut is how many bytes of blocks one transaction merges: bbolt holds what it
// writes in memory until it is on disk.
const maxPut = 16 << 20

// putBars merges rows into a series within a transaction.
func (db *DB) putBars(tx *bolt.Tx, s Series, sp *Spool) (PutStats, error) {
	bars, err := bucket(tx, bucketBars)
	if err != nil {
		return PutStats{}, err
	}
	var old span
	b := bars.Bucket(seriesKey(s))
	if b != nil {
		if old, err = touched(b, s.Interval, sp.first, sp.last); err != nil {
			return PutStats{}, fmt.Errorf("%s: %w", s, err)
		}
	}
	if old.size()+sp.size() > db.maxPut {
		return PutStats{}, errLarge
	}
	var merged span
	p := packer{emit: func(_ market.Time, block []byte) error {
		merged.blocks = append(merged.blocks, block)
		return nil
	}}
	m := merger{old: old.tape(s.Interval), fresh: sp.tape(), sink: p.take}
	if err := m.run(); err != nil {
		return PutStats{}, fmt.Errorf("%s: %w", s, err)
	}
	if !m.st.changed() {
		return m.st, nil
	}
	if err := p.flush(); err != nil {
		return m.st, err
	}
	if b, err = bars.CreateBucketIfNotExists(seriesKey(s)); err != nil {
		return m.st, err
	}
	if err := replace(b, old, merged); err != nil {
		return m.st, err
	}
	return m.st, b.SetSequence(b.Sequence() + uint64(m.st.Added))
}

// touched finds the blocks that rows from first to last overlap, and a neighbour on
// either side that has room: so blocks stay full however rows arrive.
func touched(b *bolt.Bucket, d market.Interval, first, last market.Time) (span, error) {
	var out span
	cur := b.Cursor()
	for k, v := seekBefore(cur, first); k != nil; k, v = cur.Next() {
		h, err := column.Peek(v)
		if err != nil {
			return out, err
		}
		if h.Last < first && h.Count == column.MaxRows {
			continue
		}
		if h.First > last && h.Count == column.MaxRows {
			break
		}
		if _, err = out.add(v, d); err != nil {
			return out, err
		}
		if err := checkKey(k, h); err != nil || h.First > last {
			return out, err
		}
	}
	return out, nil
}

// replace writes the blocks of merged where those of old were.
func replace(b *bolt.Bucket, old, merged span) error {
	stale := map[string]bool{}
	for _, block := range old.blocks {
		stale[string(keyOf(block))] = true
	}
	for _, block := range merged.blocks {
		key := keyOf(block)
		delete(stale, string(key))
		if bytes.Equal(b.Get(key), block) {
			continue
		}
		if err := b.Put(key, block); err != nil {
			return err
		}
	}
	for key := range stale {
		if err := b.Delete([]byte(key)); err != nil {
			return err
		}
	}
	return nil
}

// keyOf is the key of a sound block.
func keyOf(block []byte) []byte {
	h, _ := column.Peek(block)
	return timeKey(h.First)
}

// checkTotal compares how many rows of a series were read with how many were written:
// a damaged page may lose whole blocks without a trace in the others.
func checkTotal(b *bolt.Bucket, read int) error {
	if want := b.Sequence(); want != uint64(read) {
		return fmt.Errorf("%w: %d rows where %d were written", ErrCorrupt, read, want)
	}
	return nil
}
