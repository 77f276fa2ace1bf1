package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// A fetching is what one source is asked.
type fetching struct {
	*fetchRun
	table  *config.Source
	source signals.Source
	out    *fetchedSource
	intake *intake.Intake
	got    gotten // of the question that is asked
}

// asking is one call of Fetch, and what it costs.
type asking struct {
	query signals.Query
	calls []signals.Request
	done  []covered // what is filled in when it is answered
}

// cost returns the calls of a question, or one where the source does not say.
func (f *fetching) cost(q signals.Query) (n int) {
	p, ok := f.source.(signals.Planner)
	if !ok {
		return 1
	}
	for _, r := range p.Plan(q) {
		n += r.Calls
	}
	return n
}

func (f *fetching) plan(q signals.Query) []signals.Request {
	if p, ok := f.source.(signals.Planner); ok {
		return p.Plan(q)
	}
	return []signals.Request{{Endpoint: "signals." + f.table.Name, Calls: 1, Kinds: q.Kinds}}
}

// questions returns what is to be asked, the latest times first: what matters most comes
// before the budget ends.
func (f *fetching) questions() (list []asking) {
	if f.to == 0 {
		q := signals.Query{Kinds: f.wanted(), Subjects: f.subjects}
		return []asking{{query: q, calls: f.plan(q)}}
	}
	for _, kinds := range f.apart() {
		q := signals.Query{Kinds: kinds, Subjects: f.subjects, From: f.from, To: f.to}
		done := f.covers(kinds)
		var spans []timespan
		for _, of := range done {
			spans = append(spans, f.toDo(of)...)
		}
		for _, gap := range joinSpans(spans) {
			q.From, q.To = gap.From, gap.To
			for _, w := range f.windows(q) {
				q.From, q.To = w.From, w.To
				list = append(list, asking{q, f.plan(q), done})
			}
		}
		f.out.Known += f.known(done)
	}
	slices.SortStableFunc(list, func(a, b asking) int { return cmp.Compare(b.query.From, a.query.From) })
	return list
}

// wanted returns the kinds that are asked for, of those that the source has.
func (f *fetching) wanted() []market.SignalKind {
	if len(f.kinds) == 0 {
		return f.source.Kinds()
	}
	var list []market.SignalKind
	for _, k := range f.kinds {
		if slices.ContainsFunc(f.source.Kinds(), func(has market.SignalKind) bool { return kindIs(has, k) }) {
			list = append(list, k)
		}
	}
	return list
}

// kindIs reports whether a kind is the one that a source names, or of that family.
func kindIs(has, k market.SignalKind) bool {
	info := market.KindInfo{Name: has}
	return has == k || info.Has(k)
}

// apart returns the kinds by endpoint, where they cost no more when they are asked for
// apart: then one that fails does not hide the others.
func (f *fetching) apart() (list [][]market.SignalKind) {
	q := signals.Query{Kinds: f.wanted(), Subjects: f.subjects, From: f.from, To: f.to}
	p, ok := f.source.(signals.Planner)
	if !ok || len(q.Kinds) == 0 {
		return [][]market.SignalKind{q.Kinds}
	}
	left, calls := slices.Clone(q.Kinds), 0
	for _, r := range p.Plan(q) {
		var kinds []market.SignalKind
		for _, k := range r.Kinds {
			if i := slices.Index(left, k); i >= 0 {
				kinds, left = append(kinds, k), slices.Delete(left, i, i+1)
			}
		}
		if len(kinds) > 0 {
			list = append(list, kinds)
			calls += f.cost(signals.Query{Kinds: kinds, Subjects: q.Subjects, From: q.From, To: q.To})
		}
	}
	if len(list) == 0 {
		return [][]market.SignalKind{q.Kinds}
	}
	f.out.NoPast = left
	if calls > f.cost(q) {
		return [][]market.SignalKind{slices.Concat(list...)}
	}
	return list
}

// covers lists what a question for some kinds fills in.
func (f *fetching) covers(kinds []market.SignalKind) (list []covered) {
	subjects := f.subjects
	if len(subjects) == 0 {
		subjects = []market.Subject{""}
	}
	for _, k := range kinds {
		for _, s := range subjects {
			list = append(list, covered{Table: f.table.Name, Setup: f.table.Hash().String()[:16], Kind: k, Subject: s})
		}
	}
	return list
}

// toDo returns the times that are to be filled in.
func (f *fetching) toDo(of covered) []timespan {
	if f.again {
		return []timespan{{f.from, f.to}}
	}
	return f.coverage.missing(of, timespan{f.from, f.to})
}

// known reports, as 1, that some of the times of a question are not asked about again.
func (f *fetching) known(done []covered) int {
	for _, of := range done {
		if left := f.toDo(of); len(left) != 1 || left[0] != (timespan{f.from, f.to}) {
			return 1
		}
	}
	return 0
}

// steps are how much of the past is asked for at once where it costs no more than to ask
// for all: what was answered then need not be asked again when the rest fails.
var steps = []market.Time{7 * market.Day, 28 * market.Day, 29 * market.Day, 30 * market.Day, 90 * market.Day}

// windows cuts the times of a question.
func (f *fetching) windows(q signals.Query) []timespan {
	whole := f.cost(q)
	for _, step := range steps {
		var list []timespan
		calls := 0
		for from := q.From; from < q.To && calls <= whole; from += step {
			w := timespan{from, min(from+step, q.To)}
			list = append(list, w)
			calls += f.cost(signals.Query{Kinds: q.Kinds, Subjects: q.Subjects, From: w.From, To: w.To})
		}
		if calls <= whole {
			return list
		}
	}
	return []timespan{{q.From, q.To}}
}

// run asks the questions. What one answers is stored before the next is asked.
func (f *fetching) run(ctx context.Context, list []asking) (failed error) {
	if f.to != 0 {
		ctx = signals.WithPriority(ctx, signals.Past) // the schedules come first
	}
	e := ending{empty: map[market.SignalKind]int{}, over: map[market.SignalKind]bool{}}
	for i := range list {
		q := &list[i]
		if e.over[q.endpoint()] {
			f.out.Left++
			continue
		}
		f.tell(float64(i) / float64(len(list)))
		err := f.ask(ctx, q.query)
		if err == nil {
			err = f.remember(q)
		}
		if err != nil {
			failed = errors.Join(failed, f.located(err))
			f.out.Left += f.unanswered(q)
		}
		if e.note(q.endpoint(), f.got.good > 0, err) {
			f.out.Left += len(list) - i - 1
			return failed
		}
	}
	return failed
}

// remember notes what was answered whole, and tells what was not.
func (f *fetching) remember(q *asking) error {
	if f.to == 0 {
		return nil
	}
	f.out.Outside += f.got.outside
	span := timespan{q.query.From, q.query.To}
	if f.got.good == 0 {
		f.out.lacks(q.query.Kinds, span)
	}
	if f.got.good == 0 || f.got.outside > 0 || len(q.done) == 0 {
		return nil
	}
	return f.coverage.add(q.done, timespan{span.From, min(span.To, f.settled)})
}

// ends reports whether after an error no other question to the same source is of use.
func ends(err error) bool {
	var fault *signals.Fault
	return errors.Is(err, context.Canceled) || !errors.As(err, &fault) || errors.Is(err, signals.ErrBudget) || errors.Is(err, signals.ErrLimited)
}

// ask asks one question. After the fault of one endpoint, what others say still comes.
func (f *fetching) ask(ctx context.Context, q signals.Query) (failed error) {
	f.got = gotten{}
	for b, err := range f.source.Fetch(ctx, q) {
		if err == nil {
			f.got.outside += outside(b.Signals, q)
			err = f.take(b)
		}
		failed = errors.Join(failed, err)
		if fault := (*signals.Fault)(nil); errors.As(err, &fault) {
			f.got.failed = append(f.got.failed, fault.Endpoint)
		}
		if err != nil && ends(err) {
			break
		}
	}
	return cmp.Or(ctx.Err(), failed)
}

// take stores a batch. Rows that are bad are told of and left out.
func (f *fetching) take(b signals.Batch) error {
	var err error
	if f.to == 0 {
		_, err = f.intake.Arrive(f.table.Name, b)
	} else {
		_, err = f.intake.Backfill(f.table.Name, b, f.lagOf)
	}
	if errors.Is(err, intake.ErrBad) {
		return nil
	}
	return err
}

// located says which source an error is about.
func (f *fetching) located(err error) error { return ofProvider("signals."+f.table.Name, err) }

// ofProvider gives an error of a provider its class.
func ofProvider(where string, err error) error {
	var known *market.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	return &market.Error{Class: market.Venue, Where: where, Err: err}
}

// tell shows how far the source is.
func (f *fetching) tell(done float64) {
	if f.bar.w != nil {
		_, _ = f.made(f.table, f.out)
		f.bar.more = f.out.leftText()
	}
	f.bar.tell("signals."+f.table.Name, done)
}
