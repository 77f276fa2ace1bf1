package store

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A Session is one journal file of a directory.
type Session struct {
	Path     string
	Header   JournalHeader
	Finished bool
	Last     market.Time // of the last instant
	Instants int
	Lost     int64 // bytes at the end that are no whole frame
	Err      error // why it cannot be read; the fields above but Path are then zero
}

// Sessions lists the journals of a directory, oldest first; those that cannot be
// read come first, with Err set. A directory that does not exist has none.
func Sessions(dir string) ([]Session, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Where: dir, Err: err}
	}
	var list []Session
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), JournalExt) && e.Type().IsRegular() {
			list = append(list, session(filepath.Join(dir, e.Name())))
		}
	}
	slices.SortStableFunc(list, func(a, b Session) int { return cmp.Compare(a.Header.Created, b.Header.Created) })
	return list, nil
}

func session(path string) Session {
	r, err := OpenJournal(path)
	if err != nil {
		return Session{Path: path, Err: err}
	}
	return Session{Path: path, Header: r.header, Finished: r.finished, Last: r.Last(), Instants: r.count, Lost: r.lost}
}
