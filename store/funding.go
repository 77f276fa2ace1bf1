package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// PutFundings merges the fundings of one instrument, in one transaction: rows at new
// times are added, equal ones left alone, different ones replaced and counted as
// restated. A row without a mark does not take one away that is stored with the same
// rate, and a mark that comes later is no change. Rows are in strictly rising time, on whole seconds; if one is not, nothing is
// put and the error is of class [market.Data].
func (db *DB) PutFundings(venue, symbol string, rows []market.Funding) (PutStats, error) {
	var st PutStats
	if err := checkFundings(venue, symbol, rows); err != nil {
		return st, &market.Error{Class: market.Data, Where: strings.TrimSpace(venue + " " + symbol), Err: err}
	}
	err := db.update(func(tx *bolt.Tx) (err error) {
		st = PutStats{}
		wrote, err := putFundings(tx, fundingsKey(venue, symbol), rows, &st)
		if err == nil && !wrote {
			err = errUnchanged
		}
		return err
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return PutStats{}, err
	}
	return st, nil
}

func checkFundings(venue, symbol string, rows []market.Funding) error {
	if err := (Series{venue, symbol, market.Hour}).Validate(); err != nil {
		return err
	}
	for i, f := range rows {
		switch {
		case f.Time <= 0 || f.Time%market.Time(time.Second) != 0:
			return fmt.Errorf("funding of %s is not on a whole second", f.Time)
		case i > 0 && f.Time <= rows[i-1].Time:
			return fmt.Errorf("funding of %s does not follow the one of %s", f.Time, rows[i-1].Time)
		case f.Mark.IsNegative():
			return fmt.Errorf("funding of %s has mark %s", f.Time, f.Mark)
		}
	}
	return nil
}

func fundingsKey(venue, symbol string) []byte {
	return []byte(venue + "\x00" + symbol)
}

// putFundings reports whether it wrote anything.
func putFundings(tx *bolt.Tx, name []byte, rows []market.Funding, st *PutStats) (wrote bool, err error) {
	all, err := bucket(tx, bucketFundings)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	b, err := all.CreateBucketIfNotExists(name)
	if err != nil {
		return false, err
	}
	for _, f := range rows {
		key := timeKey(f.Time)
		if old := b.Get(key); old == nil {
			st.Added++
		} else {
			was, err := parseFunding(name, key, old)
			if err != nil {
				return false, err
			}
			if sameFunding(was, f) {
				st.Unchanged++
				continue
			}
			if was.Mark.IsZero() && was.Rate.Equal(f.Rate) {
				st.Unchanged++ // it is only known better
			} else {
				st.restate(was, f)
			}
		}
		var w writer
		w.decimal(f.Rate)
		w.decimal(f.Mark)
		if w.err != nil {
			return false, w.err
		}
		if err := b.Put(key, seal(sealKey(name, key), w.b)); err != nil {
			return false, err
		}
		wrote = true
	}
	return wrote, b.SetSequence(b.Sequence() + uint64(st.Added))
}

// restate counts a funding that was another one, and keeps the first of them.
func (st *PutStats) restate(was, f market.Funding) {
	if st.Restated++; len(st.Fundings) < maxChanges {
		st.Fundings = append(st.Fundings, RestatedFunding{was, f})
	}
}

func parseFunding(name, key, value []byte) (f market.Funding, err error) {
	value, err = unseal(sealKey(name, key), value)
	if err != nil || len(key) != 8 {
		return f, fmt.Errorf("%w: funding %x", ErrCorrupt, key)
	}
	r := reader{b: value}
	f = market.Funding{Time: parseTimeKey(key), Rate: r.decimal(), Mark: r.decimal()}
	if err := r.end(); err != nil {
		return f, fmt.Errorf("%w: funding %x: %w", ErrCorrupt, key, err)
	}
	return f, nil
}

// Fundings implements [Reader].
func (db *DB) Fundings(venue, symbol string, from, to market.Time) (rows []market.Funding, err error) {
	name := fundingsKey(venue, symbol)
	err = db.view(func(tx *bolt.Tx) error {
		all := tx.Bucket(bucketFundings)
		if all == nil { // schema 1
			return nil
		}
		b := all.Bucket(name)
		if b == nil {
			return nil
		}
		rows, err = readFundings(b, name, from, to)
		return err
	})
	return rows, err
}

// readFundings reads the rows of one instrument.
func readFundings(b *bolt.Bucket, name []byte, from, to market.Time) (rows []market.Funding, err error) {
	cur := b.Cursor()
	for k, v := cur.Seek(timeKey(from)); k != nil; k, v = cur.Next() {
		f, err := parseFunding(name, k, v)
		if err != nil {
			return nil, err
		}
		if to != 0 && f.Time >= to {
			return rows, nil
		}
		rows = append(rows, f)
	}
	if from != 0 {
		return rows, nil
	}
	return rows, checkTotal(b, len(rows))
}

// FundingList implements [Reader].
func (db *DB) FundingList() (list []Series, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		all := tx.Bucket(bucketFundings)
		if all == nil { // schema 1
			return nil
		}
		return all.ForEachBucket(func(name []byte) error {
			venue, symbol, _ := strings.Cut(string(name), "\x00")
			list = append(list, Series{Venue: venue, Symbol: symbol})
			return nil
		})
	})
	slices.SortFunc(list, Series.Compare)
	return list, err
}

// sameFunding reports whether a row says nothing that the stored one does not.
func sameFunding(stored, f market.Funding) bool {
	return stored.Rate.Equal(f.Rate) && (stored.Mark.Equal(f.Mark) || f.Mark.IsZero())
}
