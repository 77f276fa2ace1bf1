package signalstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// source lists the checks of a signals.Source.
func (s *suite) source() []func() error {
	list := []func() error{s.answers, s.repeats, s.oldestFirst, s.respectsKinds, s.respectsSubjects, s.respectsTimes, s.stops, s.plans, s.startsCancelled}
	if s.plugin.Remote {
		list = append(list, s.endsCancelled, s.survives)
	}
	return list
}

// heard is what a source said to one question.
type heard struct {
	batches []signals.Batch // copies
	rows    []market.Signal // of all batches
	faults  []error
	hosts   []string // where the calls went
}

// ask puts a question to a new source, and scribbles over what it gave away.
func (s *suite) ask(ctx context.Context, q signals.Query, change tamper) (*heard, error) {
	made, err := s.create()
	if err != nil {
		return nil, err
	}
	s.net.begin(change, nil)
	return s.listen(ctx, made.(signals.Source), q)
}

func (s *suite) listen(ctx context.Context, source signals.Source, q signals.Query) (*heard, error) {
	h := &heard{}
	err, ended := within(func() error {
		for batch, err := range source.Fetch(ctx, q) {
			if err != nil {
				h.faults = append(h.faults, err)
				if batch.Signals != nil {
					return fmt.Errorf("it yielded rows beside the error %q, where nobody looks for them: yield them before it", err)
				}
				continue
			}
			h.batches = append(h.batches, signals.Batch{Raw: slices.Clone(batch.Raw), Signals: slices.Clone(batch.Signals)})
			h.rows = append(h.rows, batch.Signals...)
			scribble(batch)
		}
		return nil
	})
	if !ended {
		return nil, fmt.Errorf("its Fetch did not end within %s: it waits for what does not come", patience)
	}
	if h.hosts = s.net.hosts(); err != nil {
		return nil, err
	}
	return h, s.quiet(h)
}

// quiet checks that nothing tells a key.
func (s *suite) quiet(h *heard) error {
	for _, err := range h.faults {
		if key := s.leaks(err.Error()); key != "" {
			return fmt.Errorf("an error tells a key (%s): say what was asked, without its parameters. A *url.Error holds the whole address: return what it wraps", key)
		}
	}
	for _, b := range h.batches {
		if key := s.leaks(string(b.Raw)); key != "" {
			return fmt.Errorf("its Raw holds a key (%s), and is stored: take out what the provider repeats", key)
		}
	}
	return nil
}

// scribble changes all of a batch, which is the caller's.
func scribble(b signals.Batch) {
	for i := range b.Signals {
		b.Signals[i] = market.Signal{Source: "scribbled", Kind: "scribbled", Subject: "scribbled", Value: 1e9}
	}
	for i := range b.Raw {
		b.Raw[i] = 'x'
	}
}

// answers asks for the first time, and looks at each row.
func (s *suite) answers() (err error) {
	made, err := s.create()
	if err != nil {
		return err
	}
	if err := sameKinds(made.(signals.Source).Kinds); err != nil {
		return err
	}
	if s.first, err = s.ask(context.Background(), s.query, nil); err != nil {
		return err
	}
	switch {
	case len(s.first.faults) > 0:
		return fmt.Errorf("it failed to answer the question of the test: %w\nGive it what it reads (signalstest.With, Provider) and a question that it can answer (Question)", s.first.faults[0])
	case len(s.first.rows) == 0:
		return errors.New("it has no rows for the question of the test, so that nothing is proved: give it some (signalstest.With, Provider), or another Question")
	}
	kinds := made.(signals.Source).Kinds()
	for _, b := range s.first.batches {
		for _, row := range b.Signals {
			if err := s.sound(&row, &b, kinds); err != nil {
				return fmt.Errorf("a row of %s %s for %s: %w", row.Kind, row.Subject, row.Effective, err)
			}
		}
	}
	return nil
}

// sound checks one row.
func (s *suite) sound(row *market.Signal, b *signals.Batch, kinds []market.SignalKind) error {
	valid := *row
	if s.plugin.Remote {
		valid.Known = market.TimeOf(s.now)
	}
	switch {
	case row.Source == "scribbled":
		return errors.New("the suite wrote into a batch that it was given, and gets it again: batches are the caller's, so keep none (slices.Clone)")
	case len(kinds) > 0 && !slices.Contains(kinds, row.Kind):
		return fmt.Errorf("its kind is not among Kinds (%v): whoever asks for it by kind never sees it", kinds)
	case row.Instrument != market.NoInstrument:
		return errors.New("set Instrument to market.NoInstrument: 0 is the first instrument of a run, and which one the subject is follows from the run")
	case row.Raw != (market.Hash{}):
		return errors.New("it sets Raw of a row: that follows from Raw of the batch when it is stored")
	case row.Null && row.Value != 0:
		return errors.New("it is null and has a value: leave Value 0 where Null is set")
	case s.plugin.Remote && (row.Known != 0 || row.Assumed):
		return errors.New("a remote source leaves Known 0 and Assumed false: rows are stamped when they arrive (semantics S4), and a back-fill says so")
	case !s.plugin.Remote && row.Known == 0:
		return errors.New("its Known is 0: a local source says from when its row could be acted on, and sets Assumed where that is a guess (or the plug-in is Remote)")
	case s.plugin.Remote && len(b.Raw) == 0:
		return errors.New("it stands in a batch without Raw: keep the answer as it came, for whoever asks later why")
	}
	return valid.Validate()
}

// repeats asks again, the same source and a new one.
func (s *suite) repeats() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	for range 2 {
		s.net.begin(nil, nil)
		again, err := s.listen(context.Background(), made.(signals.Source), s.query)
		if err != nil {
			return err
		}
		if len(again.faults) > 0 {
			return fmt.Errorf("asked again, it fails: %w", again.faults[0])
		}
		if diff := unlike(s.first.rows0(), again.rows0()); diff != "" {
			return fmt.Errorf("the same question gave other rows: %s\n"+
				"Usual causes: a slice that is kept and was written to by the caller, a map that is ranged over, the clock as Effective", diff)
		}
	}
	return nil
}

// rows0 lists the rows in the order in which they came.
func (h *heard) rows0() []market.Signal {
	var rows []market.Signal
	for _, b := range h.batches {
		rows = append(rows, b.Signals...)
	}
	return rows
}

// unlike describes the first difference of two lists of rows, or returns "".
func unlike(want, got []market.Signal) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("row %d, %s, is missing", i+1, show(&want[i]))
		case i >= len(want):
			return fmt.Sprintf("row %d, %s, is new", i+1, show(&got[i]))
		case want[i] != got[i]:
			return fmt.Sprintf("row %d was %s and is %s", i+1, show(&want[i]), show(&got[i]))
		}
	}
	return ""
}

func show(r *market.Signal) string {
	return strings.Join([]string{r.Source, string(r.Kind), string(r.Subject), r.Effective.String(), r.ValueText()}, " ")
}

// oldestFirst checks that no batch begins, for any series, before an earlier one did.
func (s *suite) oldestFirst() error {
	began := map[series]market.Time{}
	for n, b := range s.first.batches {
		here := map[series]market.Time{}
		for _, row := range b.Signals {
			key := series{row.Kind, row.Subject}
			if at, ok := here[key]; !ok || row.Effective < at {
				here[key] = row.Effective
			}
		}
		for _, row := range b.Signals {
			key := series{row.Kind, row.Subject}
			if here[key] < began[key] {
				return fmt.Errorf("batch %d begins with %s of %s for %s, after one that begins %s: batches come oldest first, so that what is stored when a later one fails has no hole", n+1, row.Kind, row.Subject, here[key], began[key])
			}
			began[key] = here[key]
		}
	}
	return nil
}

// stops hangs up after the first batch.
func (s *suite) stops() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	s.net.begin(nil, nil)
	calls := 0
	err, ended := within(func() error {
		made.(signals.Source).Fetch(context.Background(), s.query)(func(signals.Batch, error) bool { calls++; return false })
		return nil
	})
	switch {
	case err != nil:
		return err
	case !ended:
		return errors.New("it did not return after yield said false")
	case calls > 1:
		return fmt.Errorf("it called yield %d times after that had said false: return at once", calls-1)
	}
	return nil
}

// plans compares what it plans with what it sends.
func (s *suite) plans() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	planner, ok := made.(signals.Planner)
	if !ok {
		return nil
	}
	s.net.begin(nil, nil)
	plan := planner.Plan(s.query)
	if n := len(s.net.hosts()); n > 0 {
		return fmt.Errorf("its Plan sent %d calls: it says what would be sent, offline", n)
	}
	planned := 0
	for _, r := range plan {
		if planned += r.Calls; r.Endpoint == "" || r.Calls < 1 || s.leaks(r.Endpoint) != "" {
			return fmt.Errorf("its Plan has %d calls of the endpoint %q: name each without its parameters, and leave out those that are not called", r.Calls, r.Endpoint)
		}
	}
	if sent := len(s.first.hosts); sent > planned {
		return fmt.Errorf("it sent %d calls where its Plan says %d: a budget that is kept by the plan would be overrun", sent, planned)
	}
	return nil
}

// startsCancelled asks when nobody wants to know any more.
func (s *suite) startsCancelled() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h, err := s.ask(ctx, s.query, nil)
	if err != nil {
		return err
	}
	return h.cancelled("with a context that had ended")
}

// endsCancelled hangs up while the provider thinks.
func (s *suite) endsCancelled() error {
	made, err := s.create()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	asked := make(chan struct{})
	s.net.begin(nil, asked)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-asked:
		case <-ctx.Done():
		}
		cancel()
	}()
	h, err := s.listen(ctx, made.(signals.Source), s.query)
	cancel()
	<-gone
	if err != nil {
		return fmt.Errorf("its context ended while a call had no answer: %w\nSend calls with http.NewRequestWithContext", err)
	}
	return h.cancelled("when the context ended during a call")
}

func (h *heard) cancelled(when string) error {
	if len(h.rows) > 0 {
		return fmt.Errorf("%s, it yielded %d rows", when, len(h.rows))
	}
	if len(h.faults) == 0 || !errors.Is(h.faults[0], context.Canceled) {
		return fmt.Errorf("%s, it ended with %v: yield an error that wraps ctx.Err(), or the silence passes for an answer", when, h.faults)
	}
	return nil
}
