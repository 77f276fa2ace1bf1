package venue

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// This file is what the venue's master, or the account's owner on another screen, does
// behind the back of who trades by key. usdm says on which market.

// hand does something on a market, with the clock caught up.
func (v *Venue) hand(usdm bool, do func(*side) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	for _, s := range v.sides() {
		if s.usdm == usdm {
			return do(s)
		}
	}
	return fmt.Errorf("the venue does not serve %s", marketName(usdm))
}

// Place places an order as its owner would by hand. query is what a request would say, without
// time and signature: "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1". It returns the
// order's id.
func (v *Venue) Place(usdm bool, query string) (id int64, err error) {
	err = v.hand(usdm, func(s *side) error {
		path := "POST /api/v3/order"
		if usdm {
			path = "POST /fapi/v1/order"
		}
		c := &call{endpoint: v.routes[path], side: s, venue: v, header: map[string][]string{}}
		if c.endpoint == nil {
			return fmt.Errorf("%s takes no orders", marketName(usdm))
		}
		var bad *refusal
		if c.params, bad = parseParams(query); bad != nil {
			return bad
		}
		if _, bad = c.endpoint.do(c); bad != nil {
			return bad
		}
		id = int64(len(s.orders))
		return nil
	})
	return id, err
}

// Cancel cancels an order of the account, by the venue's id.
func (v *Venue) Cancel(usdm bool, id int64) error {
	return v.hand(usdm, func(s *side) error {
		o := s.order(id)
		if o == nil || o.ended() {
			return fmt.Errorf("order %d does not work", id)
		}
		if s.usdm {
			s.cancel(o, o.client)
			return nil
		}
		if r := s.withdraw(o, o.client, ""); r != nil {
			return r
		}
		return nil
	})
}

// Deposit puts an amount of an asset into the account or, where it is negative, takes it
// out: at most what is free.
func (v *Venue) Deposit(usdm bool, asset string, amount decimal.Decimal) error {
	return v.hand(usdm, func(s *side) error { return s.payIn(asset, amount) })
}

// balanceDigits are the decimals that balances have.
const balanceDigits = 8

var legalAsset = regexp.MustCompile(`^[A-Z0-9]{1,20}$`)

func (s *side) payIn(asset string, amount decimal.Decimal) error {
	free, _ := s.balance(asset)
	switch {
	case asset == "":
		return fmt.Errorf("a deposit names an asset")
	case !legalAsset.MatchString(asset): // any may come, as what is given away does
		return fmt.Errorf("%q is no asset: they are written like USDT", asset)
	case !amount.Equal(amount.Truncate(balanceDigits)):
		return fmt.Errorf("%s of %s is finer than balances are: use at most %d decimals", amount, asset, balanceDigits)
	case free.Add(amount).IsNegative():
		return fmt.Errorf("of %s %s is free, not %s", asset, free, amount.Neg())
	}
	now := s.venue.clock.now
	if s.made(asset) {
		s.hand([]market.Event{{Time: now, Kind: market.KindAccount, Instrument: market.NoInstrument, Flow: &market.Flow{Asset: asset, Amount: amount}}})
		s.tell()
	} else {
		s.idle[asset] = s.idle[asset].Add(amount)
	}
	if i, ok := slices.BinarySearch(s.known, asset); !ok {
		s.known = slices.Insert(s.known, i, asset)
	}
	if !s.usdm {
		s.venue.hub.publish(userTopic(false), now, &balanceUpdate{"balanceUpdate", now.Millis(), asset, fixed(amount, 8), now.Millis()})
	}
	s.voice.account(s, now, asset)
	return nil
}

// balanceUpdate is money that moved without an order.
type balanceUpdate struct {
	Event  string `json:"e"`
	At     int64  `json:"E"`
	Asset  string `json:"a"`
	Amount string `json:"d"`
	Time   int64  `json:"T"`
}

// Relist gives an instrument, which its symbol names, the filters of another from now on.
// Clients learn of it when they ask. Orders that work stay as they are.
func (v *Venue) Relist(usdm bool, filters market.Instrument) error {
	return v.hand(usdm, func(s *side) error {
		b := s.bySymbol[filters.Symbol]
		if b == nil {
			return fmt.Errorf("the venue does not list %s", filters.Symbol)
		}
		return s.relist(b, &filters)
	})
}

func (s *side) relist(b *book, filters *market.Instrument) error {
	to := b.Instrument
	to.Relist(filters)
	if err := to.Validate(); err != nil {
		return err
	}
	b.Instrument = to
	s.hand([]market.Event{{Time: s.venue.clock.now, Kind: market.KindListing, Instrument: b.ID, Listing: &to}})
	s.tell()
	return nil
}

// Halt stops the trading of an instrument, or lets it go on.
func (v *Venue) Halt(usdm bool, symbol string, halted bool) error {
	return v.hand(usdm, func(s *side) error {
		b := s.bySymbol[symbol]
		if b == nil {
			return fmt.Errorf("the venue does not list %s", symbol)
		}
		b.halted = halted
		return nil
	})
}
