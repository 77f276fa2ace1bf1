package store

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// A Removal names what to remove of one symbol at one venue.
type Removal struct {
	Venue, Symbol string
	Intervals     []market.Interval // of series; [market.Trades] is that of single trades
	Fundings      bool
	Instruments   bool // all snapshots
}

// Remove deletes what r names, all in one transaction, and passes over what is not
// there. Nothing of it is read, so that what is damaged can be removed too. The room is
// for what is stored next; [Compact] gives it back.
func (db *DB) Remove(r Removal) error {
	return db.update(func(tx *bolt.Tx) error {
		for _, d := range r.Intervals {
			if err := dropBucket(tx, bucketBars, seriesKey(Series{r.Venue, r.Symbol, d})); err != nil {
				return err
			}
		}
		if r.Fundings {
			if err := dropBucket(tx, bucketFundings, fundingsKey(r.Venue, r.Symbol)); err != nil {
				return err
			}
		}
		if r.Instruments {
			return dropSnapshots(tx, instrumentPrefix(r.Venue, r.Symbol))
		}
		return nil
	})
}

// dropBucket deletes a bucket of another, where there is one.
func dropBucket(tx *bolt.Tx, in, name []byte) error {
	all, err := bucket(tx, in)
	if err != nil || all.Bucket(name) == nil {
		return err
	}
	return all.DeleteBucket(name)
}

// dropSnapshots deletes the keys that are a prefix and a time.
func dropSnapshots(tx *bolt.Tx, prefix []byte) error {
	b, err := bucket(tx, bucketInstruments)
	if err != nil {
		return err
	}
	var keys [][]byte
	cur := b.Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cur.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	return deleteKeys(b, keys)
}

func deleteKeys(b *bolt.Bucket, keys [][]byte) error {
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// RemoveSignals deletes the signal rows that f selects, in one transaction, and returns
// how many they were, with the raw answers that no other row of the file names. It is for
// what should never have been put: a run over the rest decides as if those rows had not
// been known. Answers that brought nothing new stay.
func (db *DB) RemoveSignals(f SignalFilter) (removed, answers int, err error) {
	err = db.update(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		var names [][]byte
		if err := all.ForEachBucket(func(name []byte) error {
			part := bytes.Split(name, []byte{0})
			if len(part) == 3 && f.names(string(part[0]), market.SignalKind(part[1]), market.Subject(part[2])) {
				names = append(names, bytes.Clone(name))
			}
			return nil
		}); err != nil {
			return err
		}
		unnamed := map[market.Hash]bool{}
		for _, name := range names {
			n, err := dropSignals(all, name, &f, unnamed)
			if err != nil {
				return err
			}
			removed += n
		}
		if removed == 0 {
			return errUnchanged
		}
		answers, err = dropAnswers(tx, all, unnamed)
		return err
	})
	if errors.Is(err, errUnchanged) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	return removed, answers, nil
}

// dropAnswers deletes those of some answers that no row names.
func dropAnswers(tx *bolt.Tx, all *bolt.Bucket, unnamed map[market.Hash]bool) (n int, err error) {
	delete(unnamed, market.Hash{})
	if len(unnamed) == 0 {
		return 0, nil
	}
	err = all.ForEachBucket(func(name []byte) error {
		return all.Bucket(name).ForEach(func(_, v []byte) error {
			delete(unnamed, rawOf(v))
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	raw, err := bucket(tx, bucketRaw)
	if err != nil {
		return 0, err
	}
	for h := range unnamed {
		if raw.Get(h[:]) == nil {
			continue
		}
		n++
		if err := raw.Delete(h[:]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// dropSignals deletes the rows of a bucket that were known in the time of f, and the
// bucket with the last of them. It notes the answers that they name.
func dropSignals(all *bolt.Bucket, name []byte, f *SignalFilter, answers map[market.Hash]bool) (int, error) {
	b := all.Bucket(name)
	var keys [][]byte
	cur := b.Cursor()
	for k, v := cur.Seek(timeKey(f.From)); len(k) >= 8 && f.known(parseTimeKey(k)); k, v = cur.Next() {
		keys = append(keys, bytes.Clone(k))
		answers[rawOf(v)] = true
	}
	if err := deleteKeys(b, keys); err != nil {
		return 0, err
	}
	if k, _ := b.Cursor().First(); k == nil {
		return len(keys), all.DeleteBucket(name)
	}
	return len(keys), nil
}
