package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// PutBars merges c into a series, in one transaction: rows at new times are added,
// equal ones left alone, different ones replaced and counted as restated. Rows
// must be possible bars (see [market.Bar.Check]) of the interval of s in strictly
// rising time; if one is not, nothing is put and the error is of class
// [market.Data].
func (db *DB) PutBars(s Series, c *market.Columns) (PutStats, error) {
	var st PutStats
	if err := checkBars(s, c); err != nil {
		return st, &market.Error{Class: market.Data, Where: s.String(), Err: err}
	}
	if c.Len() == 0 {
		return st, nil
	}
	err := db.update(func(tx *bolt.Tx) (err error) {
		if st, err = putBars(tx, s, c); err == nil && st.Added+st.Restated == 0 {
			return errUnchanged
		}
		return err
	})
	if errors.Is(err, errUnchanged) {
		return st, nil
	}
	if err != nil {
		return PutStats{}, err
	}
	return st, nil
}

// errUnchanged rolls a transaction back that has nothing to write.
var errUnchanged = errors.New("nothing to write")

func checkBars(s Series, c *market.Columns) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := column.CheckLengths(c); err != nil {
		return err
	}
	if c.Len() > 0 && c.Interval != s.Interval {
		return fmt.Errorf("bars of %s put as %s", c.Interval, s.Interval)
	}
	for i, t := range c.OpenTime {
		if err := c.Bar(i).Check(); err != nil {
			return fmt.Errorf("bar of %s: %w", t, err)
		}
		if t <= 0 || i > 0 && t <= c.OpenTime[i-1] {
			return fmt.Errorf("bar of %s does not follow the one before", t)
		}
	}
	return nil
}

func putBars(tx *bolt.Tx, s Series, c *market.Columns) (PutStats, error) {
	bars, err := bucket(tx, bucketBars)
	if err != nil {
		return PutStats{}, err
	}
	b, err := bars.CreateBucketIfNotExists(seriesKey(s))
	if err != nil {
		return PutStats{}, err
	}
	old, err := touched(b, s.Interval, c)
	if err != nil {
		return PutStats{}, fmt.Errorf("%s: %w", s, err)
	}
	have, err := old.decode(s.Interval)
	if err != nil {
		return PutStats{}, fmt.Errorf("%s: %w", s, err)
	}
	merged, st := merge(have, c)
	if st.Added+st.Restated == 0 {
		return st, nil
	}
	if err := replace(b, have, old, merged); err != nil {
		return st, err
	}
	return st, b.SetSequence(b.Sequence() + uint64(st.Added))
}

// checkTotal compares how many rows of a series were read with how many were written:
// a damaged page may lose whole blocks without a trace in the others.
func checkTotal(b *bolt.Bucket, read int) error {
	if want := b.Sequence(); want != uint64(read) {
		return fmt.Errorf("%w: %d rows where %d were written", ErrCorrupt, read, want)
	}
	return nil
}

// touched finds the blocks that c overlaps, and a neighbour on either side that has
// room: so blocks stay full however rows arrive.
func touched(b *bolt.Bucket, d market.Interval, c *market.Columns) (span, error) {
	var out span
	first, last := c.OpenTime[0], c.OpenTime[c.Len()-1]
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
func replace(b *bolt.Bucket, have *market.Columns, old span, merged *market.Columns) error {
	blocks, err := encode(merged)
	if err != nil {
		return err
	}
	stale := map[market.Time]bool{}
	row := 0
	for _, v := range old.blocks {
		h, _ := column.Peek(v)
		stale[have.OpenTime[row]] = true
		row += h.Count
	}
	for i, block := range blocks {
		t := merged.OpenTime[i*column.MaxRows]
		delete(stale, t)
		if bytes.Equal(b.Get(timeKey(t)), block) {
			continue
		}
		if err := b.Put(timeKey(t), block); err != nil {
			return err
		}
	}
	for t := range stale {
		if err := b.Delete(timeKey(t)); err != nil {
			return err
		}
	}
	return nil
}

// merge returns the rows of both, those of c where both have one, and counts what
// it changed in old.
func merge(old, c *market.Columns) (*market.Columns, PutStats) {
	var st PutStats
	out := market.MakeColumns(c.Interval, old.Len()+c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	if old.Len() > 0 {
		out.PriceScale = column.JoinScales(old.PriceScale, c.PriceScale)
		out.VolumeScale = column.JoinScales(old.VolumeScale, c.VolumeScale)
	}
	if old.Incomplete != nil || c.Incomplete != nil {
		out.Incomplete = make([]bool, 0, old.Len()+c.Len())
	}
	i, j := 0, 0
	for i < old.Len() || j < c.Len() {
		switch {
		case j == c.Len() || i < old.Len() && old.OpenTime[i] < c.OpenTime[j]:
			appendRow(out, old, i)
			i++
			continue
		case i == old.Len() || c.OpenTime[j] < old.OpenTime[i]:
			st.Added++
		case sameRow(old, i, c, j):
			st.Unchanged++
			i++
		default:
			st.Restated++
			i++
		}
		appendRow(out, c, j)
		j++
	}
	return out, st
}

func appendRow(out, from *market.Columns, row int) {
	out.Append(from.Bar(row))
	if out.Incomplete != nil {
		out.Incomplete[out.Len()-1] = incomplete(from, row)
	}
}

func sameRow(a *market.Columns, i int, b *market.Columns, j int) bool {
	return a.Bar(i) == b.Bar(j) && incomplete(a, i) == incomplete(b, j)
}

func incomplete(c *market.Columns, row int) bool { return c.Incomplete != nil && c.Incomplete[row] }
