package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"

	bolt "go.etcd.io/bbolt"
)

// CompactStats are the sizes of a file in bytes, before and after.
type CompactStats struct {
	Before, After int64
}

// Compact rewrites the file at path without the room that nothing is in. It holds the
// file meanwhile, as one that writes. The new file is on disk before it takes the place
// of the old one, which stays as it is if anything fails: there must be room for both.
func Compact(path string, opts Options) (st CompactStats, err error) {
	return compact(path, opts, 0)
}

// compactExt is added to the name of the file that is being written.
const compactExt = ".compact"

// compact is Compact into a file of at most limit bytes, if it is not 0.
func compact(path string, opts Options, limit int) (st CompactStats, err error) {
	opts.ReadOnly, path = false, target(path) // the file is replaced, not a link to it
	if _, err := os.Stat(path); err != nil {  // it would be created
		opts.ReadOnly = true
	}
	db, err := Open(path, opts)
	if err != nil {
		return st, err
	}
	temporary := path + compactExt
	err = db.guard(func() error {
		return errors.Join(rewrite(db.bolt, temporary, limit), sizes(&st, path, temporary))
	})
	if err == nil && runtime.GOOS == "windows" { // which renames no open file
		err = db.Close()
	}
	if err == nil {
		err = db.explain(errors.Join(os.Rename(temporary, path), syncDir(filepath.Dir(path))))
	}
	if err != nil {
		_ = os.Remove(temporary)
	}
	return st, errors.Join(err, db.Close())
}

// rewrite copies all there is to a new file.
func rewrite(from *bolt.DB, path string, limit int) error {
	to, err := bolt.Open(path, 0o644, &bolt.Options{NoSync: true, NoGrowSync: true, MaxSize: limit, FreelistType: bolt.FreelistMapType, PageSize: from.Info().PageSize})
	if err != nil {
		return err
	}
	to.AllocSize = 1 << 16 // bytes that the file grows by: it is to end where its pages do
	err = bolt.Compact(to, from, maxPut)
	return errors.Join(err, to.Sync(), to.Close())
}

func sizes(st *CompactStats, before, after string) error {
	a, err := os.Stat(before)
	if err != nil {
		return err
	}
	b, err := os.Stat(after)
	if err != nil {
		return err
	}
	*st = CompactStats{a.Size(), b.Size()}
	return nil
}
