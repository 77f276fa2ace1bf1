package app

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
)

// A plan is what the schedules of a configuration cost.
type plan struct {
	Sources  []plannedSource `json:"sources"` // those with a schedule, sorted by name
	Quotas   []plannedQuota  `json:"quotas"`  // that they are charged to, sorted by name
	Fits     bool            `json:"fits"`
	Warnings []string        `json:"warnings"`
}

// plannedSource is what one source costs.
type plannedSource struct {
	Source    string            `json:"source"`
	Type      string            `json:"type"`
	Quota     string            `json:"quota"`
	Schedule  string            `json:"schedule"`
	Priority  string            `json:"priority"` // "candidate", or "universe" where no strategy reads what it brings
	Endpoints []plannedEndpoint `json:"endpoints"`
	Pull      int               `json:"calls_per_pull"`
	Pulls     int               `json:"pulls_per_day"`   // on the busiest day
	Day       int               `json:"calls_per_day"`   // on the busiest day
	Month     int               `json:"calls_per_month"` // in the busiest month

	load
	lean load // the same without the kinds that no strategy reads
}

// plannedEndpoint is what a pull asks of one endpoint.
type plannedEndpoint struct {
	Endpoint string `json:"endpoint"`
	Calls    int    `json:"calls"`
}

// A load is calls on a schedule.
type load struct {
	schedule cron.Schedule
	calls    int // a pull
	priority signals.Priority
}

// plannedQuota is what is planned of one quota.
type plannedQuota struct {
	Quota   string          `json:"quota"`
	Windows []plannedWindow `json:"windows"`
	Rest    int             `json:"planned_this_month"` // from now to its end
	Paused  quota.Pause     `json:"paused,omitzero"`
	Denied  market.Time     `json:"denied,omitempty"`
	Advice  []string        `json:"advice,omitempty"` // what would fit
	Fits    bool            `json:"fits"`
}

// plannedWindow is what is planned of one limit.
type plannedWindow struct {
	Window  string `json:"window"`
	Planned int    `json:"planned"` // in the busiest of them
	Retries int    `json:"retries"` // what should be left for them
	Spent   int    `json:"spent"`
	Left    int    `json:"left"` // -1 without a limit
	Limit   int    `json:"limit"`
	Learnt  bool   `json:"learnt"` // the limit is what the provider said
	Fits    bool   `json:"fits"`
}

// horizon is how far ahead schedules are counted: the month that has begun, and twelve.
const horizon = 13

// A timetable knows at which minutes schedules come due, from the beginning of the month
// on.
type timetable struct {
	now    time.Time
	from   time.Time
	months [horizon + 1]int // the minutes at which months begin
	due    map[cron.Schedule][]int
}

func newTimetable(now time.Time) *timetable {
	t := &timetable{now: now, from: time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC), due: map[cron.Schedule][]int{}}
	for k := range t.months {
		t.months[k] = int(t.from.AddDate(0, k, 0).Sub(t.from) / time.Minute)
	}
	return t
}

// minutes returns when a schedule comes due.
func (t *timetable) minutes(s cron.Schedule) []int {
	list, ok := t.due[s]
	if ok {
		return list
	}
	end := t.from.AddDate(0, horizon, 0)
	for at := s.Next(t.from.Add(-time.Second)); !at.IsZero() && at.Before(end); at = s.Next(at) {
		list = append(list, int(at.Sub(t.from)/time.Minute))
	}
	t.due[s] = list
	return list
}

// A calendar counts calls by the minute.
type calendar struct {
	*timetable
	calls []int32
}

// calendar counts loads.
func (t *timetable) calendar(loads ...load) *calendar {
	c := &calendar{t, make([]int32, t.months[horizon])}
	for _, l := range loads {
		for _, k := range t.minutes(l.schedule) {
			c.calls[k] += int32(l.calls)
		}
	}
	return c
}

// busiest returns the calls in the busiest window.
func (c *calendar) busiest(window string) (most int) {
	step := map[string]int{"day": 24 * 60, "hour": 60, "minute": 1}[window]
	for from, month := 0, 0; from < len(c.calls); {
		to := from + step
		if window == "month" {
			month++
			to = c.months[month]
		}
		most = max(most, c.between(from, to))
		from = to
	}
	return most
}

func (c *calendar) between(from, to int) (n int) {
	for _, calls := range c.calls[from:min(to, len(c.calls))] {
		n += int(calls)
	}
	return n
}

// rest returns the calls from now to the end of the first month.
func (c *calendar) rest() int {
	return c.between(min(int(c.now.Sub(c.from)/time.Minute)+1, c.months[1]), c.months[1])
}

// runsOut returns when calls from now on have used up what is left, in the first month.
func (c *calendar) runsOut(left int) time.Time {
	for k := int(c.now.Sub(c.from)/time.Minute) + 1; k < c.months[1]; k++ {
		if left -= int(c.calls[k]); left < 0 {
			return c.from.Add(time.Duration(k) * time.Minute)
		}
	}
	return time.Time{}
}

// planned finds what a configuration costs. It sends nothing.
func (c *command) planned(cfg *config.Config, now time.Time) (*plan, error) {
	p := &plan{Fits: true, Quotas: []plannedQuota{}}
	var err error
	times := newTimetable(now.UTC())
	if p.Sources, p.Warnings, err = c.plannedSources(cfg, times); err != nil {
		return nil, err
	}
	for i := range p.Sources {
		if s := &p.Sources[i]; len(times.minutes(s.schedule)) == 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("signals.%s: schedule = %q does not come due within a year", s.Source, s.Schedule))
		}
	}
	calls, err := c.ledger()
	if err != nil {
		return nil, err
	}
	for _, name := range p.quotas() {
		q, err := p.quota(calls, cfg, name, times)
		if err != nil {
			return nil, err
		}
		p.Quotas, p.Fits = append(p.Quotas, *q), p.Fits && q.Fits
	}
	return p, nil
}

// plannedSources finds what each source with a schedule costs, and what is odd about the
// kinds that are brought and read.
func (c *command) plannedSources(given *config.Config, times *timetable) (list []plannedSource, warnings []string, err error) {
	// A copy: its strategies are initialised, and those of the other may be about to trade.
	cfg, err := config.Parse(c.config, given.Resolved(), c.configPlugins(), nil)
	if err != nil {
		return nil, nil, err
	}
	list, warnings = []plannedSource{}, []string{}
	read, err := kindsRead(cfg)
	if err != nil {
		warnings = append(warnings, fmt.Sprintf("what strategies read is not known: %v", err))
	}
	for i := range cfg.Sources {
		if s := &cfg.Sources[i]; s.Schedule != "" && s.Quota != "" {
			one, err := planSource(s, read, times)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, *one)
		}
	}
	return list, slices.Concat(warnings, idleQuotas(cfg), strangeAssets(cfg), kindWarnings(cfg, read)), nil
}

// needs returns what the schedules of a configuration need of a quota. It is found out
// when it is first asked for.
func (c *command) needs(cfg *config.Config, name string) quota.Needs {
	sources := sync.OnceValue(func() []plannedSource {
		list, _, _ := c.plannedSources(cfg, newTimetable(time.Now().UTC())) // where it fails, nothing is planned
		return list
	})
	return func(above signals.Priority, from, until time.Time) (calls int) {
		if above == signals.Held {
			return 0
		}
		for _, s := range sources() {
			if s.Quota == name && s.priority < above {
				for at := s.schedule.Next(from); !at.IsZero() && at.Before(until); at = s.schedule.Next(at) {
					calls += s.calls
				}
			}
		}
		return calls
	}
}

// quotas lists those that are charged.
func (p *plan) quotas() (list []string) {
	for i := range p.Sources {
		list = append(list, p.Sources[i].Quota)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// planSource finds what one source costs.
func planSource(s *config.Source, read *reading, times *timetable) (*plannedSource, error) {
	schedule, err := cron.ParseStandard(s.Schedule)
	if err != nil {
		return nil, err
	}
	one := &plannedSource{Source: s.Name, Type: s.Type, Quota: s.Quota, Schedule: s.Schedule, Priority: "candidate", load: load{schedule: schedule, priority: signals.Candidate}}
	source, ok := s.Value.(signals.Source)
	if !ok {
		return nil, usageError("leave the schedule out", "signals.%s: schedule = %q: a source of type %s speaks without being asked", s.Name, s.Schedule, s.Type)
	}
	kinds := source.Kinds()
	for _, r := range pull(source, kinds, times.now) {
		one.Endpoints = append(one.Endpoints, plannedEndpoint{r.Endpoint, r.Calls})
		one.calls += r.Calls
	}
	one.lean = one.load
	if read.known && !read.any(kinds) {
		one.Priority, one.priority, one.lean.calls = "universe", signals.Universe, 0
	} else if wanted := read.of(kinds); read.known && len(wanted) < len(kinds) {
		one.lean.calls = 0
		for _, r := range pull(source, wanted, times.now) {
			one.lean.calls += r.Calls
		}
	}
	alone := times.calendar(load{schedule: schedule, calls: 1})
	one.Pull, one.Pulls = one.calls, alone.busiest("day")
	one.Day, one.Month = one.Pulls*one.Pull, alone.busiest("month")*one.Pull
	return one, nil
}

// pull returns what is asked for kinds at a time: each endpoint for as many days as its
// kinds keep, or all at once where that takes fewer calls. A source that has no plan is
// asked once.
func pull(s signals.Source, kinds []market.SignalKind, now time.Time) []signals.Request {
	planner, ok := s.(signals.Planner)
	if !ok {
		return []signals.Request{{Endpoint: "all", Calls: 1}}
	}
	all := planner.Plan(question(kinds, now))
	var apart []signals.Request
	for _, r := range all {
		if len(r.Kinds) > 0 {
			apart = append(apart, planner.Plan(question(r.Kinds, now))...)
		}
	}
	if len(apart) > 0 && total(apart) <= total(all) {
		return joined(apart)
	}
	return joined(all)
}

// question asks for what is of use at a time.
func question(kinds []market.SignalKind, now time.Time) signals.Query {
	age := market.Time(0)
	for _, k := range kinds {
		info, _ := market.KindOf(k)
		age = max(age, market.Time(info.MaxAge))
	}
	from := market.TimeOf(now) - age
	return signals.Query{Kinds: kinds, From: from - from%market.Day}
}

func total(list []signals.Request) (n int) {
	for _, r := range list {
		n += r.Calls
	}
	return n
}

// joined returns each endpoint once.
func joined(list []signals.Request) (out []signals.Request) {
	for _, r := range list {
		k := slices.IndexFunc(out, func(o signals.Request) bool { return o.Endpoint == r.Endpoint })
		if k < 0 {
			out = append(out, r)
			continue
		}
		out[k].Calls += r.Calls
	}
	return out
}

// quota compares what is planned with what a quota allows.
func (p *plan) quota(calls *quota.Ledger, cfg *config.Config, name string, times *timetable) (*plannedQuota, error) {
	limits := cfg.Limits(name)
	calls.Limit(name, limits)
	left, err := calls.Left(name, times.now)
	if err != nil {
		return nil, err
	}
	days := times.calendar(p.loads(name, func(s *plannedSource) load { return s.load })...)
	q := &plannedQuota{Quota: name, Rest: days.rest(), Paused: left.Paused, Denied: left.Denied, Fits: true}
	configured := map[string]int{"month": limits.Month, "day": limits.Day, "hour": limits.Hour, "minute": limits.Minute}
	for _, w := range left.Windows {
		if _, ok := configured[w.Name]; !ok || w.Limit == 0 && w.Name != "month" {
			continue
		}
		one := plannedWindow{Window: w.Name, Planned: days.busiest(w.Name), Spent: w.Spent, Left: w.Left, Limit: w.Limit, Learnt: w.Limit != configured[w.Name]}
		if one.Fits = fits(days, w.Name, w.Limit); w.Name != "minute" {
			one.Retries = (one.Planned + 9) / 10
		}
		q.Windows, q.Fits = append(q.Windows, one), q.Fits && one.Fits
		p.warn(q, &one, days)
	}
	if !q.Fits {
		q.Advice = p.advice(q, times)
	}
	return q, nil
}

// loads returns what is charged to a quota.
func (p *plan) loads(quota string, of func(*plannedSource) load) (list []load) {
	for i := range p.Sources {
		if s := &p.Sources[i]; s.Quota == quota {
			list = append(list, of(s))
		}
	}
	return list
}

// fits reports whether what is planned can be called. Calls over the minute's limit wait,
// so of that an hour must do.
func fits(days *calendar, window string, limit int) bool {
	if window == "minute" {
		return limit == 0 || days.busiest("hour") <= 60*limit
	}
	return limit == 0 || days.busiest(window) <= limit
}

// warn tells of what fits, but barely, or not this month.
func (p *plan) warn(q *plannedQuota, w *plannedWindow, days *calendar) {
	if !w.Fits || w.Limit == 0 || w.Window == "minute" {
		return
	}
	if w.Planned+w.Retries > w.Limit {
		p.Warnings = append(p.Warnings, fmt.Sprintf("quota %s: %d of %d calls of the busiest %s are planned: little is left to try again with", q.Quota, w.Planned, w.Limit, w.Window))
	}
	if w.Window == "month" && q.Rest > w.Left {
		left := fmt.Sprintf("%s left: they end at %s", areCalls(w.Left), market.TimeOf(days.runsOut(w.Left)))
		if w.Left == 0 {
			left = "none is left: nothing is asked before the next month"
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("quota %s: %s planned to the end of this month, and %s", q.Quota, areCalls(q.Rest), left))
	}
}

// areCalls is a number of calls with its verb.
func areCalls(n int) string {
	if n == 1 {
		return "1 call is"
	}
	return plural(n, "call") + " are"
}

// refusal is the error of a plan that cannot fit.
func (p *plan) refusal(where string) error {
	for i := range p.Quotas {
		q := &p.Quotas[i]
		for _, w := range q.Windows {
			if w.Fits {
				continue
			}
			e := &market.Error{Class: market.Usage, Where: where,
				Err:  fmt.Errorf("quota %s: %d calls are planned in the busiest %s, and %d allowed", q.Quota, w.Planned, w.Window, w.Limit),
				Hint: "see 'signalman signals plan'"}
			if len(q.Advice) > 0 {
				e.Hint = q.Advice[0] + "; " + e.Hint
			}
			return e
		}
	}
	return nil
}
