package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// maxRaw bounds a raw answer, in bytes.
const maxRaw = 64 << 20

// PutSignals appends rows in one transaction and returns how many were new. Every
// row has Known set (semantics S4). A row that is stored already, whatever answer
// it came in, changes nothing; one of the same source, kind, subject, Known,
// Effective and revision with another value is ErrConflict, and nothing is put.
func (db *DB) PutSignals(rows []market.Signal) (added int, err error) {
	err = db.PutSignalsOf(func(put func([]market.Signal) (int, error)) error {
		added, err = put(rows)
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// PutSignalsOf appends what fill puts, in any number of calls, in one transaction: all
// of it, or nothing where fill returns an error, which comes back as it is. Each put
// returns how many of its rows were new; see [DB.PutSignals]. Rows need not be in memory
// at once, but for what the transaction has written.
func (db *DB) PutSignalsOf(fill func(put func([]market.Signal) (added int, err error)) error) error {
	err := db.update(func(tx *bolt.Tx) error {
		all, err := bucket(tx, bucketSignals)
		if err != nil {
			return err
		}
		total, w := 0, signalWriter{all: all}
		err = fill(func(rows []market.Signal) (int, error) {
			added, err := w.put(db.path, rows)
			total += added
			return added, err
		})
		if err == nil && total == 0 {
			err = errUnchanged
		}
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// A signalWriter puts rows in one transaction. Rows of one source, kind and subject often
// come in a row, and then their bucket is at hand.
type signalWriter struct {
	all    *bolt.Bucket
	bucket *bolt.Bucket
	name   []byte // of bucket
}

// sealedFill is how full pages are left: rows mostly come in order, and stay.
const sealedFill = 0.9

func (w *signalWriter) of(s *market.Signal) (*bolt.Bucket, error) {
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

func (w *signalWriter) put(where string, rows []market.Signal) (added int, err error) {
	for i := range rows {
		if err := checkSignal(&rows[i]); err != nil {
			return 0, &market.Error{Class: market.Data, Where: where, Err: err}
		}
		fresh, err := w.putOne(&rows[i])
		if err != nil {
			return 0, err
		}
		if fresh {
			added++
		}
	}
	return added, nil
}

func checkSignal(s *market.Signal) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if s.Known <= 0 {
		return fmt.Errorf("signal of %s at %s has no time at which it was known", s.Source, s.Effective)
	}
	if strings.ContainsRune(s.Source+string(s.Kind)+string(s.Subject), 0) {
		return fmt.Errorf("signal names %q, %q, %q hold NUL", s.Source, s.Kind, s.Subject)
	}
	return nil
}

func (w *signalWriter) putOne(s *market.Signal) (fresh bool, err error) {
	b, err := w.of(s)
	if err != nil {
		return false, err
	}
	key, value := signalKey(s), signalValue(s)
	old := b.Get(key)
	if old == nil {
		return true, b.Put(key, seal(sealKey(w.name, key), value))
	}
	if len(old) < 9 || !bytes.Equal(old[:9], value[:9]) {
		return false, &market.Error{Class: market.Data, Where: s.Source,
			Err: fmt.Errorf("%s of %s for %s, known %s, revision %d, is stored with another value than %s: %w",
				s.Kind, s.Subject, s.Effective, s.Known, s.Revision, valueText(s), ErrConflict),
			Hint: "give the changed row a higher revision or a later known time"}
	}
	return false, nil
}

func valueText(s *market.Signal) string {
	if s.Null {
		return "null"
	}
	return strconv.FormatFloat(s.Value, 'g', -1, 64)
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
	parts := strings.Split(string(name), "\x00")
	if len(parts) != 3 {
		return rows, fmt.Errorf("%w: signals %x", ErrCorrupt, name)
	}
	source, kind, subject := parts[0], market.SignalKind(parts[1]), market.Subject(parts[2])
	if !f.names(source, kind, subject) {
		return rows, nil
	}
	cur := b.Cursor()
	for k, v := cur.Seek(timeKey(f.From)); k != nil; k, v = cur.Next() {
		v, err := unseal(sealKey(name, k), v)
		if err != nil || len(k) != 20 || len(v) != 41 {
			return rows, fmt.Errorf("%w: signal %x", ErrCorrupt, k)
		}
		s := market.Signal{Source: source, Kind: kind, Subject: subject}
		parseSignal(&s, k, v)
		if !f.known(s.Known) {
			break
		}
		rows = append(rows, s)
	}
	return rows, nil
}

func parseSignal(s *market.Signal, k, v []byte) {
	s.Instrument = market.NoInstrument
	s.Known, s.Effective = parseTimeKey(k), parseTimeKey(k[8:])
	s.Revision = int(binary.BigEndian.Uint32(k[16:]))
	s.Null, s.Assumed = v[0]&1 != 0, v[0]&2 != 0
	s.Value = math.Float64frombits(binary.BigEndian.Uint64(v[1:]))
	copy(s.Raw[:], v[9:])
}

// PutRaw stores a raw answer and returns its SHA-256, by which [DB.Raw] finds it.
func (db *DB) PutRaw(answer []byte) (market.Hash, error) {
	h := market.Hash(sha256.Sum256(answer))
	if len(answer) > maxRaw {
		return h, &market.Error{Class: market.Data, Where: db.path, Err: fmt.Errorf("raw answer of %d bytes is longer than %d", len(answer), maxRaw)}
	}
	return h, db.update(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketRaw)
		if err != nil || b.Get(h[:]) != nil {
			return err
		}
		return b.Put(h[:], answer)
	})
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
