package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"
)

// FoldStats says what folding moved.
type FoldStats struct {
	Series      []FoldedSeries // those that live had bars of
	Fundings    PutStats       // of all instruments
	Instruments int            // snapshots
	Signals     int            // rows, those that were there already included
	Raw         int            // raw answers
}

// FoldedSeries says what folding changed in a series.
type FoldedSeries struct {
	Series
	PutStats
}

// Fold moves all that live holds into history: where both have a bar or a funding, that
// of live is newer and wins. It removes from live what is on disk in history, so that
// nothing is lost whenever it is stopped, and folding again goes on. A signal row that
// history has with another value stays in live, and is an error that wraps ErrConflict
// and names it; all else is folded then. Nobody else may write to live meanwhile: it
// waits for the lock of both.
func Fold(history, live *DB) (st FoldStats, err error) {
	live.writing.Lock()
	defer live.writing.Unlock()
	f := fold{history: history, live: live}
	for _, step := range []func() error{f.bars, f.fundings, f.instruments, f.raw, f.signals} {
		if err := step(); err != nil {
			return f.st, err
		}
	}
	if err := f.clear(); err != nil {
		return f.st, err
	}
	return f.st, errors.Join(f.conflicts...)
}

// A fold is under way.
type fold struct {
	history, live *DB
	st            FoldStats
	conflicts     []error
	kept          map[string]bool // signals that stay: the bucket's name and the row's key
}

// foldSeries is how many series one transaction takes, of each of which it may write a
// few blocks.
const foldSeries = 256

// bars folds each series whole, and many in one transaction: each costs a wait for the
// disk, while history is locked.
func (f *fold) bars() error {
	list, err := f.live.SeriesList()
	if err != nil {
		return err
	}
	for len(list) > 0 {
		var done []FoldedSeries
		err := f.history.update(func(tx *bolt.Tx) (err error) {
			done, err = f.some(tx, list[:min(len(list), foldSeries)])
			return err
		})
		if errors.Is(err, errLarge) {
			done, err = f.large(list[0])
		}
		if err != nil {
			return err
		}
		f.st.Series = append(f.st.Series, done...)
		list = list[len(done):]
	}
	return nil
}

// some folds the first series of a list, those that one transaction takes.
func (f *fold) some(tx *bolt.Tx, list []Series) (done []FoldedSeries, err error) {
	size := int64(0)
	for _, s := range list {
		sp, err := f.spool(s)
		if err != nil {
			return nil, err
		}
		if size += sp.size(); size > f.history.maxPut && len(done) > 0 {
			break
		}
		st, err := f.history.putBars(tx, s, sp)
		if errors.Is(err, errLarge) && len(done) > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		done = append(done, FoldedSeries{s, st})
	}
	return done, nil
}

// large folds a series that is too much for one transaction.
func (f *fold) large(s Series) ([]FoldedSeries, error) {
	sp, err := f.spool(s)
	if err != nil {
		return nil, err
	}
	st, err := f.history.PutSpool(s, sp)
	return []FoldedSeries{{s, st}}, err
}

// spool holds the bars of a series of live.
func (f *fold) spool(s Series) (*Spool, error) {
	c, err := f.live.Bars(s, 0, 0)
	if err != nil {
		return nil, err
	}
	sp := &Spool{room: math.MaxInt}
	return sp, sp.Add(c)
}

func (f *fold) fundings() error {
	return f.live.view(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketFundings)
		if err != nil {
			return err
		}
		return all.ForEachBucket(func(name []byte) error {
			rows, err := readFundings(all.Bucket(name), name, 0, 0)
			if err != nil {
				return err
			}
			venue, symbol, _ := bytes.Cut(name, []byte{0})
			st, err := f.history.PutFundings(string(venue), string(symbol), rows)
			f.st.Fundings.Added += st.Added
			f.st.Fundings.Unchanged += st.Unchanged
			f.st.Fundings.Restated += st.Restated
			return err
		})
	})
}

func (f *fold) instruments() error {
	all, err := f.live.snapshots()
	if err != nil || len(all) == 0 {
		return err
	}
	f.st.Instruments = len(all)
	return f.history.update(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketInstruments)
		if err != nil {
			return err
		}
		for i := range all {
			if _, err := putInstrument(b, all[i].from, &all[i].i); err != nil {
				return err
			}
		}
		return nil
	})
}

// raw folds the answers, which the signals name, before them.
func (f *fold) raw() error {
	return f.live.view(func(tx *bolt.Tx) error {
		from, err := bucket(tx, bucketRaw)
		if err != nil {
			return err
		}
		cur := from.Cursor()
		for k, v := cur.First(); k != nil; {
			err := f.history.update(func(tx *bolt.Tx) (err error) {
				k, v, err = f.someRaw(tx, cur, k, v)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// someRaw folds the answers from one on that one transaction takes, and returns the next.
func (f *fold) someRaw(tx *bolt.Tx, cur *bolt.Cursor, k, v []byte) (nextK, nextV []byte, err error) {
	to, err := bucket(tx, bucketRaw)
	if err != nil {
		return nil, nil, err
	}
	for size := int64(0); k != nil && size <= f.history.maxPut; k, v = cur.Next() {
		if sum := sha256.Sum256(v); !bytes.Equal(sum[:], k) {
			return nil, nil, fmt.Errorf("%w: raw answer %x", ErrCorrupt, k)
		}
		f.st.Raw++
		if to.Get(k) != nil {
			continue
		}
		if err := to.Put(k, v); err != nil {
			return nil, nil, err
		}
		size += int64(len(v))
	}
	return k, v, nil
}

// signals folds all rows but those that contradict one.
func (f *fold) signals() error {
	rows, err := f.live.Signals(SignalFilter{})
	if err != nil || len(rows) == 0 {
		return err
	}
	return f.history.update(func(tx *bolt.Tx) error {
		f.conflicts, f.kept, f.st.Signals = nil, map[string]bool{}, 0
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		w := SignalWriter{all: all}
		for i := range rows {
			switch _, err := w.putOne(&rows[i]); {
			case errors.Is(err, ErrConflict):
				f.conflicts = append(f.conflicts, err)
				f.kept[string(sealKey(signalBucket(&rows[i]), signalKey(&rows[i])))] = true
			case err != nil:
				return err
			default:
				f.st.Signals++
			}
		}
		return nil
	})
}

// clear empties live but for the signals that stay, in one transaction. Its caller has
// all the rest on disk.
func (f *fold) clear() error {
	err := f.live.write(func(tx *bolt.Tx) error {
		empty := true
		for _, name := range [][]byte{bucketBars, bucketFundings, bucketInstruments, bucketRaw} {
			b, err := bucket(tx, name)
			if err != nil {
				return err
			}
			if k, _ := b.Cursor().First(); k == nil {
				continue
			}
			empty = false
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		if f.st.Signals > 0 {
			return f.clearSignals(tx)
		}
		if empty {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

func (f *fold) clearSignals(tx *bolt.Tx) error {
	all, err := bucket(tx, bucketSignals)
	if err != nil {
		return err
	}
	var names [][]byte
	if err := all.ForEachBucket(func(name []byte) error { names = append(names, bytes.Clone(name)); return nil }); err != nil {
		return err
	}
	for _, name := range names {
		var rows [][2][]byte
		_ = all.Bucket(name).ForEach(func(k, v []byte) error {
			if f.kept[string(sealKey(name, k))] {
				rows = append(rows, [2][]byte{bytes.Clone(k), bytes.Clone(v)})
			}
			return nil
		})
		if err := all.DeleteBucket(name); err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		b, err := all.CreateBucket(name)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := b.Put(row[0], row[1]); err != nil {
				return err
			}
		}
	}
	return nil
}
