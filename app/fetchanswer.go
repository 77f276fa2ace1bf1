package app

import (
	"errors"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// gotten is what came of one question.
type gotten struct {
	good    int // rows that are stored, or were before
	outside int // rows about other times than those asked for
	kinds   []market.SignalKind
	failed  []string // endpoints that faults name
}

func (g *gotten) add(r *intakeReport) {
	for _, rows := range [][]market.Signal{r.News, r.Unchanged} {
		g.good += len(rows)
		for i := range rows {
			if k := rows[i].Kind; !slices.Contains(g.kinds, k) {
				g.kinds = append(g.kinds, k)
			}
		}
	}
}

// outside counts the rows that a question about the past did not ask for.
func outside(rows []market.Signal, q signals.Query) (n int) {
	if q.To == 0 {
		return 0
	}
	for i := range rows {
		if at := rows[i].Effective; at < q.From || at >= q.To {
			n++
		}
	}
	return n
}

// endpoint tells the questions to one endpoint from others.
func (q *asking) endpoint() market.SignalKind {
	if len(q.query.Kinds) == 0 {
		return ""
	}
	return q.query.Kinds[0]
}

// count returns how many questions one is: what there is now is asked of all endpoints at
// once.
func (f *fetching) count(q *asking) (n int) {
	if f.to != 0 {
		return 1
	}
	for _, r := range q.calls {
		if len(r.Kinds) > 0 {
			n++
		}
	}
	return max(1, n)
}

// unanswered returns how many of these were not answered whole: those that a fault names,
// and those of which nothing came.
func (f *fetching) unanswered(q *asking) (n int) {
	if f.to != 0 {
		return 1
	}
	for _, r := range q.calls {
		came := slices.ContainsFunc(r.Kinds, func(k market.SignalKind) bool {
			return slices.ContainsFunc(f.got.kinds, func(got market.SignalKind) bool { return kindIs(k, got) })
		})
		if len(r.Kinds) > 0 && (!came || slices.Contains(f.got.failed, r.Endpoint)) {
			n++
		}
	}
	return max(1, n)
}

// mostFailed is how many questions may bring nothing, one after the other, before the rest
// is not asked: of a source where there was no answer, of an endpoint where there was one.
const mostFailed = 3

// An ending finds out when it is of no use to ask on.
type ending struct {
	silent int                        // questions without an answer, one after the other
	empty  map[market.SignalKind]int  // those to an endpoint that brought nothing
	over   map[market.SignalKind]bool // nothing is to be had of the endpoint
}

// note takes in what came of a question, and reports whether it was the last to the source.
func (e *ending) note(endpoint market.SignalKind, good bool, err error) (last bool) {
	if err != nil && ends(err) {
		return true
	}
	heard := err == nil || errors.Is(err, signals.ErrMalformed)
	if e.silent++; good || heard {
		e.silent = 0
	}
	if e.empty[endpoint]++; good {
		e.empty[endpoint] = 0
	}
	refused := errors.Is(err, signals.ErrGone) || errors.Is(err, signals.ErrDenied) || errors.Is(err, signals.ErrRefused)
	if refused || heard && e.empty[endpoint] == mostFailed {
		e.over[endpoint] = true
	}
	return e.silent == mostFailed
}
