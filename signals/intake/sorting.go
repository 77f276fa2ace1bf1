package intake

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

// A sorting tells the rows of one batch apart: news, unchanged, bad.
type sorting struct {
	txn    Txn
	lag    func(market.SignalKind) market.Duration // nil: they arrive
	from   market.Time                             // rows known before are about times before those of the batch
	feeds  map[feed]map[market.Time]*about
	report Report
}

type feed struct {
	source  string
	kind    market.SignalKind
	subject market.Subject
}

// about is what there is about one effective time of a feed.
type about struct {
	force    market.Signal // the row in force
	revision int           // the greatest
	row      int           // its place in this batch, counted from 1; 0: none is about it
}

// row sorts one row, stamped as it arrives.
func (s *sorting) row(i int, r *market.Signal) error {
	if err := absurd(r); err != nil {
		s.report.Bad = append(s.report.Bad, bad(i, r, err))
		return nil
	}
	of, err := s.feed(r)
	if err != nil {
		return err
	}
	a := of[r.Effective]
	switch {
	case a == nil:
		if err := s.assume(r); err != nil {
			return err
		}
		of[r.Effective] = &about{force: *r, row: i + 1}
		s.report.News = append(s.report.News, *r)
	case r.Repeats(&a.force):
		a.row = i + 1
		s.report.Unchanged = append(s.report.Unchanged, *r)
	case a.row > 0:
		s.report.Bad = append(s.report.Bad, bad(i, r, fmt.Errorf("it says %s, and signal %d says %s about the same time", r.ValueText(), a.row, a.force.ValueText())))
	default:
		a.revision++
		r.Revision = a.revision
		a.force, a.row = *r, i+1
		s.report.News = append(s.report.News, *r)
	}
	return nil
}

// absurd says what makes a row unusable.
func absurd(r *market.Signal) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if r.Effective < market.FirstCounted {
		return fmt.Errorf("it is about %s, before the year 1980", r.Effective)
	}
	return nil
}

// assume sets when a row that is filled in was known, unless that is yet to come.
func (s *sorting) assume(r *market.Signal) error {
	if s.lag == nil {
		return nil
	}
	lag := s.lag(r.Kind)
	if lag < 0 {
		return &market.Error{Class: market.Usage, Where: r.Source, Err: fmt.Errorf("a lag of %s would make %s known before it is made", lag, r.Kind)}
	}
	if r.Effective <= r.Known-market.Time(lag) {
		r.Assume(lag)
	}
	return nil
}

// feed returns what is stored of the feed of a row, and of this batch, by effective time.
func (s *sorting) feed(r *market.Signal) (map[market.Time]*about, error) {
	f := feed{r.Source, r.Kind, r.Subject}
	if of := s.feeds[f]; of != nil {
		return of, nil
	}
	rows, err := s.txn.Stored(f.source, f.kind, f.subject, s.from)
	if err != nil {
		return nil, err
	}
	of := map[market.Time]*about{}
	for i := range rows {
		row := &rows[i]
		a := of[row.Effective]
		if a == nil {
			a = &about{force: *row}
			of[row.Effective] = a
		}
		if row.Supersedes(&a.force) {
			a.force = *row
		}
		a.revision = max(a.revision, row.Revision)
	}
	s.feeds[f] = of
	return of, nil
}
