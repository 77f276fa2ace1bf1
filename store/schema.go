package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// Buckets of the file.
var (
	bucketMeta        = []byte("meta")        // "schema" → big-endian uint32
	bucketBars        = []byte("bars")        // series → bucket of blocks
	bucketInstruments = []byte("instruments") // venue, symbol, from → instrument
	bucketSignals     = []byte("signals")     // source, kind, subject → bucket of rows
	bucketRaw         = []byte("raw")         // SHA-256 → raw answer
	bucketFundings    = []byte("fundings")    // venue, symbol → bucket of fundings; from schema 2 on
	bucketStaging     = []byte("staging")     // while a large put is under way: series → bucket of blocks
	keySchema         = []byte("schema")
)

// migrations lead from each schema to the next; their number is the schema of
// this program.
var migrations = [...]func(tx *bolt.Tx) error{createBuckets, createFundings}

// readable is the earliest schema that is read as it is: what it lacks is not there.
const readable = 1

// createBuckets leads from an empty file to schema 1.
func createBuckets(tx *bolt.Tx) error {
	for _, name := range [...][]byte{bucketMeta, bucketBars, bucketInstruments, bucketSignals, bucketRaw} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// createFundings leads from schema 1 to schema 2, which has fundings.
func createFundings(tx *bolt.Tx) error {
	_, err := tx.CreateBucket(bucketFundings)
	return err
}

// prepare checks the schema. Unless readOnly it brings the file up to date, and removes
// what a put has left that was cut short.
func (db *DB) prepare(readOnly bool) error {
	have, err := db.schema()
	switch {
	case err != nil:
		return err
	case have > len(migrations):
		return db.schemaError(have, "use the newer signalman that wrote it")
	case readOnly && have == 0: // the first write was cut short
		return &market.Error{Class: market.Data, Where: db.path, Err: fmt.Errorf("%w: it was never written to", ErrMissing), Hint: "fill it with 'signalman data import'"}
	case readOnly && have < readable:
		return db.schemaError(have, "open it for writing once, for example with `signalman data import`, to bring it up to date")
	case readOnly:
		return nil
	}
	err = db.update(func(tx *bolt.Tx) error {
		if have == len(migrations) && tx.Bucket(bucketStaging) == nil {
			return errUnchanged
		}
		if err := dropStaged(tx); err != nil {
			return err
		}
		return migrate(tx, have)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// migrate brings a file from schema have to the current one.
func migrate(tx *bolt.Tx, have int) error {
	for _, step := range migrations[have:] {
		if err := step(tx); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put(keySchema, binary.BigEndian.AppendUint32(nil, uint32(len(migrations))))
}

// schema reads which schema the file has: 0 where it is empty.
func (db *DB) schema() (have int, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			if first, _ := tx.Cursor().First(); first != nil {
				return fmt.Errorf("%w: not a file of signalman", ErrCorrupt)
			}
			return nil
		}
		v := meta.Get(keySchema)
		if len(v) != 4 {
			return fmt.Errorf("%w: no schema", ErrCorrupt)
		}
		if have = int(binary.BigEndian.Uint32(v)); have == 0 {
			return fmt.Errorf("%w: schema 0", ErrCorrupt)
		}
		return nil
	})
	return have, err
}

func (db *DB) schemaError(have int, hint string) error {
	return &market.Error{Class: market.Data, Where: db.path, Hint: hint,
		Err: fmt.Errorf("%w: schema %d, this program has %d", ErrSchema, have, len(migrations))}
}

// bucket returns a bucket that the schema promises.
func bucket(tx *bolt.Tx, name []byte) (*bolt.Bucket, error) {
	if b := tx.Bucket(name); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: no bucket %s", ErrCorrupt, name)
}

// timeKey is eight bytes that sort as t does.
func timeKey(t market.Time) []byte { return appendTimeKey(nil, t) }

func appendTimeKey(dst []byte, t market.Time) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(t)^1<<63)
}

func parseTimeKey(b []byte) market.Time { return market.Time(binary.BigEndian.Uint64(b) ^ 1<<63) }
