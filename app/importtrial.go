package app

import (
	"errors"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A trialImport counts what an import would store, and stores nothing.
type trialImport struct {
	db     *store.DB // nil where nothing is stored yet
	series store.Series
	stats  store.PutStats
}

func (c *command) newTrial(s store.Series) (*trialImport, error) {
	db, err := c.openStore(false)
	if errors.Is(err, store.ErrMissing) {
		db, err = nil, nil
	}
	return &trialImport{db: db, series: s}, err
}

func (t *trialImport) close() error {
	if t.db == nil {
		return nil
	}
	return t.db.Close()
}

// add compares bars or trades with those that are stored.
func (t *trialImport) add(c *market.Columns) error {
	t.series.Interval = c.Interval
	old := market.MakeColumns(c.Interval, 0)
	if t.db != nil {
		var err error
		old, err = t.db.Bars(t.series, c.OpenTime[0], c.OpenTime[c.Len()-1]+1)
		if errors.Is(err, store.ErrNoSeries) {
			old, err = market.MakeColumns(c.Interval, 0), nil
		}
		if err != nil {
			return err
		}
	}
	for row, at := range c.OpenTime {
		k := old.Search(at)
		if k == old.Len() || old.OpenTime[k] != at {
			t.stats.Added++
			continue
		}
		t.judge(old.Bar(k), c.Bar(row), old.Incomplete != nil && old.Incomplete[k])
	}
	return nil
}

// maxTried bounds the restated bars of a trial that are kept, as the store does.
const maxTried = 1000

func (t *trialImport) judge(old, new market.Bar, incomplete bool) {
	if old == new && !incomplete {
		t.stats.Unchanged++
		return
	}
	t.stats.Restated++
	if len(t.stats.Changes) < maxTried {
		t.stats.Changes = append(t.stats.Changes, store.Restated{Time: new.OpenTime, Old: old, New: new})
	}
}

// tryFundings compares fundings with those that are stored.
func (c *command) tryFundings(s store.Series, rows []market.Funding) (st store.PutStats, err error) {
	t, err := c.newTrial(s)
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	stored := map[market.Time]market.Funding{}
	if t.db != nil {
		list, err := t.db.Fundings(s.Venue, s.Symbol, 0, 0)
		if err != nil {
			return st, err
		}
		for _, f := range list {
			stored[f.Time] = f
		}
	}
	for _, f := range rows {
		old, known := stored[f.Time]
		switch {
		case !known:
			st.Added++
		case old.Rate.Equal(f.Rate) && old.Mark.Equal(f.Mark):
			st.Unchanged++
		default:
			st.Restated++
		}
	}
	return st, nil
}
