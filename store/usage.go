package store

import (
	"os"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// Usage says what the bytes of a file are for.
type Usage struct {
	Schema      int
	Size        int64 // of the file, in bytes
	Free        int64 // of them, those of pages that hold nothing
	Series      []SeriesUsage
	Fundings    []FundingUsage
	Signals     []SignalUsage
	Instruments Amount // snapshots
	Raw         Amount // raw answers
}

// An Amount is a number of things and their bytes, keys included.
type Amount struct {
	Count int
	Bytes int64
}

// SeriesUsage is a series and how much there is of it.
type SeriesUsage struct {
	Series
	SeriesStats
}

// FundingUsage says how many fundings of an instrument there are.
type FundingUsage struct {
	Venue, Symbol string
	Amount
	First, Last market.Time
}

// SignalUsage says how many rows of a signal there are, and when the first and the last
// were known.
type SignalUsage struct {
	Source  string
	Kind    market.SignalKind
	Subject market.Subject
	Amount
	First, Last market.Time
}

// Usage walks the whole file.
func (db *DB) Usage() (u Usage, err error) {
	if u.Schema, err = db.schema(); err != nil {
		return u, err
	}
	err = db.view(func(tx *bolt.Tx) error {
		info, err := os.Stat(db.path)
		if err != nil {
			return err
		}
		u.Size = info.Size()
		used := 0
		err = tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
			st := b.Stats()
			used += st.BranchPageN + st.BranchOverflowN + st.LeafPageN + st.LeafOverflowN
			return nil
		})
		u.Free = max(0, u.Size-int64(used)*int64(tx.DB().Info().PageSize))
		if err != nil {
			return err
		}
		return u.count(tx)
	})
	if err != nil {
		return u, err
	}
	list, err := db.SeriesList()
	for _, s := range list {
		st, err := db.Stats(s)
		if err != nil {
			return u, err
		}
		u.Series = append(u.Series, SeriesUsage{s, st})
	}
	return u, err
}

// count counts what is not bars.
func (u *Usage) count(tx *bolt.Tx) error {
	for _, a := range []struct {
		name []byte
		into *Amount
	}{{bucketInstruments, &u.Instruments}, {bucketRaw, &u.Raw}} {
		b, err := bucket(tx, a.name)
		if err != nil {
			return err
		}
		a.into.of(b)
	}
	signals, err := bucket(tx, bucketSignals)
	if err != nil {
		return err
	}
	err = signals.ForEachBucket(func(name []byte) error {
		part := append(strings.Split(string(name), "\x00"), "", "")
		a, first, last := measure(signals.Bucket(name))
		u.Signals = append(u.Signals, SignalUsage{part[0], market.SignalKind(part[1]), market.Subject(part[2]), a, first, last})
		return nil
	})
	fundings := tx.Bucket(bucketFundings)
	if fundings == nil || err != nil { // schema 1
		return err
	}
	return fundings.ForEachBucket(func(name []byte) error {
		venue, symbol, _ := strings.Cut(string(name), "\x00")
		a, first, last := measure(fundings.Bucket(name))
		u.Fundings = append(u.Fundings, FundingUsage{venue, symbol, a, first, last})
		return nil
	})
}

func (a *Amount) of(b *bolt.Bucket) {
	_ = b.ForEach(func(k, v []byte) error {
		a.Count++
		a.Bytes += int64(len(k) + len(v))
		return nil
	})
}

// measure counts the rows of a bucket whose keys begin with a time.
func measure(b *bolt.Bucket) (a Amount, first, last market.Time) {
	a.of(b)
	if k, _ := b.Cursor().First(); len(k) >= 8 {
		first = parseTimeKey(k)
	}
	if k, _ := b.Cursor().Last(); len(k) >= 8 {
		last = parseTimeKey(k)
	}
	return a, first, last
}
