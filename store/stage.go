package store

import (
	"bytes"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// putStaged merges more rows than one transaction should: it writes the whole series
// as it will be to a bucket of its own, in several transactions, and lets that take
// the place of the old one in the last. The caller holds db.writing.
func (db *DB) putStaged(s Series, sp *Spool) (PutStats, error) {
	m := staging(s, sp)
	if same, err := db.unchanged(s, m); same || err != nil {
		return m.st, err
	}
	m = staging(s, sp)
	m.sink = m.packer.take
	for more := true; more; {
		err := db.write(func(tx *bolt.Tx) (err error) {
			more, err = db.stage(tx, s, m)
			return err
		})
		if err != nil {
			_ = db.write(dropStaged) // else the next open for writing does
			return PutStats{}, err
		}
	}
	if err := db.write(func(tx *bolt.Tx) error { return flip(tx, s) }); err != nil {
		_ = db.write(dropStaged)
		return PutStats{}, err
	}
	return m.st, nil
}

// staged merges a series, a transaction after the other.
type staged struct {
	merger
	packer
	after []byte       // key of the last block that was read
	from  *bolt.Bucket // of this transaction; nil where there is no such series yet
	size  int64        // bytes written in this transaction
}

func staging(s Series, sp *Spool) *staged {
	m := &staged{}
	m.fresh = sp.tape()
	m.old = tape{interval: s.Interval, last: math.MinInt64, next: m.read}
	return m
}

// read returns the next block of the stored series.
func (m *staged) read() ([]byte, error) {
	if m.from == nil {
		return nil, nil
	}
	cur := m.from.Cursor()
	k, v := cur.Seek(m.after)
	if m.after != nil && bytes.Equal(k, m.after) {
		k, v = cur.Next()
	}
	if k == nil {
		return nil, nil
	}
	m.after = bytes.Clone(k)
	return bytes.Clone(v), nil // for a later transaction
}

// unchanged reports whether the rows are all there, and stops at the first that is not.
func (db *DB) unchanged(s Series, m *staged) (same bool, err error) {
	err = db.view(func(tx *bolt.Tx) (err error) {
		if m.from, err = seriesBucket(tx, s); err != nil {
			return err
		}
		for more := true; more && !m.st.changed(); {
			if more, err = m.step(); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	return err == nil && !m.st.changed(), err
}

// stage writes the next blocks, and says whether there are more. With the last of them
// it writes how many rows there are.
func (db *DB) stage(tx *bolt.Tx, s Series, m *staged) (more bool, err error) {
	if m.from, err = seriesBucket(tx, s); err != nil {
		return false, err
	}
	all, err := tx.CreateBucketIfNotExists(bucketStaging)
	if err != nil {
		return false, err
	}
	to, err := all.CreateBucketIfNotExists(seriesKey(s))
	if err != nil {
		return false, err
	}
	to.FillPercent = 1 // blocks come in order
	m.size = 0
	m.emit = func(first market.Time, block []byte) error {
		m.size += int64(len(block))
		return to.Put(timeKey(first), block)
	}
	for more = true; more && m.size <= db.maxPut; {
		if more, err = m.step(); err != nil {
			return false, fmt.Errorf("%s: %w", s, err)
		}
	}
	if more {
		return true, nil
	}
	if err := m.flush(); err != nil {
		return false, err
	}
	if m.from != nil {
		if err := checkTotal(m.from, m.rows-m.st.Added); err != nil {
			return false, fmt.Errorf("%s: %w", s, err)
		}
	}
	return false, to.SetSequence(uint64(m.rows))
}

// flip puts what is staged in the place of a series.
func flip(tx *bolt.Tx, s Series) error {
	bars, err := bucket(tx, bucketBars)
	if err != nil {
		return err
	}
	key := seriesKey(s)
	if bars.Bucket(key) != nil {
		if err := bars.DeleteBucket(key); err != nil {
			return err
		}
	}
	if err := tx.MoveBucket(key, tx.Bucket(bucketStaging), bars); err != nil {
		return err
	}
	return tx.DeleteBucket(bucketStaging)
}

// dropStaged removes what a put has left that did not end.
func dropStaged(tx *bolt.Tx) error {
	if tx.Bucket(bucketStaging) == nil {
		return nil
	}
	return tx.DeleteBucket(bucketStaging)
}
