package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// maxRaw bounds a raw answer, in bytes.
const maxRaw = 64 << 20

// PutSignals appends rows in one transaction and returns how many were new. Every
// row has Known set (semantics S4). A row that is stored already, whatever answer
// it came in, changes nothing; one of the same source, kind, subject, Known,
// Effective and revision that contradicts it is ErrConflict, and nothing is put.
func (db *DB) PutSignals(rows []market.Signal) (added int, err error) {
	err = db.PutSignalsOf(func(w *SignalWriter) error {
		added, err = w.Put(rows)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// PutSignalsOf appends what fill puts, in any number of calls, in one transaction: all
// of it, or nothing where fill returns an error, which comes back as it is. Rows need not
// be in memory at once, but for what the transaction has written.
func (db *DB) PutSignalsOf(fill func(w *SignalWriter) error) error {
	err := db.update(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		raw, err := bucket(tx, bucketRaw)
		if err != nil {
			return err
		}
		w := &SignalWriter{where: db.path, all: all, raw: raw}
		err = fill(w)
		if err == nil && w.added == 0 {
			err = errUnchanged
		}
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// A SignalWriter puts rows in one transaction, and is of no use after it. Rows of one
// source, kind and subject often come in a row, and then their bucket is at hand.
type SignalWriter struct {
	where  string
	added  int // rows, and answers
	all    *bolt.Bucket
	raw    *bolt.Bucket
	bucket *bolt.Bucket
	name   []byte // of bucket
}

// sealedFill is how full pages are left: rows mostly come in order, and stay.
const sealedFill = 0.9

func (w *SignalWriter) of(s *market.Signal) (*bolt.Bucket, error) {
	name := signalBucket(s)
	if w.bucket != nil && bytes.Equal(name, w.name) {
		return w.bucket, nil
	}
	b, err := w.all.CreateBucketIfNotExists(name)
	if err != nil {
		return nil, err
	}
	b.FillPercent = sealedFill
	w.bucket, w.name = b, name
	return b, nil
}

// Put puts rows and returns how many were new; see [DB.PutSignals].
func (w *SignalWriter) Put(rows []market.Signal) (added int, err error) {
	for i := range rows {
		if err := checkSignal(&rows[i]); err != nil {
			return 0, &market.Error{Class: market.Data, Where: w.where, Err: err}
		}
		fresh, err := w.putOne(&rows[i])
		if err != nil {
			return 0, err
		}
		if fresh {
			added++
		}
	}
	w.added += added
	return added, nil
}

// Stored returns the row that is stored for the same source, kind, subject, Known,
// Effective and revision, the rows of this transaction included. A damaged one is not
// found here; Put reports it.
func (w *SignalWriter) Stored(s *market.Signal) (row market.Signal, found bool) {
	name := signalBucket(s)
	b := w.bucket
	if b == nil || !bytes.Equal(name, w.name) {
		if b = w.all.Bucket(name); b == nil {
			return row, false
		}
	}
	k := signalKey(s)
	v := b.Get(k)
	if v == nil {
		return row, false
	}
	row, err := openSignal(name, k, v)
	return row, err == nil
}

// Subjects returns what the stored rows are about, some of it more than once.
func (w *SignalWriter) Subjects() (list []market.Subject) {
	_ = w.all.ForEachBucket(func(name []byte) error {
		list = append(list, market.Subject(name[bytes.LastIndexByte(name, 0)+1:]))
		return nil
	})
	return list
}

func checkSignal(s *market.Signal) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if s.Known <= 0 {
		return fmt.Errorf("signal of %s at %s has no time at which it was known", s.Source, s.Effective)
	}
	return nil
}

func (w *SignalWriter) putOne(s *market.Signal) (fresh bool, err error) {
	b, err := w.of(s)
	if err != nil {
		return false, err
	}
	key, value := signalKey(s), signalValue(s)
	old := b.Get(key)
	if old == nil {
		return true, b.Put(key, seal(sealKey(w.name, key), value))
	}
	stored, err := openSignal(w.name, key, old)
	if err == nil && s.Contradicts(&stored) {
		err = &market.Error{Class: market.Data, Where: s.Source,
			Err: fmt.Errorf("%s of %s for %s, known %s, revision %d, is %s here and %s in the store: %w",
				s.Kind, s.Subject, s.Effective, s.Known, s.Revision, s.Unlike(&stored), stored.Unlike(s), ErrConflict),
			Hint: "give the changed row a higher revision or a later known time"}
	}
	return false, err
}

// signalBucket is the name of the bucket that a row is in.
func signalBucket(s *market.Signal) []byte {
	return []byte(s.Source + "\x00" + string(s.Kind) + "\x00" + string(s.Subject))
}

// sealKey joins the bucket's name and the key, so that a checksum covers both.
func sealKey(name, key []byte) []byte { return append(bytes.Clone(name), key...) }

// signalKey is Known, Effective and revision, big-endian.
func signalKey(s *market.Signal) []byte {
	k := appendTimeKey(timeKey(s.Known), s.Effective)
	return binary.BigEndian.AppendUint32(k, uint32(s.Revision))
}

// signalValue is flags, value and the hash of the raw answer.
func signalValue(s *market.Signal) []byte {
	v := []byte{packFlags([]bool{s.Null, s.Assumed})}
	v = binary.BigEndian.AppendUint64(v, math.Float64bits(s.Value))
	return append(v, s.Raw[:]...)
}

// rawOf returns the answer that a stored row names, or zero where it is damaged.
func rawOf(v []byte) (h market.Hash) {
	if len(v) >= 41 {
		copy(h[:], v[9:])
	}
	return h
}

// Signals implements [Reader].
func (db *DB) Signals(f SignalFilter) (rows []market.Signal, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		return all.ForEachBucket(func(name []byte) error {
			rows, err = selectSignals(rows, all.Bucket(name), name, &f)
			return err
		})
	})
	slices.SortFunc(rows, compareSignals)
	return rows, err
}

// selectSignals appends the rows of one bucket that f selects.
func selectSignals(rows []market.Signal, b *bolt.Bucket, name []byte, f *SignalFilter) ([]market.Signal, error) {
	named, err := nameSignal(name)
	if err != nil || !f.names(named.Source, named.Kind, named.Subject) {
		return rows, err
	}
	cur := b.Cursor()
	for k, v := cur.Seek(timeKey(f.From)); k != nil; k, v = cur.Next() {
		s := named
		if err := parseSignal(&s, name, k, v); err != nil {
			return rows, err
		}
		if !f.known(s.Known) {
			break
		}
		rows = append(rows, s)
	}
	return rows, nil
}

// nameSignal returns a row with the names of a bucket.
func nameSignal(name []byte) (s market.Signal, err error) {
	parts := strings.Split(string(name), "\x00")
	if len(parts) != 3 {
		return s, fmt.Errorf("%w: the signals of %q", ErrCorrupt, name)
	}
	s.Source, s.Kind, s.Subject = parts[0], market.SignalKind(parts[1]), market.Subject(parts[2])
	return s, nil
}

// openSignal reads a row of a bucket.
func openSignal(name, k, v []byte) (market.Signal, error) {
	s, err := nameSignal(name)
	if err == nil {
		err = parseSignal(&s, name, k, v)
	}
	return s, err
}

// parseSignal reads the rest of a row that has its names, and says which it is where it is
// damaged.
func parseSignal(s *market.Signal, name, k, v []byte) error {
	if len(k) != 20 {
		return fmt.Errorf("%w: a signal row of %s of %s by %s", ErrCorrupt, s.Kind, s.Subject, s.Source)
	}
	s.Instrument = market.NoInstrument
	s.Known, s.Effective = parseTimeKey(k), parseTimeKey(k[8:])
	s.Revision = int(binary.BigEndian.Uint32(k[16:]))
	v, err := unseal(sealKey(name, k), v)
	if err != nil || len(v) != 41 {
		return fmt.Errorf("%w: signal row %s of %s by %s for %s, known %s, revision %d", ErrCorrupt, s.Kind, s.Subject, s.Source, s.Effective, s.Known, s.Revision)
	}
	s.Null, s.Assumed = v[0]&1 != 0, v[0]&2 != 0
	s.Value = math.Float64frombits(binary.BigEndian.Uint64(v[1:]))
	copy(s.Raw[:], v[9:])
	return nil
}

// LastKnown returns when the last row of a source was known, or 0 where it has none.
func (db *DB) LastKnown(source string) (last market.Time, err error) {
	prefix := []byte(source + "\x00")
	err = db.view(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		cur := all.Cursor()
		for name, _ := cur.Seek(prefix); bytes.HasPrefix(name, prefix); name, _ = cur.Next() {
			if k, _ := all.Bucket(name).Cursor().Last(); len(k) >= 8 {
				last = max(last, parseTimeKey(k))
			}
		}
		return nil
	})
	return last, err
}

// PutRaw stores a raw answer and returns its SHA-256, by which [DB.Raw] finds it.
func (db *DB) PutRaw(answer []byte) (h market.Hash, err error) {
	err = db.PutSignalsOf(func(w *SignalWriter) error {
		h, err = w.PutRaw(answer)
		return err
	})
	return h, err
}

// PutRaw stores the answer that rows of the same transaction stood in; see [DB.PutRaw].
func (w *SignalWriter) PutRaw(answer []byte) (market.Hash, error) {
	h := market.Hash(sha256.Sum256(answer))
	if len(answer) > maxRaw {
		return h, &market.Error{Class: market.Data, Where: w.where, Err: fmt.Errorf("raw answer of %d bytes is longer than %d", len(answer), maxRaw)}
	}
	if w.raw.Get(h[:]) != nil {
		return h, nil
	}
	w.added++
	return h, w.raw.Put(h[:], answer)
}

// Raw returns the raw answer of a hash, or nil where it is not stored.
func (db *DB) Raw(h market.Hash) (answer []byte, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketRaw)
		if err != nil {
			return err
		}
		if answer = bytes.Clone(b.Get(h[:])); answer != nil && sha256.Sum256(answer) != h {
			return fmt.Errorf("%w: raw answer %s", ErrCorrupt, h)
		}
		return nil
	})
	return answer, err
}

// RawLike returns the hashes of stored raw answers, in hexadecimal, that begin with a
// text, at most a number of them.
func (db *DB) RawLike(begin string, most int) (list []market.Hash, err error) {
	prefix, err := hex.DecodeString(begin[:len(begin)/2*2])
	if err != nil {
		return nil, nil // no hash begins so
	}
	err = db.view(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketRaw)
		if err != nil {
			return err
		}
		cur := b.Cursor()
		for k, _ := cur.Seek(prefix); len(k) == 32 && bytes.HasPrefix(k, prefix) && len(list) < most; k, _ = cur.Next() {
			if h := market.Hash(k); strings.HasPrefix(h.String(), begin) {
				list = append(list, h)
			}
		}
		return nil
	})
	return list, err
}
