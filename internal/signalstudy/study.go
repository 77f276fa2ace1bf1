package signalstudy

import "github.com/signalman-trading/signalman/market"

// An Input is what is studied.
type Input struct {
	Rows     []market.Signal   // of one source, kind and subject, in order of Compare; at least one
	Bars     *market.Columns   // give the returns
	Horizons []market.Duration // over which, each above 0
	MaxAge   market.Duration   // an older row counts as absent at a bar
	Neutral  *float64          // a value above it calls for a rise; nil is the median of those known before

	// Tell, which may be nil, hears again and again how much is done, from 0 to 1. An error
	// of it ends the study.
	Tell func(done float64) error
}

// A Report is what came of it. Times and spans are those of market, shares and returns are
// fractions, and what is undefined is null.
type Report struct {
	Source     string            `json:"source"`
	Kind       market.SignalKind `json:"kind"`
	Subject    market.Subject    `json:"subject"`
	Rows       int               `json:"rows"`
	Observed   int               `json:"observed"` // rows that were seen when they became known
	Assumed    int               `json:"assumed"`  // rows that are known by a lag after what they are about
	From       market.Time       `json:"from"`     // of what the rows are about
	To         market.Time       `json:"to"`
	FirstKnown market.Time       `json:"first_known"`
	LastKnown  market.Time       `json:"last_known"`
	Step       market.Duration   `json:"step"` // from one effective time to the next, as inferred

	Coverage  Coverage  `json:"coverage"`
	Staleness Staleness `json:"staleness"`
	Lag       Lag       `json:"lag"`
	Revisions Revisions `json:"revisions"`
	Values    Values    `json:"values"`
	Turnover  Turnover  `json:"turnover"`

	Observations int             `json:"observations"` // values that came in force
	Tradable     int             `json:"tradable"`     // of those, with a bar that opens within a step, the last of those that wait for the same
	Horizons     []Returns       `json:"horizons"`     // what could be traded
	ReturnStep   market.Duration `json:"return_step"`  // the step, or the bar where that is longer
	Decay        []Offset        `json:"decay"`        // returns of one step, 0 to 5 steps after the first tradable bar
	LookAhead    []Offset        `json:"look_ahead"`   // returns of the step before, the same and the next step, by effective time
	Tests        int             `json:"tests"`        // intervals of correlations over the horizons, each of which errs once in twenty
	Notes        []string        `json:"notes"`
}

// Run studies a signal. The error is that of Tell.
func Run(in Input) (*Report, error) {
	first := &in.Rows[0]
	r := &Report{Source: first.Source, Kind: first.Kind, Subject: first.Subject, Rows: len(in.Rows), From: first.Effective, FirstKnown: first.Known}
	for i := range in.Rows {
		r.count(&in.Rows[i])
	}
	times := effectives(in.Rows)
	r.Step = stepOf(times)
	r.Coverage = cover(in.Rows, times, r.Step)
	r.Lag, r.Revisions = publication(in.Rows)
	r.Staleness = stale(&in, r.Step)
	seen := observe(in.Rows, r.Step)
	r.Values, r.Turnover = describe(seen)
	r.Revisions.scale(r.Values.SD)
	if err := r.returns(&in, seen); err != nil {
		return nil, err
	}
	r.Notes = r.notes(&in)
	return r, nil
}

func (r *Report) count(s *market.Signal) {
	r.From, r.To, r.LastKnown = min(r.From, s.Effective), max(r.To, s.Effective), max(r.LastKnown, s.Known)
	if s.Assumed {
		r.Assumed++
	} else {
		r.Observed++
	}
}

// How many steps on from the first tradable bar are compared, and how many around the step
// that a value is about.
const (
	offsetsOn     = 6
	offsetsAround = 3
)

// returns fills in what goes with returns.
func (r *Report) returns(in *Input, seen []observation) error {
	p := prices{in.Bars, max(market.Time(r.Step), market.Time(in.Bars.Interval))}
	trades, claimed := p.enter(seen), about(seen)
	r.ReturnStep = market.Duration(p.step)
	r.Observations, r.Tradable = len(claimed), len(trades)
	done, of := 0, 2*(len(in.Horizons)+offsetsOn+offsetsAround)
	tell := func() error {
		done++
		if in.Tell == nil {
			return nil
		}
		return in.Tell(float64(done-1) / float64(of))
	}
	for _, m := range []Measure{Value, Change} {
		for _, h := range in.Horizons {
			if err := tell(); err != nil {
				return err
			}
			one := p.over(trades, m, market.Time(h), in.Neutral)
			r.Horizons = append(r.Horizons, one)
			if one.Pearson.Low != nil {
				r.Tests += 2 // that of ranks too
			}
		}
		for k := range offsetsOn {
			if err := tell(); err != nil {
				return err
			}
			r.Decay = append(r.Decay, p.offset(trades, m, k))
		}
		for k := range offsetsAround {
			if err := tell(); err != nil {
				return err
			}
			r.LookAhead = append(r.LookAhead, p.offset(claimed, m, k-1))
		}
	}
	return nil
}
