package tokenmetricstest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Flow is the generation of the service that is imitated.
type Flow string

// The flows.
const (
	Legacy Flow = "legacy" // until May 2025: /v2, header api_key, pages from 0, up to 1000 rows
	V2     Flow = "v2"     // May to September 2025: /v2, header x-api-key, pages from 1, up to 100 rows
	V3     Flow = "v3"     // since: /v3 with keys in lower case, and /v2 beside it
)

// Flows lists the flows, oldest first.
func Flows() []Flow { return []Flow{Legacy, V2, V3} }

// DefaultKey is the key that opens a server to which no other was given.
const DefaultKey = "tm-00000000-0000-0000-0000-000000000000"

// Options say what a server answers. The zero value is a server in the flow V2 with the
// tokens of [Universe], without limits and without faults.
type Options struct {
	Seed      uint64           // another seed is another history
	Flow      Flow             // V2 where it is empty
	Key       market.Secret    // the only key that opens it; DefaultKey where it is not set
	AnyHeader bool             // takes the key from the header of another flow too
	Tokens    []Token          // Universe() where it is nil, in the order of answers
	Now       func() time.Time // time.Now where it is nil; nothing later is told

	Minute, Month int  // calls allowed in a minute and in a calendar month; 0 is no limit
	Lenient       bool // takes parameters that no endpoint has, instead of answering 400
	Clamp         bool // a limit above the highest is lowered to it, instead of answering 400

	Closed []string // endpoints that the plan of the key does not include: 403
	Faults []Fault

	// Snapshot is how long after 00:00 UTC the row of a day is made, and told. Nothing in
	// it was known later.
	Snapshot time.Duration
	// GradesFrom is the first day whose rows of trading-signals have grades, as with the
	// provider; 1 February 2024 where it is 0.
	GradesFrom market.Time

	// Seen is told of each request once it is answered; it may be called from several
	// goroutines at once.
	Seen func(Call)
}

// Call is a request that was answered.
type Call struct {
	Time     time.Time
	Endpoint string // "/v2/price", as it was asked for
	Query    string // without the key, which is in a header
	Status   int    // 0 where the connection was reset
	Charged  bool   // it counts against the limits
}

// gradesFrom is the first day with grades in rows of trading-signals, by default.
const gradesFrom = market.Time(1706745600) * market.Time(time.Second)

// complete sets what was left out, and refuses what cannot be.
func (o *Options) complete() error {
	o.Flow = cmp.Or(o.Flow, V2)
	if !slices.Contains(Flows(), o.Flow) {
		return fmt.Errorf("flow %q is none of legacy, v2 and v3", o.Flow)
	}
	if !o.Key.Set() {
		o.Key = market.NewSecret(DefaultKey)
	}
	if o.Tokens == nil {
		o.Tokens = Universe()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.GradesFrom = cmp.Or(o.GradesFrom, gradesFrom)
	switch {
	case o.Minute < 0 || o.Month < 0:
		return errors.New("a limit of calls is below 0")
	case o.Snapshot < 0 || o.Snapshot > 24*time.Hour:
		return errors.New("the time of day of the rows is not within a day")
	}
	return o.checkTokens()
}

func (o *Options) checkTokens() error {
	seen := map[int]bool{}
	for _, t := range o.Tokens {
		switch {
		case t.ID <= 0 || t.Symbol == "" || t.Name == "":
			return fmt.Errorf("token %d %q needs an id above 0, a name and a symbol", t.ID, t.Symbol)
		case seen[t.ID]:
			return fmt.Errorf("two tokens have the id %d", t.ID)
		case !(t.Price > 0) && (t.Bars == nil || t.Bars.Len() == 0):
			return fmt.Errorf("token %d %q needs a price or bars", t.ID, t.Symbol)
		}
		seen[t.ID] = true
	}
	return nil
}
