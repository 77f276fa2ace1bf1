package venue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// rule is a fault that is set.
type rule struct {
	Fault
	since, until market.Time // until 0: it stays
	first        market.Time // when it hit first; 0: not yet
	hits         int
}

// faults are the rules that are set, in the order in which they were. The venue's mutex
// guards them.
type faults struct {
	list []*rule
	rng  *rand.Rand
	hits map[string]int // of every fault there ever was, by name
}

func newFaults(v *Venue) *faults {
	return &faults{rng: rand.New(rand.NewPCG(v.o.Seed, 0xfa017)), hits: map[string]int{}}
}

// set adds a fault. One that is the same is replaced.
func (f *faults) set(fault Fault, now market.Time) *rule {
	r := &rule{Fault: fault, since: now + market.Time(fault.After)}
	if fault.For != 0 {
		r.until = r.since + market.Time(fault.For)
	}
	f.list = append(slices.DeleteFunc(f.list, func(o *rule) bool { return o.Fault == fault }), r)
	return r
}

// clear removes the faults of some names, or all.
func (f *faults) clear(names ...string) {
	f.list = slices.DeleteFunc(f.list, func(r *rule) bool { return len(names) == 0 || slices.Contains(names, r.Name) })
}

// strike returns the first fault of a group that hits what has these names, and counts it;
// nil is none. Each rule that could hit draws, so that a seed says what happens.
func (f *faults) strike(now market.Time, group string, names ...string) *rule {
	if len(f.list) == 0 {
		return nil
	}
	f.list = slices.DeleteFunc(f.list, func(r *rule) bool { return r.over(now) })
	for _, r := range f.list {
		if now < r.since || r.kind().Group != group || !r.targets(names) || r.Chance != 0 && f.rng.Float64() >= r.Chance {
			continue
		}
		r.hits++
		f.hits[r.Name]++
		if r.first == 0 {
			r.first = now
			if r.Name == FaultLimited || r.Name == FaultBanned {
				r.end(now + market.Time(r.span()))
			}
		}
		return r
	}
	return nil
}

// state returns the fault of that name that is in force, if any, without counting it.
func (f *faults) state(now market.Time, name string, names ...string) *rule {
	for _, r := range f.list {
		if r.Name == name && now >= r.since && !r.over(now) && r.targets(names) {
			f.hits[name]++
			return r
		}
	}
	return nil
}

// end lets a rule end at a time, unless it ends before.
func (r *rule) end(at market.Time) {
	if r.until == 0 || at < r.until {
		r.until = at
	}
}

// over reports whether a rule can hit no more.
func (r *rule) over(now market.Time) bool {
	return r.until != 0 && now >= r.until || r.Times != 0 && r.hits >= r.Times
}

// targets reports whether a rule is for what has these names.
func (r *rule) targets(names []string) bool {
	on := r.target()
	return on == "" || slices.ContainsFunc(names, func(n string) bool { return matches(on, n) })
}

// target returns what a fault hits, by itself or by its kind.
func (f *Fault) target() string {
	if f.On != "" {
		return f.On
	}
	return f.kind().On
}

// SetFault adds a fault; one that is the same begins anew. Those that happen once happen
// at once, or +AFTER.
func (v *Venue) SetFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	return v.setFault(f)
}

func (v *Venue) setFault(f Fault) error {
	switch k := f.kind(); {
	case k.Group != FaultsActs:
		v.faults.set(f, v.clock.now)
		v.begin(f)
	case f.After > 0:
		v.after(f.After, func() {
			if err := v.act(f); err != nil {
				v.log.Warn("a fault did not happen", "fault", f.String(), "error", err)
			}
		})
	default:
		return v.act(f)
	}
	return nil
}

// begin does what a fault needs when it is set.
func (v *Venue) begin(f Fault) {
	switch f.Name {
	case FaultDown:
		v.after(f.After, v.hub.cutAll)
	case FaultLateMoney:
		if v.spot != nil {
			v.spot.remember(v.spot.known...)
		}
	}
}

// ClearFaults removes the faults of some names, or all.
func (v *Venue) ClearFaults(names ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults.clear(names...)
}

// Faults lists the faults that are set.
func (v *Venue) Faults() []Fault {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []Fault
	for _, r := range v.faults.list {
		if !r.over(v.clock.now) {
			list = append(list, r.Fault)
		}
	}
	return list
}

// FaultHits counts how often faults have hit, by name.
func (v *Venue) FaultHits() map[string]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	hits := map[string]int{}
	for name, n := range v.faults.hits {
		hits[name] = n
	}
	return hits
}

// skew returns by how much the clock is wrong that requests are told and checked by.
func (f *faults) skew(now market.Time) market.Time {
	if r := f.state(now, FaultClock); r != nil {
		return market.Time(r.span())
	}
	return 0
}

// errUnknownStatus is said of a request that may have been taken.
var errUnknownStatus = &refusal{http: 408, code: -1007, msg: "Timeout waiting for response from backend server. Send status unknown; execution status unknown."}

// faultCodes are what the fault error can say. Of those with 5xx nobody knows whether the
// request was taken: here it was not.
var faultCodes = []*refusal{
	{http: 500, code: -1000, msg: "An unknown error occurred while processing the request."},
	{http: 500, code: -1001, msg: "Internal error; unable to process your request. Please try again."},
	{http: 500, code: -1006, msg: "An unexpected response was received from the message bus. Execution status unknown."},
	errUnknownStatus,
	{http: 503, code: -1008, msg: "Server is currently overloaded with other requests. Please try again in a few minutes."},
	{http: 429, code: -1015, msg: "Too many new orders; current limit is 50 orders per 10 SECOND.", wait: 10},
	errLate, errSignature, errFilter("PRICE_FILTER"), errNoFunds, errCancel, errNoOrder, errKey,
}

func codeNames() string {
	var names []string
	for _, r := range faultCodes {
		names = append(names, strconv.Itoa(r.code))
	}
	return strings.Join(names, " ")
}

func codeOf(v string) *refusal {
	for _, r := range faultCodes {
		if strconv.Itoa(r.code) == v {
			return r
		}
	}
	return nil
}

func isCode(v string) error {
	if codeOf(v) == nil {
		return fmt.Errorf("%q is none of %s", v, codeNames())
	}
	return nil
}

// retryAfter returns in how many seconds a rule ends, at least one.
func (r *rule) retryAfter(now market.Time) int {
	return max(1, int((r.until-now+market.Time(time.Second)-1)/market.Time(time.Second)))
}
