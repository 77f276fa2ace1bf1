package strategytest

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/origin"
	"github.com/signalman-trading/signalman/internal/watchdog"
	"github.com/signalman-trading/signalman/market"
)

// Usage is what a strategy itself took from the machine, without what the engine needs for
// its orders.
type Usage struct {
	Bars        int     // of all instruments, over which the rest is measured
	Allocations float64 // a bar
	Bytes       float64 // allocated, a bar
	Held        int64   // bytes that it has at the end
	Place       string  // where in the source it allocates most, as "directory/file.go:line"; "" where it does not
}

// String says it in one line.
func (u Usage) String() string {
	if u.Place == "" {
		return fmt.Sprintf("no allocation in %d bars; it holds %d bytes", u.Bars, u.Held)
	}
	return fmt.Sprintf("%.3g allocations and %.3g bytes a bar, most at %s; it holds %d bytes", u.Allocations, u.Bytes, u.Place, u.Held)
}

// weighing lets one suite at a time weigh: the profile of the memory is the process's. It
// guards places, those of stacks, which take time to find.
var (
	weighing sync.Mutex
	places   = map[[32]uintptr]blamed{}
)

// leastGrowth is how many bytes more after twice the bars are no accident.
const leastGrowth = 2048

// mostOrders is after how many orders a run is long enough: they are recorded too, which
// takes time.
const mostOrders = 500

// weigh checks that the strategy's memory does not grow with the number of bars. What is
// allocated in Init and in callbacks is recorded. All instruments are there from the start,
// since what is kept of each is no leak.
func (s *suite) weigh() (err error) {
	s.dog.Rest()
	weighing.Lock()
	rate := runtime.MemProfileRate
	s.freed = sync.OnceFunc(func() {
		runtime.MemProfileRate = rate
		weighing.Unlock()
	})
	defer s.freed()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	w := world{name: "twice as many bars", missing: 0.04, bars: 2 * s.bars, together: true, hint: hintBars}
	at := func(part int) market.Time { return start + market.Time(w.bars*part/50)*market.Time(s.interval) }
	x := &scale{dog: &s.dog, marks: []market.Time{at(5), at(12), at(24), at(48)}}
	x.read()
	runtime.MemProfileRate = 1
	m, err := s.assemble(s.build(w), request{unaudited: true}, x)
	if err != nil {
		return fmt.Errorf("the run over %s failed: %w", w.name, err)
	}
	x.feed = m.feed
	m.engine.Connect(x, m.venue, m.execution)
	if err := m.engine.Run(context.Background()); err != nil {
		return fmt.Errorf("the run over %s failed: %w", w.name, err)
	}
	for _, f := range m.engine.Result().Faults {
		return s.stopped(f.Err, w)
	}
	if err := m.engine.Close(); err != nil {
		return fmt.Errorf("Close failed after %s: %w", w.name, err)
	}
	return s.weighed(x)
}

// weighed says what the loads of a run mean.
func (s *suite) weighed(x *scale) error {
	last := len(x.loads) - 1
	zero, few, half, all := x.loads[0], x.loads[1], x.loads[last-1], x.loads[last]
	s.usage = usage(half, all)
	s.usage.Held = all.held - zero.held
	if more := all.held - half.held; more > leastGrowth && 2*more > half.held-few.held {
		return fmt.Errorf("it needs more and more memory: %d bytes after %d bars, %d after %d and %d after %d. It keeps most of them at %s\n"+
			"A session runs for years. Keep as many of the last bars as a rule needs, or use an indicator, which does. Usual causes: an append\n"+
			"with each bar, a map by time or by order of which nothing is deleted, a package variable, which outlives a run as well.\n"+
			"What is bounded, but is not full yet, needs more bars to show it (strategytest.Bars): three times as many as it keeps",
			few.held-zero.held, few.bars, half.held-zero.held, half.bars, s.usage.Held, all.bars, all.growth(&half))
	}
	return nil
}

// usage returns what was allocated between two loads.
func usage(from, to load) Usage {
	u := Usage{Bars: to.bars - from.bars}
	most := int64(0)
	for k := range to.sites {
		made := to.sites[k].minus(from.site(to.sites[k].place))
		if u.Bytes += float64(made.bytes); made.bytes > most {
			most, u.Place = made.bytes, made.place
		}
		u.Allocations += float64(made.objects)
	}
	u.Allocations /= float64(max(u.Bars, 1))
	u.Bytes /= float64(max(u.Bars, 1))
	return u
}

// scale takes the load of a strategy at given times of a run, of which it is the feed and the
// journal.
type scale struct {
	dog    *watchdog.Dog
	feed   *sim.Feed
	marks  []market.Time
	now    market.Time
	bars   int
	orders int
	loads  []load
	room   []runtime.MemProfileRecord
}

// load is what a strategy has allocated, and still holds, by place.
type load struct {
	bars  int
	held  int64
	sites []site
}

// site is a place that allocates.
type site struct {
	place                string
	objects, bytes, held int64
}

func (s site) minus(o site) site {
	return site{s.place, s.objects - o.objects, s.bytes - o.bytes, s.held - o.held}
}

// site returns what a place has allocated.
func (l *load) site(place string) site {
	for _, s := range l.sites {
		if s.place == place {
			return s
		}
	}
	return site{place: place}
}

// growth returns the place whose memory grew most since another load.
func (l *load) growth(since *load) (place string) {
	most := int64(0)
	for _, s := range l.sites {
		if grew := s.held - since.site(s.place).held; grew > most {
			most, place = grew, s.place
		}
	}
	return place
}

// Next turns the record on: what follows are the callbacks of an instant. After the last load
// nothing follows.
func (x *scale) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if len(x.marks) == 0 {
		return nil, io.EOF
	}
	events, err := x.feed.Next(ctx, limit)
	runtime.MemProfileRate = 1
	x.dog.Beat()
	return events, err
}

// Append counts bars and orders.
func (x *scale) Append(r market.Record) error {
	x.now = r.Time
	switch {
	case r.Kind == market.RecordDecision:
		x.orders++
	case r.Event.Kind == market.KindBar:
		x.bars++
	}
	return nil
}

// Commit turns the record off, which would slow the venue down, and takes a load once its
// time has come.
func (x *scale) Commit() error {
	runtime.MemProfileRate = 0
	if len(x.marks) > 0 && x.now >= x.marks[0] {
		x.marks = x.marks[1:]
		x.read()
		if len(x.marks) == 1 && x.orders > mostOrders {
			x.marks = nil
		}
	}
	return nil
}

// read takes a load. What has been freed is known after two collections.
func (x *scale) read() {
	runtime.GC()
	runtime.GC()
	n, ok := runtime.MemProfile(x.room, true)
	for !ok {
		x.room = make([]runtime.MemProfileRecord, n+100)
		n, ok = runtime.MemProfile(x.room, true)
	}
	l := load{bars: x.bars}
	for k := range x.room[:n] {
		r := &x.room[k]
		b, known := places[r.Stack0]
		if !known {
			b = blame(r.Stack())
			places[r.Stack0] = b
		}
		if held := r.InUseBytes(); b.place != "" {
			if b.number {
				held = 0
			}
			l.add(site{b.place, r.AllocObjects, r.AllocBytes, held})
		}
	}
	x.loads = append(x.loads, l)
}

// add adds what a stack has allocated to its place.
func (l *load) add(s site) {
	l.held += s.held
	for k := range l.sites {
		if o := &l.sites[k]; o.place == s.place {
			o.objects, o.bytes, o.held = o.objects+s.objects, o.bytes+s.bytes, o.held+s.held
			return
		}
	}
	l.sites = append(l.sites, s)
}

// module is where the packages of the framework are.
const module = "github.com/signalman-trading/signalman/"

// blamed is who made an allocation.
type blamed struct {
	place  string // in a strategy's own code, innermost first; "" where it did not, or an order was made
	number bool   // it is of a decimal, which the orders that it went into share
}

// blame finds out who made an allocation.
func blame(stack []uintptr) (b blamed) {
	frames := runtime.CallersFrames(stack)
	called, inner := false, true
	for more := len(stack) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if inner && !strings.HasPrefix(f.Function, "runtime.") {
			inner, b.number = false, strings.HasPrefix(f.Function, "math/big.") || strings.HasPrefix(f.Function, "github.com/shopspring/decimal.")
		}
		switch name := f.Function; {
		case orders(name):
			return blamed{}
		case name == module+"strategy.(*Host).Dispatch" || name == module+"strategy.NewHost":
			called = true
		case strings.HasSuffix(name, "strategytest.(*suite).weigh"):
			if called {
				return b
			}
			return blamed{}
		case b.place == "" && !called && !framework(name):
			b.place = origin.Place(f)
		}
	}
	return blamed{}
}

// orders reports whether a function makes orders, which are the engine's to keep.
func orders(name string) bool {
	method, ok := strings.CutPrefix(name, module+"strategy.(*Context).")
	if !ok {
		return false
	}
	switch method {
	case "Submit", "SubmitLinked", "Replace", "Cancel", "Amend", "Target", "Targets", "Fail":
		return true
	}
	return false
}

// framework reports whether a function is of Go's library or of what strategies are made
// with, so that whoever called it is to blame.
func framework(name string) bool {
	for _, p := range []string{
		"runtime.", "internal/", "slices.", "maps.", "sort.", "fmt.", "strings.", "strconv.", "errors.", "time.", "sync.", "math/", "github.com/shopspring/",
		module + "strategy.", module + "indicator.", module + "market.", module + "internal/", module + "engine.",
	} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
