package feeds

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// State says how a feed is doing.
type State string

// The states.
const (
	Waiting  State = "waiting"  // it was never asked
	Asking   State = "asking"   // a question is under way, or the process ended during one
	OK       State = "ok"       // the last question was answered; a source that pushes runs
	Late     State = "late"     // it answers with rows that are too old or none, or was not asked in time
	Down     State = "down"     // no process runs that asks or receives
	Failing  State = "failing"  // the last question was not answered; it is asked again soon
	Paused   State = "paused"   // the provider or the budget wants a pause
	Open     State = "open"     // it failed so often that it is left alone for a while
	Disabled State = "disabled" // the key does not open it, it is gone, or its source panicked
)

// A Report is what is known of all feeds.
type Report struct {
	Schema  string    `json:"schema"`
	Began   time.Time `json:"began"`   // when the process that wrote it began
	Written time.Time `json:"written"` // which is at each change
	Ended   bool      `json:"ended"`   // that process ended in good order
	Feeds   []Health  `json:"feeds"`   // in the order of the configuration
}

// A Health is what is known of one endpoint that a feed asks, or of a source that pushes.
type Health struct {
	Feed      string              `json:"feed"`
	Endpoint  string              `json:"endpoint"` // empty where the source does not say
	Provider  string              `json:"provider"`
	Setup     string              `json:"setup"`  // of the Feed
	Pushes    bool                `json:"pushes"` // it is not asked: its silence may be all it has to say
	State     State               `json:"state"`
	Reason    string              `json:"reason"`           // why it is not ok
	Kinds     []Newest            `json:"kinds"`            // that came, sorted
	Missing   []market.SignalKind `json:"missing"`          // that were asked for, and of which no value ever came
	Attempt   time.Time           `json:"attempt,omitzero"` // when it was last asked, or began to run
	Success   time.Time           `json:"success,omitzero"` // when all that was asked for last came
	Next      time.Time           `json:"next,omitzero"`    // when it is asked next; zero: not by itself
	Failures  int                 `json:"failures"`         // in a row
	Fault     *Fault              `json:"fault"`            // the last one, which may be long past
	CallsLeft *int                `json:"calls_left"`       // that the budget still allows; null: it has no limit
	Rows      int                 `json:"rows"`             // that came last
	News      int                 `json:"news"`             // of them
}

// Newest is what the newest row of a kind is about.
type Newest struct {
	Kind  market.SignalKind `json:"kind"`
	About time.Time         `json:"about"`
}

// A Fault is a question that was not answered.
type Fault struct {
	Kind string    `json:"kind"` // retry, limited, budget, denied, gone, refused, malformed, panic or other
	Time time.Time `json:"time"`
	Text string    `json:"text"`
}

// longestText bounds what a fault says, in bytes.
const longestText = 500

func newFault(err error, now time.Time) *Fault {
	f := &Fault{Kind: "other", Time: now, Text: err.Error()}
	if len(f.Text) > longestText {
		f.Text = f.Text[:longestText] + "…"
	}
	var p *panicked
	if errors.As(err, &p) {
		f.Kind = "panic"
	}
	for _, k := range []struct {
		err  error
		name string
	}{
		{signals.ErrRetry, "retry"}, {signals.ErrLimited, "limited"}, {signals.ErrBudget, "budget"}, {signals.ErrDenied, "denied"},
		{signals.ErrGone, "gone"}, {signals.ErrRefused, "refused"}, {signals.ErrMalformed, "malformed"}, {intake.ErrBad, "malformed"},
	} {
		if errors.Is(err, k.err) {
			f.Kind = k.name
		}
	}
	return f
}

// newest keeps the newest time of a kind in a sorted list.
func newest(list []Newest, kind market.SignalKind, about time.Time) []Newest {
	i, found := slices.BinarySearchFunc(list, kind, func(n Newest, k market.SignalKind) int { return compare(n.Kind, k) })
	if !found {
		return slices.Insert(list, i, Newest{kind, about})
	}
	if about.After(list[i].About) {
		list[i].About = about
	}
	return list
}

func compare(a, b market.SignalKind) int { return bytes.Compare([]byte(a), []byte(b)) }

// overdue is how long after its time a feed may be asked.
const overdue = 5 * time.Minute

// At returns the state at a time, and why it is that; running says whether the process
// that asks and receives is at work. A feed that answers is late where the newest row of a
// kind is older than of use, or none came, and one that is not asked is late once its time
// has passed, or down where nothing runs that could. One that pushes is never late, and
// down as soon as nothing runs.
func (h *Health) At(now time.Time, running bool) (State, string) {
	switch missed := !h.Next.IsZero() && now.Sub(h.Next) > overdue; {
	case h.State == Disabled:
		return h.State, h.Reason
	case h.Pushes && !running:
		return Down, "no watch runs: nothing is received"
	case h.State == Asking && !running:
		return Down, "no watch runs: the last one ended while it asked"
	case missed && !running:
		return Down, "no watch runs: it was to be asked at " + h.Next.Format(time.RFC3339)
	case missed:
		return Late, "it was to be asked at " + h.Next.Format(time.RFC3339) + ": nobody did"
	}
	if h.State == OK && !h.Pushes {
		if len(h.Missing) > 0 {
			info, _ := market.KindOf(h.Missing[0])
			return Late, fmt.Sprintf("it answers, and no value of %s came: there is none, or none younger than %s", h.Missing[0], info.MaxAge)
		}
		for _, k := range h.Kinds {
			info, _ := market.KindOf(k.Kind)
			if market.Duration(now.Sub(k.About)) > info.MaxAge {
				return Late, fmt.Sprintf("the newest %s is of %s: older than %s, it counts as absent", k.Kind, k.About.Format(time.RFC3339), info.MaxAge)
			}
		}
	}
	return h.State, h.Reason
}

// missing returns those of some kinds of which no value ever came; of a family one is
// enough.
func (h *Health) missing(kinds []market.SignalKind) (list []market.SignalKind) {
	for _, k := range kinds {
		if !slices.ContainsFunc(h.Kinds, func(n Newest) bool { return k.Covers(n.Kind) }) && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}

func (h *Health) clone() Health {
	c := *h
	c.Kinds = slices.Clone(h.Kinds)
	return c
}

func (r *Report) find(feed, endpoint string) *Health {
	for i := range r.Feeds {
		if h := &r.Feeds[i]; h.Feed == feed && h.Endpoint == endpoint {
			return h
		}
	}
	return nil
}

// ErrNoReport is returned where no report was ever written.
var ErrNoReport = errors.New("no feed was ever asked here")

const (
	schema        = "signalman.feeds/1"
	longestReport = 8 << 20 // bytes
)

// Load reads a report. Where there is none the error is ErrNoReport.
func Load(path string) (r Report, err error) {
	if path == "" {
		return r, ErrNoReport
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%s: %w", path, ErrNoReport)
	}
	if err != nil {
		return r, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestReport+1))
	if err == nil && len(text) > longestReport {
		err = errors.New("it is too long")
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && r.Schema != schema {
		err = fmt.Errorf("its schema is %.40q, not %s", r.Schema, schema)
	}
	if err != nil {
		return Report{}, fmt.Errorf("%s: no report of feeds: %w", path, err)
	}
	return r, nil
}

// change changes the health of a line, writes the report, and returns what it is now.
func (l *line) change(do func(*Health)) Health {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(&l.health)
	l.runner.save(false)
	return l.health.clone()
}

// saves reports whether what is known of the feeds could be written last.
func (r *runner) saves() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.lost
}

// changeSoon is change for what may happen often: the file may lag a second behind.
func (l *line) changeSoon(do func(*Health)) Health {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(&l.health)
	if now().Sub(l.saved) >= time.Second {
		l.runner.save(false)
	}
	return l.health.clone()
}

// end writes the last report.
func (r *runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.save(true)
}

// save writes the report, under the lock. That it cannot is logged once: the feeds go on.
func (r *runner) save(ended bool) {
	report := Report{Schema: schema, Began: r.began, Written: now(), Ended: ended}
	for _, f := range r.feeds {
		for _, l := range f.lines {
			report.Feeds = append(report.Feeds, l.health)
		}
	}
	r.saved = report.Written
	if r.File == "" {
		return
	}
	err := write(r.File, &report)
	if err != nil && !r.lost {
		r.Log.Error("the health of the feeds cannot be written", "err", err)
	}
	r.lost = err != nil
}

// write puts a report in the place of another, whole or not at all.
func write(path string, report *Report) error {
	text, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return err
	}
	fresh := path + ".new"
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		_ = os.Remove(fresh)
	}
	return err
}
