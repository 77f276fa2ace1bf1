package venue

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Fills says against what orders are matched.
type Fills int8

// The ways to fill.
const (
	// ByTrade matches an order when it arrives, against the last trade, and then against
	// each trade that the tape derives from its bars.
	ByTrade Fills = iota
	// ByBar matches against whole bars by the rules X1 to X12: what a bar does is known
	// at its close, as in a backtest.
	ByBar
)

// Options make a venue. The zero value of a field is its default.
type Options struct {
	Spot, USDM *Listing    // nil: not served
	Keys       []Key       // who may sign; all of them act for one account
	Start      market.Time // the venue's time at New
	Speed      float64     // venue seconds a wall second; 0: stepped, the clock moves only by Step
	Fills      Fills
	Sim        sim.Options // of ByBar; with ByTrade nothing but its participation, slippage and seed counts
	Limits     Limits
	Closed     bool   // kline streams tell of bars that have closed, not of how they form
	Seed       uint64 // of all that is drawn
	Log        *slog.Logger
}

// Listing is one market.
type Listing struct {
	Instruments []market.Instrument // their IDs are set by New
	Bars        []*market.Columns   // the tape, by instrument: the finest series of each; nil is none
	Fundings    [][]market.Funding  // of perpetuals, by instrument, in rising time; may be nil
	Balances    map[string]decimal.Decimal
	Discount    market.FeeDiscount // of fees paid in another asset; its Balance is not used: Balances has it. Of spot
}

// Key is who may sign. One of Secret and Public is set.
type Key struct {
	API             string           // what a request names
	Secret          market.Secret    // of HMAC SHA-256
	Public          crypto.PublicKey // *rsa.PublicKey or ed25519.PublicKey
	Trade, Withdraw bool             // what it may do; a key that may not trade may read
}

// Venue is a local exchange. Its methods may be called concurrently.
//
// mu guards all state. Whoever holds it first lets the clock catch up, then asks the state
// machine: see serve. Fields below it are of the file that is named.
type Venue struct {
	o    Options
	keys map[string]*Key
	log  *slog.Logger

	mu       sync.Mutex
	clock    clock                // clock.go
	spot     *side                // side.go; nil: not served
	usdm     *side                // likewise
	accounts *quota               // limits.go
	faults   *faults              // fault.go
	hub      *hub                 // hub.go
	routes   map[string]*endpoint // by "GET /api/v3/time", endpoint.go
	methods  map[string]*endpoint // by market and method, "spot order.place", endpoint.go

	gate gate // clock.go; has a lock of its own
}

// New makes a venue. Nothing happens before [Venue.Run], [Venue.Step] or a request.
func New(o Options) (*Venue, error) {
	if o.Spot == nil && o.USDM == nil {
		return nil, errors.New("a venue needs a listing: spot, USD-M or both")
	}
	if err := o.Sim.Validate(); err != nil {
		return nil, err
	}
	if o.Sim.Latency > 0 || o.Sim.Jitter > 0 {
		return nil, errors.New("latency and jitter of the simulator are for orders that take no way: here the network has them")
	}
	if o.Speed <= 0 && o.Limits.Life == 0 {
		o.Limits.Life = forever
	}
	o.Limits = o.Limits.withDefaults()
	v := &Venue{o: o, keys: map[string]*Key{}, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler))}
	for i := range o.Keys {
		k := &o.Keys[i]
		if k.API == "" || v.keys[k.API] != nil {
			return nil, fmt.Errorf("key %d has no name of its own", i+1)
		}
		v.keys[k.API] = k
	}
	v.clock = newClock(o.Start, o.Speed)
	v.accounts, v.hub, v.faults = newQuota(v), newHub(v), newFaults(v)
	var err error
	if v.spot, err = newSide(v, o.Spot, false); err != nil {
		return nil, fmt.Errorf("spot: %w", err)
	}
	if v.usdm, err = newSide(v, o.USDM, true); err != nil {
		return nil, fmt.Errorf("USD-M: %w", err)
	}
	v.route()
	return v, nil
}

// Now returns the venue's time.
func (v *Venue) Now() market.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	return v.clock.now
}

// Run moves the wall clock until ctx ends, and then ends all connections. Of a stepped clock
// it only waits.
func (v *Venue) Run(ctx context.Context) error {
	defer v.hub.close()
	for {
		v.mu.Lock()
		v.catchUp()
		wait := v.clock.until(v.next())
		woken := v.clock.woken
		v.mu.Unlock()
		if err := sleep(ctx, wait, woken); err != nil {
			return err
		}
	}
}

// sides returns the markets that are served.
func (v *Venue) sides() (list []*side) {
	for _, s := range [...]*side{v.spot, v.usdm} {
		if s != nil {
			list = append(list, s)
		}
	}
	return list
}
