package feeds

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// question is one call of Fetch.
type question struct {
	query    signals.Query
	priority signals.Priority
}

// ask asks what is to be asked now. What was answered is not asked again when the rest is
// asked later.
func (l *line) ask(ctx context.Context, now time.Time, got *received) error {
	list := l.rest
	if len(list) == 0 {
		list = l.questions(now)
	}
	for i, q := range list {
		if err := l.fetch(ctx, q, got); err != nil {
			l.rest = nil
			if i > 0 {
				l.rest = list[i:]
			}
			return err
		}
	}
	l.rest = nil
	return got.useless()
}

// fetch asks one question, and stores what comes before and after a fault.
func (l *line) fetch(ctx context.Context, q question, got *received) (first error) {
	for b, err := range l.source.Fetch(signals.WithPriority(ctx, q.priority), q.query) {
		if err == nil {
			err = l.take(b, got)
		}
		if first == nil {
			first = err
		}
	}
	return cmp.Or(first, ctx.Err())
}

// take stores a batch. Rows that are bad are left out: the others are as good as ever.
func (l *line) take(b signals.Batch, got *received) error {
	news, err := l.Arrive(l.Name, b)
	got.add(b.Signals, news)
	if errors.Is(err, intake.ErrBad) {
		got.bad, err = err, nil
	}
	return err
}

// questions returns what to ask: one question for all subjects where the budget allows
// it, or else one for those that come first and fit, and then the others, by priority.
func (l *line) questions(now time.Time) []question {
	classes := l.classes()
	if l.probing {
		return l.probe(classes, now)
	}
	left, limited := 0, false
	if l.Left != nil {
		left, limited = l.Left(l.Provider)
	}
	for n := len(classes); ; n-- {
		q := question{l.query(now, subjects(classes[:n])), classes[0].priority}
		if n > 1 && limited && l.cost(q.query) > left {
			continue
		}
		list := []question{q}
		for _, c := range classes[n:] {
			list = append(list, question{l.query(now, c.subjects), c.priority})
		}
		return list
	}
}

// probe returns a cheap question, to see whether the endpoint is open again. Only the
// whole question may find the rows of all subjects at once.
func (l *line) probe(classes []class, now time.Time) []question {
	q := question{l.query(now, subjects(classes)), classes[0].priority}
	if l.cost(q.query) > 1 && len(classes[0].subjects) > 0 {
		q.query.Subjects = classes[0].subjects[:1]
	}
	return []question{q}
}

// class is subjects that matter alike.
type class struct {
	priority signals.Priority
	subjects []market.Subject // nil: all
}

// classes returns the subjects by priority; there is at least one class.
func (l *line) classes() []class {
	if len(l.Subjects) == 0 || l.Priority == nil {
		return []class{{signals.Candidate, l.Subjects}}
	}
	by := map[signals.Priority][]market.Subject{}
	for _, s := range l.Subjects {
		p := min(max(l.Priority(s), signals.Held), signals.Universe)
		by[p] = append(by[p], s)
	}
	var list []class
	for p := signals.Held; p <= signals.Universe; p++ {
		if len(by[p]) > 0 {
			list = append(list, class{p, by[p]})
		}
	}
	return list
}

func subjects(classes []class) (list []market.Subject) {
	for _, c := range classes {
		list = append(list, c.subjects...)
	}
	return list
}

// farthest is how far back a pull looks after a downtime: a window that providers serve
// in one answer. What is older is for a back-fill.
const farthest = 28 * 24 * time.Hour

// query asks for what may be of use now, and where it costs no more, for what was missed
// since the last success too.
func (l *line) query(now time.Time, about []market.Subject) signals.Query {
	age := time.Duration(0)
	for _, k := range l.kinds {
		info, _ := market.KindOf(k)
		age = max(age, time.Duration(info.MaxAge))
	}
	q := signals.Query{Kinds: l.kinds, Subjects: about, From: midnight(now.Add(-age))}
	long := q
	if last := l.health.Success; !last.IsZero() {
		long.From = midnight(last.Add(-age))
	}
	long.From = max(long.From, midnight(now.Add(-farthest)))
	if long.From < q.From && l.cost(long) <= l.cost(q) {
		return long
	}
	return q
}

func midnight(t time.Time) market.Time { return market.TimeOf(t) / market.Day * market.Day }

// cost returns the calls that a question takes, or 1 where the source does not say.
func (l *line) cost(q signals.Query) int {
	if p, ok := l.source.(signals.Planner); ok {
		return calls(p, q)
	}
	return 1
}

// received is what came of one question.
type received struct {
	rows  int
	good  int // of them
	news  []market.Signal
	kinds []Newest
	bad   error // about rows that were left out
}

func (g *received) add(rows, news []market.Signal) {
	g.rows += len(rows)
	g.news = append(g.news, news...)
	now := now()
	for i := range rows {
		s := &rows[i]
		if s.Validate() != nil || s.Effective > market.TimeOf(now.Add(market.MaxAhead)) {
			continue
		}
		g.good++
		if about := s.Effective.UTC(); !s.Null {
			if about.After(now) { // a forecast is no younger than now
				about = now
			}
			g.kinds = newest(g.kinds, s.Kind, about)
		}
	}
}

// useless is the fault of answers of which nothing was good.
func (g *received) useless() error {
	if g.bad == nil || g.good > 0 {
		return nil
	}
	return &signals.Fault{Kind: signals.ErrMalformed, Err: g.bad}
}

// into notes in a health what came.
func (g *received) into(h *Health) {
	h.Rows, h.News = g.rows, len(g.news)
	for _, k := range g.kinds {
		h.Kinds = newest(h.Kinds, k.Kind, k.About)
	}
}
