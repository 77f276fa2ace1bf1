package signalstest

import (
	"context"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// respectsKinds asks for each kind alone.
func (s *suite) respectsKinds() error {
	for _, kind := range distinct(s.first.rows0(), func(r *market.Signal) market.SignalKind { return r.Kind }) {
		q := s.query
		q.Kinds = []market.SignalKind{kind}
		if err := s.respects(q, fmt.Sprintf("for the kind %s alone", kind)); err != nil {
			return err
		}
	}
	q := s.query
	q.Kinds = []market.SignalKind{"signalstest_no_kind"}
	return s.respects(q, "for a kind that it does not have")
}

// respectsSubjects asks for each subject alone.
func (s *suite) respectsSubjects() error {
	for _, subject := range distinct(s.first.rows0(), func(r *market.Signal) market.Subject { return r.Subject }) {
		q := s.query
		q.Subjects = []market.Subject{subject}
		if err := s.respects(q, fmt.Sprintf("about %s alone", subject)); err != nil {
			return err
		}
	}
	return nil
}

// respectsTimes asks from and to a time in the midst of the rows.
func (s *suite) respectsTimes() error {
	times := distinct(s.first.rows0(), func(r *market.Signal) market.Time { return r.Effective })
	slices.Sort(times)
	middle := times[len(times)/2]
	from, to := s.query, s.query
	from.From, to.To = middle, middle
	if err := s.respects(from, fmt.Sprintf("from %s on (From is included)", middle)); err != nil {
		return err
	}
	if to.From >= to.To {
		return nil
	}
	return s.respects(to, fmt.Sprintf("up to %s (To is not included)", middle))
}

// most is how many questions about one part are asked.
const most = 4

// distinct lists the different values of a part of rows.
func distinct[T comparable](rows []market.Signal, part func(*market.Signal) T) []T {
	var list []T
	for i := range rows {
		if x := part(&rows[i]); len(list) < most && !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

// respects asks a narrower question, and compares with what it said to the wider one.
func (s *suite) respects(q signals.Query, how string) error {
	h, err := s.ask(context.Background(), q, nil)
	if err != nil {
		return err
	}
	if len(h.faults) > 0 {
		return fmt.Errorf("asked %s, it fails: %w\nA question that a source has no rows for is no fault", how, h.faults[0])
	}
	want := map[market.Signal]bool{}
	for _, row := range s.first.rows0() {
		if asked(&row, &q) {
			want[row] = true
		}
	}
	got := map[market.Signal]bool{}
	for _, row := range h.rows0() {
		if got[row] = true; !want[row] {
			return fmt.Errorf("asked %s, it gave %s, which was not asked for or not there before: filter the rows where the provider does not", how, show(&row))
		}
	}
	for _, row := range s.first.rows0() {
		if want[row] && !got[row] {
			return fmt.Errorf("asked %s, it left out %s, which it gave to a wider question", how, show(&row))
		}
	}
	return nil
}

func asked(r *market.Signal, q *signals.Query) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, r.Kind)) &&
		(len(q.Subjects) == 0 || slices.Contains(q.Subjects, r.Subject)) &&
		r.Effective >= q.From && (q.To == 0 || r.Effective < q.To)
}
