package venue

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// What is done by hand is done by the account's owner beside any program, or by the venue
// itself. All of it needs Venue.mu.

// sideOf returns a market by its name.
func (v *Venue) sideOf(name string) (*side, error) {
	s := map[string]*side{"spot": v.spot, "": v.spot, "usdm": v.usdm}[name]
	if s == nil {
		return nil, fmt.Errorf("the market %q is not served; market is spot or usdm", name)
	}
	return s, nil
}

// ask does what a request of the websocket API does, by hand: without signature and limits.
func (v *Venue) askByHand(s *side, method string, p params) (any, error) {
	e := v.methods[marketName(s.usdm)+" "+method]
	if e == nil {
		return nil, fmt.Errorf("there is no method %q on %s", method, marketName(s.usdm))
	}
	p = append(slices.Clone(p), param{"timestamp", strconv.FormatInt(v.shown().Millis(), 10)})
	c := &call{venue: v, endpoint: e, side: s, params: p, logon: byHand, arrived: v.clock.now, header: http.Header{}}
	result, refused := c.do()
	if refused != nil {
		return nil, refused
	}
	return result, nil
}

// byHand is who acts by hand.
var byHand = &Key{API: "by hand", Trade: true}

// shown is the time that requests are told.
func (v *Venue) shown() market.Time { return v.clock.now + v.clock.skew }

// act lets a fault happen that happens once.
func (v *Venue) act(f Fault) error {
	v.faults.hits[f.Name]++
	switch f.Name {
	case FaultKeyExpired:
		return v.expireKeys()
	case FaultStreamEnded:
		v.hub.endStreams()
		return nil
	case FaultDisconnect:
		v.hub.disconnect(f.target())
		return nil
	case FaultShutdown:
		v.hub.shutdown(f.target(), f.span())
		return nil
	case FaultDeposit:
		return v.depositFault(f)
	}
	did := 0
	for _, s := range v.sides() {
		for _, b := range s.books {
			if matches(f.target(), b.Symbol) {
				if err := s.actOn(f, b); err != nil {
					return err
				}
				did++
			}
		}
	}
	if did == 0 {
		return fmt.Errorf("fault %s: no symbol fits %q", f.Name, f.target())
	}
	return nil
}

// actOn lets a fault happen to an instrument.
func (s *side) actOn(f Fault, b *book) error {
	switch f.Name {
	case FaultTick:
		by, _ := decimal.NewFromString(f.value()) // check has seen it
		to := b.Instrument
		to.Tick = to.Tick.Mul(by)
		return s.relist(b, &to)
	case FaultPlaced:
		return s.placeFar(b)
	}
	for _, o := range slices.Clone(b.open) {
		if o.list != nil || o.ended() {
			continue
		}
		s.cancel(o, "web_"+strconv.FormatInt(o.id, 36))
		if f.Name == FaultReduced && o.kind == "LIMIT" {
			if err := s.placeHalf(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// placeFar places an order by hand that does not fill: it bids half of the last price, or
// what the filters allow.
func (s *side) placeFar(b *book) error {
	s.refresh(b)
	if b.last.OpenTime == 0 {
		return fmt.Errorf("%s has not traded yet", b.Symbol)
	}
	low := decimal.Max(decimal.New(5, -1), b.PriceBandDown)
	price := market.ToTick(market.Price(b.last.Close, b.scale).Mul(low), b.Tick, market.Up)
	quantity := decimal.Max(b.MinQuantity, b.Step)
	for quantity.Mul(price).LessThan(b.MinNotional) {
		quantity = quantity.Add(quantity)
	}
	return s.placeByHand(b.Symbol, market.Buy, price, quantity)
}

// placeHalf places what is left of a cancelled order again, half of it.
func (s *side) placeHalf(o *order) error {
	b := o.book
	half := market.Floor(market.Divide(o.want.Quantity.Sub(o.executed), decimal.New(2, 0), 12), b.Step)
	if half.LessThan(b.MinQuantity) || half.Mul(o.want.Price).LessThan(b.MinNotional) {
		return nil // it is gone, then
	}
	return s.placeByHand(b.Symbol, o.want.Side, o.want.Price, half)
}

func (s *side) placeByHand(symbol string, way market.Side, price, quantity decimal.Decimal) error {
	text := map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[way]
	_, err := s.venue.askByHand(s, "order.place", params{{"symbol", symbol}, {"side", text}, {"type", "LIMIT"},
		{"timeInForce", "GTC"}, {"price", price.String()}, {"quantity", quantity.String()}})
	return err
}

// depositFault pays into the markets that know the asset.
func (v *Venue) depositFault(f Fault) error {
	asset, amount := f.amount()
	paid := false
	for _, s := range v.sides() {
		if s.made(asset) && (f.On == "" || f.On == marketName(s.usdm)) {
			if err := s.payIn(asset, amount); err != nil {
				return err
			}
			paid = true
		}
	}
	if !paid {
		return errors.New("no market has the asset " + asset)
	}
	return nil
}
