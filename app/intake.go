package app

import (
	"errors"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/intake"
	"github.com/signalman-trading/signalman/store"
)

// intake is how rows of remote sources enter live.db. tell may be nil.
func (c *command) intake(tell func(intake.Report)) *intake.Intake {
	return intake.New(arriving{c}, time.Now, tell)
}

// arriving is the store as it is for what arrives: live.db is held only while a batch is
// put, so that others read beside it and fold it; history.db is read for what was known
// before.
type arriving struct{ *command }

// With implements [intake.Store]. It opens the files in the order in which all others do,
// so that none waits for the other.
func (a arriving) With(f func(intake.Txn) error) (err error) {
	history, err := a.patientStore(false)
	if err != nil && !errors.Is(err, store.ErrMissing) {
		return err
	}
	if history != nil {
		defer func() { err = errors.Join(err, history.Close()) }()
	}
	live, err := a.openFile(liveFile, store.Options{Timeout: longWait})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	return f(&arrival{history, live})
}

// An arrival is one batch on its way into the store.
type arrival struct{ history, live *store.DB }

// files are those that are there.
func (a *arrival) files() []*store.DB {
	if a.history == nil {
		return []*store.DB{a.live}
	}
	return []*store.DB{a.history, a.live}
}

// Stored implements [intake.Txn]. Rows of both files are in it twice.
func (a *arrival) Stored(source string, kind market.SignalKind, subject market.Subject, known market.Time) (all []market.Signal, err error) {
	for _, db := range a.files() {
		rows, err := db.Signals(store.SignalFilter{Source: source, Kind: kind, Subject: subject, From: known})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// LastKnown implements [intake.Txn].
func (a *arrival) LastKnown(source string) (last market.Time, err error) {
	for _, db := range a.files() {
		t, err := db.LastKnown(source)
		if err != nil {
			return 0, err
		}
		last = max(last, t)
	}
	return last, nil
}

// Put implements [intake.Txn].
func (a *arrival) Put(answer []byte, rows []market.Signal) error {
	return a.live.PutSignalsOf(func(w *store.SignalWriter) error {
		if len(answer) > 0 {
			if _, err := w.PutRaw(answer); err != nil {
				return err
			}
		}
		_, err := w.Put(rows)
		return err
	})
}
